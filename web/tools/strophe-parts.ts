/*
 * Takes from strophe.js what a visitor's browser uses.
 *
 * The package's own bundle registers every SASL mechanism, carries the SharedWorker transport, puts
 * `Strophe`, `$msg`, … on window (on other people's websites!) and hands strings to DOMParser, which
 * Trusted Types forbid. This plugin compiles the sources that the package ships instead:
 *   strophe.js/src/…      resolves to the shipped source file
 *   unused parts          resolve to an empty class (Connection only names them)
 *   BOSH                  resolves to a stand-in, so that it can be a chunk of its own (src/xmpp/bosh-later.ts)
 *   Builder.h()           is cut out (it writes innerHTML), with what else of it nobody calls
 *   of Connection         what nobody here calls is cut out, and that it may set cookies
 *   of its handlers       their names for a log
 *   of its namespaces     those of what is cut out, and of nothing at all
 *   new DOMParser()       becomes our parser, whose strings pass one named Trusted Types policy
 * It throws when a new version of the package no longer fits, so an update cannot pass silently.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const SOURCES = fileURLToPath(new URL('../node_modules/strophe.js/src/', import.meta.url));
const PARSER = fileURLToPath(new URL('../src/xmpp/parser.ts', import.meta.url));
const UNUSED = /\/(sasl-(external|oauthbearer|plain|sha\d+|xoauth2)|worker-websocket|mirror|storage)$/;
const BOSH_LATER = fileURLToPath(new URL('../src/xmpp/bosh-later.ts', import.meta.url));
const EMPTY = '\0strophe-unused';
const NOTHING =
  'class Unused {}\n' +
  'export { Unused as default, Unused as StreamManagementMirror, Unused as MemoryStorageBackend, Unused as SessionStorageBackend };';
/** Files of Strophe that parse text, as of 5.0.0. */
const PARSING = ['utils.ts', 'transports/websocket.ts'];

/** Builder.h() writes innerHTML and draws in the XHTML-IM filter; neither is used. */
const XHTML_METHOD = /\n    h\(html: string\): Builder \{[^]*?\n    \}\n/;

/**
 * Methods of Connection for sessions made elsewhere, for presence that is answered, for what we never ask for, and for passwords sent
 * as XEP-0078 did, which _attemptLegacyAuth() refuses to begin for an address without a user.
 */
const UNCALLED = [
  'attach', 'restore', 'sendPresence', 'pause', 'resume', 'addProtocolErrorHandler', 'isStreamManagementEnabled', 'onRoleChanged',
  'onForeignStanzaSent', '_onLegacyAuthIQResult', '_auth2_cb', 'static addConnectionPlugin',
];

const NAMESPACES = ['DISCO_INFO', 'DISCO_ITEMS', 'MUC', 'PROFILE', 'ROSTER', 'SERVER', 'VERSION'];

const COOKIES = /\n        addCookies\(this\.options\.cookies\);\n/;

export function stropheParts(): Plugin {
  const version = JSON.parse(readFileSync(new URL('../node_modules/strophe.js/package.json', import.meta.url), 'utf8')).version;
  if (version !== '5.0.0') throw new Error(`strophe-parts was written for strophe.js 5.0.0, not ${version}: read its sources again`);
  return {
    name: 'strophe-parts',
    enforce: 'pre',
    resolveId(id, importer) {
      if (id.startsWith('strophe.js/src/')) return SOURCES + id.slice('strophe.js/src/'.length) + '.ts';
      if (importer?.startsWith(SOURCES) && UNUSED.test(id)) return EMPTY;
      if (importer === `${SOURCES}connection.ts` && id === './transports/bosh') return BOSH_LATER;
      return null;
    },
    load(id) {
      return id === EMPTY ? NOTHING : null;
    },
    transform(code, id) {
      if (!id.startsWith(SOURCES)) return null;
      if (id === `${SOURCES}builder.ts`) return { code: ['static fromString', 'root'].map(methodCalled).concat(XHTML_METHOD).reduce(without, code), map: null };
      if (id === `${SOURCES}constants.ts`) return { code: NAMESPACES.map((name) => new RegExp(`\\n    ${name}: '.*',`)).reduce(without, code), map: null };
      if (id.endsWith('handler.ts')) return { code: without(code, methodCalled('toString')), map: null };
      if (id === `${SOURCES}connection.ts`) return { code: UNCALLED.map(methodCalled).concat(COOKIES).reduce(without, code), map: null };
      if (!code.includes('new DOMParser()')) {
        if (PARSING.includes(id.slice(SOURCES.length))) throw new Error(`${id} was expected to parse text`);
        return null;
      }
      return {
        code: `import { XmlParser as DOMParser } from ${JSON.stringify(PARSER)};\n${code}`,
        map: null,
      };
    },
  };
}

function methodCalled(name: string): RegExp {
  return new RegExp(`\\n    ${name}\\([^]*?\\n    }\\n`);
}

function without(code: string, part: RegExp): string {
  if (!part.test(code)) throw new Error(`not found in Strophe's sources any more: ${part}`);
  return code.replace(part, '\n');
}
