/* The test packages are pinned in web/package.json; node looks for them only from there. */
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../web/package.json', import.meta.url));

export const { chromium } = require('playwright-core') as typeof import('../../web/node_modules/playwright-core');
export const { WebSocketServer } = require('ws') as { WebSocketServer: any };
export const { DOMParser, XMLSerializer } = require('@xmldom/xmldom') as { DOMParser: any; XMLSerializer: any };
export const axeSource: string = require('axe-core').source;
