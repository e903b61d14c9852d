/** A vault's containers, opened and checked against its head (FORMAT §7.1 rules 1 and 2). No I/O. */
import { equal, fromHex, toHex, type Bytes } from '../core/bytes.ts';
import * as envelope from '../core/envelope.ts';
import { EnvelopeClass, ZERO_ID, type Context } from '../core/envelope.ts';
import { IntegrityError } from '../errors.ts';
import { SetDigest } from '../core/digest.ts';
import { firstHistory, headHash, parseHead, type Head } from '../core/head.ts';
import type { Keyring } from '../core/keyring.ts';
import { parseRoot, parseSession, type RootHeader, type SessionHeader } from '../core/model.ts';
import type { Container } from '../wire/answers.ts';
import { ID_BYTES } from '../wire/limits.ts';
import type { Pin } from './trusted-state.ts';

/** A container whose key and header opened. */
export interface OpenContainer {
  readonly id: string;
  readonly version: number;
  readonly epoch: number;
  readonly wrappedKey: Bytes;
  readonly key: CryptoKey;
  /** What its header adds to the digest in the head. */
  readonly element: bigint;
  readonly header: RootHeader | SessionHeader;
}
export interface OpenSession extends OpenContainer {
  readonly header: SessionHeader;
}

/** Containers by id. */
export type Containers = ReadonlyMap<string, OpenContainer>;

/** The whole vault at one sequence number, the root container included. Immutable. */
export interface Contents {
  readonly head: Head;
  readonly seen: Pin;
  readonly containers: Containers;
}

/** A head that opened, and what changed with it. */
export interface Moved {
  readonly head: Head;
  readonly seen: Pin;
  /** Of the heads in between, `seen` the last of them. */
  readonly hashes: readonly Bytes[];
  readonly containers: Containers;
  /** Ids of containers that were there and are no more: erased. */
  readonly gone: readonly string[];
}

/** WebCrypto answers from other threads: enough at once to keep them busy, few enough to keep memory small. */
const BATCH = 250;

export function idBytes(id: string): Bytes {
  return fromHex(id, ID_BYTES);
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

export function isSession(container: OpenContainer | undefined): container is OpenSession {
  return container?.header.type === 'session';
}

/** In no order. */
export function sessionsOf({ containers }: Contents): OpenSession[] {
  return [...containers.values()].filter(isSession);
}

/** The root's key also seals the heads. */
export function rootKey(containers: Containers, { vaultId }: Keyring): CryptoKey {
  const root = containers.get(toHex(vaultId));
  if (root === undefined) throw new IntegrityError('no root container');
  return root.key;
}

export async function openContainer(keyring: Keyring, shown: Container): Promise<OpenContainer> {
  const { container_id: id, version, epoch, wrapped_key: wrappedKey } = shown;
  const context = headerContext(keyring.vaultId, id, version);
  const [key, element] = await Promise.all([
    keyring.unwrap(context.containerId, epoch, wrappedKey),
    keyring.element(context, shown.header),
  ]);
  const payload = await envelope.open(key, context, shown.header);
  const header = equal(context.containerId, keyring.vaultId) ? parseRoot(payload) : parseSession(payload);
  return { id, version, epoch, wrappedKey, key, element, header };
}

/** The head says the number it was shown with, and the first one has no history but its own. */
export async function openHead(
  { vaultId }: Keyring, key: CryptoKey, seq: number, bytes: Bytes,
): Promise<{ readonly head: Head; readonly seen: Pin }> {
  const head = parseHead(await envelope.open(key, headContext(vaultId, seq), bytes));
  if (head.seq !== seq) throw new IntegrityError('seq of the head');
  if (seq === 1 && !equal(head.history, await firstHistory(vaultId))) throw new IntegrityError('history of the first head');
  return { head, seen: { vaultId: toHex(vaultId), seq, headHash: await headHash(bytes), history: head.history } };
}

/** Throws unless these containers, all of them, are the ones that the head means. */
export function checkDigest(head: Head, containers: Containers): void {
  const digest = [...containers.values()].reduce((sum, { element }) => sum.add(element), SetDigest.empty);
  checkSum(head, containers.size, digest);
}

/** The contents after a move. Throws unless they are what its head means. */
export function stepTo(before: Contents, { head, seen, containers: changed, gone }: Moved): Contents {
  const containers = new Map(before.containers);
  let { digest } = before.head;
  for (const id of gone) {
    const old = containers.get(id);
    if (old !== undefined) digest = digest.remove(old.element);
    containers.delete(id);
  }
  for (const container of changed.values()) {
    const old = containers.get(container.id);
    if (old !== undefined) digest = digest.remove(old.element);
    digest = digest.add(container.element);
    containers.set(container.id, container);
  }
  checkSum(head, containers.size, digest);
  return { head, seen, containers };
}

function checkSum(head: Head, count: number, digest: SetDigest): void {
  if (head.containers !== count || !head.digest.equals(digest)) throw new IntegrityError('digest of the vault');
}

/** The results of `work` in the order of `items`. */
export async function inBatches<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += BATCH) {
    results.push(...(await Promise.all(items.slice(start, start + BATCH).map(work))));
  }
  return results;
}
