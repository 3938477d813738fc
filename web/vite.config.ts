/*
 * Bundles the entries into dist/:
 *   widget.js                the loader; fixed name, a classic script that a foreign page can embed
 *   widget/chat-HASH.js      what the loader fetches when a visitor opens the chat
 *   widget/bosh-HASH.js      what that fetches where WebSockets do not pass
 *   index.html, assets/      the demo website
 * A later entry (console, portal) is one more line in `input` and in ENTRY_FILES, with a folder of its own under src/.
 */
import { defineConfig } from 'vite';
import type { Plugin } from 'vite';
import { stropheParts } from './tools/strophe-parts.ts';

const ENTRY_FILES: Record<string, string> = { widget: 'widget.js', chat: 'widget/chat-[hash].js' };

/** Vite's helper for import() preloads CSS and reads import.meta; we have no use for it. */
const plainImports: Plugin = {
  name: 'plain-imports',
  enforce: 'pre',
  load: (id) => (id === '\0vite/preload-helper.js' ? 'export const __vitePreload = (load) => load();' : null),
};

/** Makes widget.js a classic script that leaves no names on the page, and tells it what the chat chunk is called. */
const classicLoader: Plugin = {
  name: 'classic-loader',
  generateBundle(_options, bundle) {
    const chat = Object.keys(bundle).find((file) => /^widget\/chat-.*\.js$/.test(file));
    const loader = bundle['widget.js'];
    if (!chat || loader?.type !== 'chunk') throw new Error('loader or chat chunk is missing');
    loader.code = `(()=>{"use strict";${loader.code.trim().replaceAll('__CHAT_CHUNK__', JSON.stringify(`./${chat}`))}})();\n`;
  },
};

export default defineConfig({
  plugins: [stropheParts(), plainImports, classicLoader],
  // Fields that are only declared cost 0.5 KB of chat chunk.
  oxc: { assumptions: { setPublicClassFields: true }, typescript: { removeClassFieldsWithoutInitializer: true } },
  build: {
    target: 'es2022',
    // What has :dir() and constructable sheets has these colours too: nothing to lower.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    sourcemap: false,
    modulePreload: false,
    reportCompressedSize: false,
    rolldownOptions: {
      input: { index: 'index.html', widget: 'src/loader/loader.ts', chat: 'src/widget/chat.tsx' },
      preserveEntrySignatures: 'allow-extension',
      output: {
        entryFileNames: (chunk) => ENTRY_FILES[chunk.name] ?? 'assets/[name]-[hash].js',
        chunkFileNames: 'widget/[name]-[hash].js',
      },
      treeshake: {
        // Strophe logs each stanza; dropping the calls drops their texts too (about 1 KB gzip).
        manualPureFunctions: ['log.debug', 'log.info', 'log.warn', 'log.error', 'log.fatal'],
      },
    },
  },
});
