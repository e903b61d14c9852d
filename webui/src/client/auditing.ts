/** The log of a vault, read and verified (ERASURE.md §2, PROTOCOL §12). */
import { openLeaf } from '../audit/leaves.ts';
import { originOf, VerifierKey, type Checkpoint } from '../audit/checkpoint.ts';
import { leafHash, rootOf, verifyConsistency } from '../audit/merkle.ts';
import { equal, utf8, type Bytes } from '../core/bytes.ts';
import { ForkError, FormatError, IntegrityError, RollbackError } from '../errors.ts';
import type { AuditView, LogEntry } from './types.ts';
import type { Unlocked } from './unlocked.ts';

interface SignedState {
  readonly key: VerifierKey;
  readonly checkpoint: Checkpoint;
}

/** The state of the log now, which goes on from the one that the head names. */
export async function currentLog({ login: { service }, contents: { head: { audit: kept } } }: Unlocked): Promise<SignedState> {
  const answer = await service.auditCheckpoint(kept?.size ?? 0);
  const key = await VerifierKey.of(originOf(answer.checkpoint), answer.key);
  const checkpoint = await key.open(answer.checkpoint);
  if (kept === null) return { key, checkpoint };
  if (checkpoint.size < kept.size) throw new RollbackError(`log of ${checkpoint.size} entries after ${kept.size}`);
  if (checkpoint.origin !== kept.origin || !equal(key.key, kept.key)) throw new ForkError('another log');
  await verifyConsistency(kept.size, kept.root, checkpoint.size, checkpoint.root, answer.proof).catch((error: unknown) => {
    throw error instanceof IntegrityError ? new ForkError(error.detail) : error;
  });
  return { key, checkpoint };
}

/** Every entry, the first one first, each with what opens it; together they are what the signed state says. */
export async function readLog(unlocked: Unlocked): Promise<AuditView> {
  const { key, checkpoint: { size, root } } = await currentLog(unlocked);
  const entries: LogEntry[] = [];
  const hashes: Bytes[] = [];
  for (let after: number | null = null; entries.length < size;) {
    const page = await unlocked.login.service.audit(after);
    if (page.entries.length === 0) throw new FormatError('log without its end');
    for (const { index, leaf, salt, detail } of page.entries) {
      if (index !== entries.length) throw new FormatError('entries of the log out of order');
      // Written while we read: what is signed ends before it.
      if (index === size) break;
      hashes.push(await leafHash(leaf));
      entries.push(entryOf(index, await openLeaf(leaf, salt, utf8(detail))));
      after = index;
    }
  }
  if (!equal(await rootOf(hashes), root)) throw new IntegrityError('root of the log');
  return { entries, verifierKey: key.text };
}

function entryOf(index: number, { leaf: { event, time }, detail }: Awaited<ReturnType<typeof openLeaf>>): LogEntry {
  const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []);
  const { kind, count, added, destroyed, problem } = detail;
  return {
    index,
    at: 1_000 * time,
    event,
    kind: typeof kind === 'string' ? kind : null,
    count: typeof count === 'number' ? count : null,
    added: texts(added),
    destroyed: texts(destroyed),
    problem: typeof problem === 'string' ? problem : null,
  };
}
