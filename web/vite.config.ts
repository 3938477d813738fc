/*
 * Bundles the entries into dist/:
 *   widget.js                the loader; fixed name, a classic script that a foreign page can embed
 *   widget/chat-HASH.js      what the loader fetches when a visitor opens the chat
 *   index.html, assets/      the demo website
 * A later entry (console, portal) is one more line in `input` with a folder of its own under src/.
 */
import { defineConfig } from 'vite';
import { stropheParts } from './tools/strophe-parts.ts';

export default defineConfig({
  plugins: [stropheParts()],
  build: {
    target: 'es2022',
    sourcemap: false,
    modulePreload: false,
    reportCompressedSize: false,
    rolldownOptions: {
      input: { index: 'index.html', widget: 'src/loader/loader.ts' },
      output: {
        entryFileNames: (chunk) => (chunk.name === 'widget' ? 'widget.js' : 'assets/[name]-[hash].js'),
        chunkFileNames: 'widget/[name]-[hash].js',
      },
      treeshake: {
        // Strophe logs each stanza; dropping the calls drops their texts too (about 1 KB gzip).
        manualPureFunctions: ['log.debug', 'log.info', 'log.warn', 'log.error', 'log.fatal'],
      },
    },
  },
});
