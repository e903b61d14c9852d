import { defineConfig } from 'vite';

/**
 * The build goes straight into the Python package: the service serves `vault/server/page` as it is.
 *
 * Nothing is inlined (no data: URLs, no inline preload polyfill): the page's Content-Security-Policy allows neither.
 * Workers get a folder of their own, because only their answers carry 'wasm-unsafe-eval'.
 */
export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../vault/server/page',
    emptyOutDir: true,
    target: 'es2023',
    sourcemap: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        entryFileNames: 'assets/[name]-[hash].js',
        chunkFileNames: 'assets/[name]-[hash].js',
        assetFileNames: 'assets/[name]-[hash][extname]',
      },
    },
  },
  worker: {
    format: 'es',
    rolldownOptions: {
      output: {
        entryFileNames: 'workers/[name]-[hash].js',
        chunkFileNames: 'workers/[name]-[hash].js',
      },
    },
  },
});
