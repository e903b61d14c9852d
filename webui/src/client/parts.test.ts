import { expect, it } from 'vitest';
import { TooLargeError } from './commits.ts';
import { inParts } from './parts.ts';

it('hands over everything once, in order, in parts of at most what a commit takes', async () => {
  const items = Array.from({ length: 12_001 }, (_, n) => n);
  const parts: number[][] = [];
  const progress: (readonly number[])[] = [];
  await inParts(items, async (part) => void parts.push([...part]), (...at) => progress.push(at));
  expect(parts.flat()).toEqual(items);
  expect(parts.map(({ length }) => length)).toEqual([5_000, 5_000, 2_001]);
  expect(progress.at(-1)).toEqual([12_001, 12_001]);
});

it('comes again with less when a part is too large, and gives up at one', async () => {
  const done: number[] = [];
  const work = (limit: number) => async (part: readonly number[]) => {
    if (part.reduce((sum, item) => sum + item, 0) > limit) throw new TooLargeError();
    done.push(...part);
  };
  await inParts([5, 5, 5, 5, 5, 5, 5], work(11));
  expect(done).toEqual([5, 5, 5, 5, 5, 5, 5]);
  await expect(inParts([5, 50], work(11))).rejects.toThrow(TooLargeError);
});
