/*
 * Takes from strophe.js what a visitor's browser uses.
 *
 * The package's own bundle registers every SASL mechanism, carries the SharedWorker transport, puts
 * `Strophe`, `$msg`, … on window (on other people's websites!) and hands strings to DOMParser, which
 * Trusted Types forbid. This plugin compiles the sources that the package ships instead:
 *   strophe.js/src/…      resolves to the shipped source file
 *   unused parts          resolve to an empty class (Connection only names them)
 *   BOSH                  resolves to a stand-in, so that it can be a chunk of its own (src/xmpp/bosh-later.ts)
 *   Builder.h()           is cut out (it writes innerHTML)
 *   of Connection         what nobody here calls is cut out
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

/** Methods of Connection for sessions made elsewhere, and for presence that is answered. */
const UNCALLED = ['attach', 'restore', 'sendPresence'];

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
      if (id === `${SOURCES}builder.ts`) return { code: without(code, XHTML_METHOD), map: null };
      if (id === `${SOURCES}connection.ts`) return { code: UNCALLED.reduce((left, name) => without(left, methodCalled(name)), code), map: null };
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
