/** How the page speaks of erasures. The words of the verdicts are those of docs/ERASURE.md. */
import type { ErasureProblem, ErasureState } from '../../../client/vault.ts';

/** Bytes as people count them. */
export function sized(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  let [value, unit] = [bytes, 0];
  for (; value >= 1000 && unit + 1 < units.length; unit += 1) value /= 1000;
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value).toLocaleString()} ${units[unit] ?? ''}`;
}

/** What has been done when a state is reached, and what is being done until then. */
export const STEPS: readonly (readonly [state: ErasureState, done: string, now: string])[] = [
  ['requested', 'Ordered. Nobody can read or change any of it any more.', 'Handing the order in'],
  ['keys', 'Its keys were overwritten, and that was read back.', 'Overwriting its keys, and reading them back'],
  ['rows', 'The encrypted text was taken out of the database.', 'Taking the encrypted text out of the database'],
  ['scrubbed', 'What the database kept of it was overwritten.', 'Overwriting what the database keeps of it'],
  ['done', 'Searched for samples of it, and certified.', 'Searching every file of the service for samples of it'],
];

/** What is in the way, and what to do. It is tried again by itself. */
export const PROBLEMS: Readonly<Record<ErasureProblem, string>> = {
  busy: 'Somebody reads the database for long, so it cannot be overwritten yet. Wait, or ask who runs the server to end the long reading.',
  keys: 'A key can still be read, or its file cannot be written. Ask who runs the server to look at the disk of the key directory.',
  disk: 'The disk of the server is full, read-only or faulty. Ask who runs the server to mend that.',
  found: 'The search found a sample of what should be gone. It is overwritten and searched again; ask who runs the server if this stays.',
  scan: 'The search could not be made. Ask who runs the server if this stays.',
};
/** An order that got no answer, until the service says that it has it. */
export const UNSURE = 'It is not known yet whether the order arrived; this page asks again by itself.';
export const AWAY = 'The server does not answer. The erasure goes on there as soon as it runs again; this page asks again by itself.';
