/** A vault's containers, opened and checked against its head (FORMAT §7.1 rules 1 and 2). No I/O. */
import { fromHex, type Bytes } from '../core/bytes.ts';
import * as envelope from '../core/envelope.ts';
import { EnvelopeClass, ZERO_ID, type Context } from '../core/envelope.ts';
import { FormatError, IntegrityError } from '../core/errors.ts';
import { SetDigest } from '../core/digest.ts';
import { headHash, parseHead, type Head } from '../core/head.ts';
import type { Keyring } from '../core/keyring.ts';
import { parseRoot, parseSession, type RootHeader, type SessionHeader } from '../core/model.ts';
import type { Container } from '../wire/answers.ts';
import { ID_BYTES } from '../wire/limits.ts';
import type { Pin } from './trusted-state.ts';

/** A container whose key and header opened. */
interface Opened {
  readonly id: string;
  readonly version: number;
  readonly epoch: number;
  readonly wrappedKey: Bytes;
  readonly key: CryptoKey;
  /** What its header adds to the digest in the head. */
  readonly element: bigint;
}
export interface OpenRoot extends Opened {
  readonly kind: 'root';
  readonly header: RootHeader;
}
export interface OpenSession extends Opened {
  readonly kind: 'session';
  readonly header: SessionHeader;
}

/** The whole vault at one sequence number. Immutable. */
export interface Contents {
  readonly vaultId: string;
  readonly head: Head;
  readonly headHash: Bytes;
  readonly root: OpenRoot;
  readonly sessions: ReadonlyMap<string, OpenSession>;
}

/** What the service shows of a vault: its head, and all its containers or those that changed. Not yet checked. */
export interface Shown {
  readonly seq: number;
  readonly head: Bytes;
  readonly containers: readonly Container[];
}

/** WebCrypto answers from other threads: enough at once to keep them busy, few enough to keep memory small. */
const BATCH = 250;

export function idBytes(id: string): Bytes {
  return fromHex(id, ID_BYTES);
}

export function pinOf({ vaultId, head, headHash }: Contents): Pin {
  return { vaultId, seq: head.seq, headHash, history: head.history };
}

export function headContext(vaultId: Bytes, seq: number): Context {
  return { cls: EnvelopeClass.HEAD, vaultId, containerId: vaultId, recordId: ZERO_ID, version: seq };
}

export function headerContext(vaultId: Bytes, containerId: string, version: number): Context {
  return { cls: EnvelopeClass.HEADER, vaultId, containerId: idBytes(containerId), recordId: ZERO_ID, version };
}

export function recordContext(vaultId: Bytes, containerId: string, recordId: string, version: number): Context {
  return { cls: EnvelopeClass.RECORD, vaultId, containerId: idBytes(containerId), recordId: idBytes(recordId), version };
}

/**
 * Opens what is shown and checks it against its head. `before` is what it changes; null means that all is shown.
 * `trust` judges the head before the digest is looked at: what forked is to be called a fork.
 */
export async function openContents(
  keyring: Keyring, vaultId: string, shown: Shown, before: Contents | null, trust: (seen: Pin) => Promise<void>,
): Promise<Contents> {
  const opened = await inBatches(shown.containers, (container) => openContainer(keyring, vaultId, container));
  const root = opened.find((container) => container.kind === 'root') ?? before?.root;
  if (root === undefined) throw new IntegrityError('no root container');
  const head = parseHead(await envelope.open(root.key, headContext(keyring.vaultId, shown.seq), shown.head));
  if (head.seq !== shown.seq) throw new IntegrityError('seq of the head');
  const seen = await headHash(shown.head);
  await trust({ vaultId, seq: head.seq, headHash: seen, history: head.history });
  const { sessions, digest } = merge(opened, before);
  if (head.containers !== sessions.size + 1 || !head.digest.equals(digest)) throw new IntegrityError('digest of the vault');
  return { vaultId, head, headHash: seen, root, sessions };
}

/** The sessions with the changed ones in place of the old, and the digest over all containers. */
function merge(opened: readonly (OpenRoot | OpenSession)[], before: Contents | null) {
  const sessions = new Map(before?.sessions);
  let digest = before?.head.digest ?? SetDigest.empty;
  for (const container of opened) {
    const old = container.kind === 'root' ? before?.root : sessions.get(container.id);
    if (old !== undefined) {
      if (container.version < old.version || container.epoch < old.epoch) throw new IntegrityError('older container');
      digest = digest.remove(old.element);
    }
    digest = digest.add(container.element);
    if (container.kind === 'session') sessions.set(container.id, container);
  }
  return { sessions, digest };
}

async function openContainer(keyring: Keyring, vaultId: string, shown: Container): Promise<OpenRoot | OpenSession> {
  const { container_id: id, version, epoch } = shown;
  const context = headerContext(keyring.vaultId, id, version);
  const [key, element] = await Promise.all([
    keyring.unwrap(context.containerId, epoch, shown.wrapped_key),
    keyring.element(context, shown.header),
  ]);
  const payload = await envelope.open(key, context, shown.header);
  const opened = { id, version, epoch, wrappedKey: shown.wrapped_key, key, element };
  return id === vaultId
    ? { ...opened, kind: 'root', header: parseRoot(payload) }
    : { ...opened, kind: 'session', header: parseSession(payload) };
}

/** The results of `work` in the order of `items`. */
export async function inBatches<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += BATCH) {
    results.push(...(await Promise.all(items.slice(start, start + BATCH).map(work))));
  }
  return results;
}

/** Each container once, the highest version of it (PROTOCOL §7). */
export function latest(...lists: readonly (readonly Container[])[]): Container[] {
  const found = new Map<string, Container>();
  for (const container of lists.flat()) {
    if (container.version >= (found.get(container.container_id)?.version ?? 0)) found.set(container.container_id, container);
  }
  return [...found.values()];
}

/** Ids in one listing grow: nothing is doubled or out of order. */
export function expectGrowing(ids: readonly string[]): void {
  if (ids.some((id, index) => index > 0 && id <= (ids[index - 1] ?? ''))) throw new FormatError('listing out of order');
}
