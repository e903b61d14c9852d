/**
 * What this device may believe after what it has seen (FORMAT §7.1 rules 4 and 5). Pure: no I/O, no clock, no keys.
 *
 * The functions take what the device remembers and what the service shows, and throw when the two do not fit.
 */
import { originOf, VerifierKey } from '../audit/checkpoint.ts';
import { verifyConsistency } from '../audit/merkle.ts';
import { equal, type Bytes } from '../core/bytes.ts';
import { ForkError, FormatError, IntegrityError, RollbackError, SubstitutionError } from '../errors.ts';
import { nextHistory, type KeptCheckpoint } from '../core/head.ts';

/** One head of one vault. */
export interface Pin {
  readonly vaultId: string;
  readonly seq: number;
  readonly headHash: Bytes;
  readonly history: Bytes;
}

/** A name that was opened here stands for that vault only. */
export function checkBinding(bound: string | null, shown: string): void {
  if (bound !== null && bound !== shown) throw new SubstitutionError(`${shown} instead of ${bound}`);
}

/**
 * Throws unless `seen`, a head that opened, may follow `base`.
 *
 * `hashes` are those of the heads `base.seq` + 1 up to `seen.seq`, as the service tells them; they prove that `seen`
 * continues what `base` stands for. Without `base` there is nothing to compare: a new device takes what it sees.
 */
export async function checkAdvance(base: Pin | null, seen: Pin, hashes: readonly Bytes[]): Promise<void> {
  if (base === null) return;
  checkBinding(base.vaultId, seen.vaultId);
  if (seen.seq < base.seq) throw new RollbackError(`seq ${seen.seq} after ${base.seq}`);
  if (seen.seq === base.seq) {
    if (!equal(seen.headHash, base.headHash) || !equal(seen.history, base.history)) {
      throw new RollbackError(`another head ${seen.seq}`);
    }
    if (hashes.length > 0) throw new FormatError('number of head hashes');
    return;
  }
  await checkChain(base, seen, hashes);
}

/** `seen` commits to every head before it: a history that parted from ours gives another value (FORMAT §7). */
async function checkChain(base: Pin, seen: Pin, hashes: readonly Bytes[]): Promise<void> {
  const last = hashes.at(-1);
  if (hashes.length !== seen.seq - base.seq || last === undefined) throw new FormatError('number of head hashes');
  let history = await nextHistory(base.history, base.headHash);
  for (const hash of hashes.slice(0, -1)) history = await nextHistory(history, hash);
  if (!equal(last, seen.headHash) || !equal(history, seen.history)) throw new ForkError(`between ${base.seq} and ${seen.seq}`);
}

/**
 * Checks `seen`, which `checkAdvance` found to continue `base`, against a pin that another tab of this device may have
 * raised meanwhile: it must lie on the way from `base` to `seen`.
 */
export function checkAlong(pin: Pin | null, base: Pin, seen: Pin, hashes: readonly Bytes[]): void {
  if (pin === null || pin.seq < base.seq) return;
  if (pin.seq > seen.seq) throw new RollbackError(`seq ${seen.seq}, another tab saw ${pin.seq}`);
  const there = pin.seq === base.seq ? base.headHash : hashes[pin.seq - base.seq - 1];
  if (there === undefined || !equal(there, pin.headHash)) throw new ForkError(`another tab saw another head ${pin.seq}`);
}

/** The state of the log that the service shows: the signed note, and the key it is signed with. */
export interface ShownLog {
  readonly key: Bytes;
  readonly checkpoint: string;
}

/**
 * The checkpoint to keep after one that the service shows (ERASURE.md §2.4); `proof` is that it goes on from the one
 * kept. null while the log is empty and nothing was kept.
 */
export async function advanceLog(
  kept: KeptCheckpoint | null, { key, checkpoint: note }: ShownLog, proof: readonly Bytes[],
): Promise<KeptCheckpoint | null> {
  const origin = originOf(note);
  if (kept !== null && (!equal(kept.key, key) || kept.origin !== origin)) throw new ForkError('log of another key or name', 'log');
  const { size, root } = await (await VerifierKey.of(origin, key)).open(note);
  const seen = { key, origin, size, root, extra: {} };
  if (kept === null) return size === 0 ? null : seen;
  if (size < kept.size) throw new RollbackError(`log of ${size} entries after ${kept.size}`, 'log');
  await verifyConsistency(kept.size, kept.root, size, root, proof).catch((error: unknown) => {
    throw error instanceof IntegrityError ? new ForkError(error.detail, 'log') : error;
  });
  return size === kept.size ? kept : seen;
}

/** That of two accepted checkpoints which covers more; the first when they cover the same. */
export function laterLog(first: KeptCheckpoint | null, second: KeptCheckpoint | null): KeptCheckpoint | null {
  return first === null || (second !== null && second.size > first.size) ? second : first;
}
