/** The shared vectors of tests/vectors: the same files, the same results as everywhere else. */
import { describe, expect, it } from 'vitest';
import type { Json, Payload } from './canonical.ts';
import * as errors from '../errors.ts';
import { Input, OPERATIONS } from './testing/operations.ts';

interface VectorFile {
  readonly section: string;
  readonly operation: string;
  readonly vectors: readonly {
    readonly name: string;
    readonly input: Payload;
    readonly output?: Json;
    readonly error?: 'FormatError' | 'IntegrityError' | 'PolicyError';
  }[];
}

// As text: a bundler's JSON import may repair lone surrogates.
const FILES = Object.values(
  import.meta.glob<string>('../../../tests/vectors/*.json', { eager: true, query: '?raw', import: 'default' }),
).map((text) => JSON.parse(text) as VectorFile);

it('finds the vectors, and each operation has some', () => {
  expect(FILES.map((file) => file.operation).sort()).toEqual(Object.keys(OPERATIONS).sort());
});

describe.each(FILES)('$section $operation', ({ operation, vectors }) => {
  it.each(vectors)('$name', async ({ input, output, error }) => {
    const run = async () => OPERATIONS[operation]?.(new Input(input), output ?? null);
    if (error === undefined) {
      expect(await run()).toEqual(output);
    } else {
      const thrown: unknown = await run().catch((reason: unknown) => reason);
      expect(thrown).toBeInstanceOf(errors[error]);
    }
  });
});
