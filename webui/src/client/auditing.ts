/** The log of a vault, read and verified (ERASURE.md §2, PROTOCOL §12). */
import { openLeaf } from '../audit/leaves.ts';
import { VerifierKey, type Checkpoint } from '../audit/checkpoint.ts';
import { leafHash, rootOf } from '../audit/merkle.ts';
import { equal, fromHex, utf8, type Bytes } from '../core/bytes.ts';
import type { KeptCheckpoint } from '../core/head.ts';
import { FormatError, IntegrityError, RollbackError, ServiceError } from '../errors.ts';
import type { AuditCheckpoint } from '../wire/answers.ts';
import type { LoggedIn } from './service.ts';
import { advanceLog } from './trusted-state.ts';
import type { AuditView, CertificateView, LogEntry } from './types.ts';
import type { Unlocked } from './unlocked.ts';

interface SignedState {
  readonly key: VerifierKey;
  readonly checkpoint: Checkpoint;
}

/** The checkpoint to keep from now on, after the one in this device's pin and the one `sealed` in the head. One request. */
export async function checkLog(
  service: LoggedIn, pinned: KeptCheckpoint | null, sealed: KeptCheckpoint | null,
): Promise<KeptCheckpoint | null> {
  const answer = await ask(service, pinned, sealed);
  const accepted = await advanceLog(pinned, answer, answer.proof);
  return await advanceLog(sealed, answer, answer.also_proof) ?? accepted;
}

/** The state of the log now, which goes on from the one that was accepted last. */
export async function currentLog({ login: { service }, log }: Unlocked): Promise<SignedState> {
  const answer = await ask(service, log);
  const seen = await advanceLog(log, answer, answer.proof);
  // The login that asks is in it.
  if (seen === null) throw new IntegrityError('empty log');
  const { key, origin, size, root } = seen;
  return { key: await VerifierKey.of(origin, key), checkpoint: { origin, size, root } };
}

/** A log of fewer entries than were kept has no proof to give: the service refuses to make one (PROTOCOL §12). */
function ask(service: LoggedIn, kept: KeptCheckpoint | null, also: KeptCheckpoint | null = null): Promise<AuditCheckpoint> {
  const sizes = [kept?.size ?? 0, also?.size ?? 0] as const;
  return service.auditCheckpoint(...sizes).catch((error: unknown) => {
    const most = Math.max(...sizes);
    const isShorter = most > 0 && error instanceof ServiceError && error.code === 'bad_request';
    throw isShorter ? new RollbackError(`log of fewer than ${most} entries`, 'log') : error;
  });
}

/** Throws unless the log that a certificate of this vault names goes on in the one that the service shows now. */
export async function checkCertified({ login: { service }, log: kept }: Unlocked, { log }: CertificateView): Promise<void> {
  const { key, origin } = await VerifierKey.parse(log.verifierKey);
  await checkLog(service, kept, { key, origin, size: log.size, root: fromHex(log.root, 32), extra: {} });
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
