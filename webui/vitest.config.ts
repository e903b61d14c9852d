import { defineConfig } from 'vitest/config';

/** Unit tests run in Node, whose WebCrypto is the browsers' one; what needs a real browser is in tests/e2e. */
export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  test: {
    include: ['src/**/*.test.ts', 'src/**/*.test.tsx'],
    environment: 'node',
    // Argon2id at 128 MiB takes about a second, more beside other tests.
    testTimeout: 20_000,
    // All cores: otherwise one of them is left idle.
    maxWorkers: '100%',
  },
});
