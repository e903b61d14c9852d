import { globSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const FILES = 'src/**/*.test.{ts,tsx}';
/** Those that put something else in the place of a module, a global or a clock: each has a process of its own. */
const alone = globSync(FILES, { cwd: import.meta.dirname }).filter((path) =>
  /\bvi\.(mock|stub|spyOn|useFake)/.test(readFileSync(`${import.meta.dirname}/${path}`, 'utf8')),
);

/** Unit tests run in Node, whose WebCrypto is the browsers' one; what needs a real browser is in tests/e2e. */
export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  test: {
    environment: 'node',
    // Argon2id at 128 MiB takes about a second, more beside other tests.
    testTimeout: 20_000,
    // All cores: otherwise one of them is left idle.
    maxWorkers: '100%',
    projects: [
      { extends: true, test: { name: 'alone', include: alone } },
      // To import everything anew for each of the others would take a fifth of the time of all.
      { extends: true, test: { name: 'together', include: [FILES], exclude: alone, isolate: false } },
    ],
  },
});
