/** Much at once, in as many commits as the bounds of PROTOCOL §2 ask for. */
import { MAX_COMMIT_ITEMS } from '../wire/limits.ts';
import { TooLargeError } from './commits.ts';
import type { OnProgress } from './types.ts';

/** Hands the items to `commit` part by part, in order; a part that is too large for a commit comes again in smaller ones. */
export async function inParts<T>(
  items: readonly T[], commit: (part: readonly T[]) => Promise<void>, onProgress?: OnProgress,
): Promise<void> {
  let most = MAX_COMMIT_ITEMS;
  for (let start = 0; start < items.length;) {
    const part = items.slice(start, start + most);
    try {
      await commit(part);
      start += part.length;
      onProgress?.(start, items.length);
    } catch (error) {
      if (!(error instanceof TooLargeError) || part.length === 1) throw error;
      most = Math.ceil(part.length / 2);
    }
  }
}
