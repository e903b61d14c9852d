import { defineConfig } from 'vite';

/**
 * The build goes straight into the Python package: the service serves `vault/server/page` as it is.
 *
 * Nothing is inlined (no data: URLs, no inline preload polyfill): the page's Content-Security-Policy allows neither.
 * File names keep Vite's default, `assets/<name>-<hash>`: the service gives the policy of a worker, which alone may
 * compile WebAssembly, to `assets/<name>.worker-<hash>.js`.
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
    // The dictionaries of the strength estimate; loaded when a passphrase is chosen.
    chunkSizeWarningLimit: 1300,
  },
  worker: { format: 'es' },
});
