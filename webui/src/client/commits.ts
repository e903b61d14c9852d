/** From wanted edits to sealed bytes and the head that follows (PROTOCOL §6). No I/O. */
import { importKey } from '../core/aead.ts';
import { randomBytes, toHex, type Bytes } from '../core/bytes.ts';
import type { Payload } from '../core/canonical.ts';
import * as envelope from '../core/envelope.ts';
import { headHash, headPayload, nextHistory, type Head, type KeptCheckpoint, type SlotEntry } from '../core/head.ts';
import type { Keyring } from '../core/keyring.ts';
import { headerPayload, type RootHeader, type SessionHeader } from '../core/model.ts';
import { UsageError } from '../errors.ts';
import { KEY_BYTES, MAX_BODY_BYTES, MAX_COMMIT_ITEMS } from '../wire/limits.ts';
import { bodyOf, type RequestBody } from '../wire/requests.ts';
import {
  headContext, headerContext, idBytes, inBatches, recordContext, rootKey, type Contents, type OpenContainer,
} from './contents.ts';
import type { OpenRecord } from './records.ts';
import { laterLog } from './trusted-state.ts';

/**
 * A container's next header, and records to add or to change in it; `count` and `digest` are counted on from what they are here. A
 * container that the contents do not have begins with it.
 */
export interface Edit {
  readonly id: string;
  readonly header: RootHeader | SessionHeader;
  readonly records: readonly RecordEdit[];
}

export interface RecordEdit {
  readonly id: string;
  readonly payload: Payload;
  /** The record it takes the place of; undefined for a new one. */
  readonly before: OpenRecord | undefined;
}

/** A slot to add: as sent, and as the head names it. */
export interface NewSlot {
  readonly slot: Bytes;
  readonly loginKey: Bytes;
  readonly entry: SlotEntry;
  readonly epoch: number;
}

/** All that one commit does. */
export interface Edits {
  readonly containers?: readonly Edit[];
  readonly addSlots?: readonly NewSlot[];
  /** Ids. */
  readonly destroySlots?: readonly string[];
}

/** A commit ready to send, as often as it takes. */
export interface Prepared {
  readonly body: string;
  readonly seq: number;
  readonly headHash: Bytes;
  /** The records written, by container. */
  readonly records: ReadonlyMap<string, readonly OpenRecord[]>;
}

type CommitBody = RequestBody<'Commit'>;
interface SealedEdit {
  readonly before: OpenContainer | undefined;
  readonly key: CryptoKey;
  readonly element: bigint;
  readonly write: CommitBody['containers'][number];
  readonly recordWrites: CommitBody['records'];
  readonly records: readonly OpenRecord[];
}

/** A commit beyond the bounds of PROTOCOL §2. Whoever makes large ones makes several instead. */
export class TooLargeError extends UsageError {
  constructor() {
    super('This is too much to save at once. Save it in parts.');
  }
}

/** `log` is the checkpoint of the vault's log that was accepted last: the head carries it. */
export async function prepareCommit(keyring: Keyring, contents: Contents, edits: Edits, log: KeptCheckpoint | null): Promise<Prepared> {
  const { head, seen } = contents;
  checkNumbers(edits);
  const sealed = await inBatches(edits.containers ?? [], (edit) => sealEdit(keyring, contents.containers.get(edit.id), edit));
  let { digest, containers } = head;
  for (const { before, element } of sealed) {
    digest = (before === undefined ? digest : digest.remove(before.element)).add(element);
    containers += before === undefined ? 1 : 0;
  }
  const history = await nextHistory(head.history, seen.headHash);
  const audit = laterLog(log, head.audit);
  const next: Head = { ...head, seq: head.seq + 1, containers, digest, history, audit, ...nextSlots(head, edits) };
  const headBytes = await sealHead(keyring, rootKey(contents.containers, keyring), next);
  const body = bodyOf('Commit', {
    expected_seq: head.seq,
    head: headBytes,
    containers: sealed.map(({ write }) => write),
    records: sealed.flatMap(({ recordWrites }) => recordWrites),
    slots: slotChanges(edits),
  });
  // It is ASCII: one byte to a character.
  if (body.length > MAX_BODY_BYTES) throw new TooLargeError();
  const records = new Map(sealed.map(({ write, records: written }) => [String(write.container_id), written]));
  return { body, seq: next.seq, headHash: await headHash(headBytes), records };
}

function checkNumbers({ containers = [] }: Edits): void {
  const records = containers.reduce((sum, edit) => sum + edit.records.length, 0);
  if (Math.max(containers.length, records) > MAX_COMMIT_ITEMS) throw new TooLargeError();
}

export function sealHead({ vaultId }: Keyring, key: CryptoKey, head: Head): Promise<Bytes> {
  return envelope.seal(key, headContext(vaultId, head.seq), headPayload(head));
}

/** `before` is the container as it is; undefined makes a new one, with a key of its own. */
export async function sealEdit(keyring: Keyring, before: OpenContainer | undefined, edit: Edit): Promise<SealedEdit> {
  const { key, epoch, version, wrapped } = await nextKey(keyring, before, edit.id);
  const written = await inBatches(edit.records, (record) => sealRecord(keyring, key, edit.id, record));
  const digest = edit.records.reduce(
    (sum, record) => (record.before === undefined ? sum : sum.remove(record.before.element)),
    written.reduce((sum, { record }) => sum.add(record.element), edit.header.digest),
  );
  const added = edit.records.filter((record) => record.before === undefined);
  const context = headerContext(keyring.vaultId, edit.id, version);
  const header = { ...edit.header, count: edit.header.count + added.length, digest };
  const headerBytes = await envelope.seal(key, context, headerPayload(header));
  return {
    before,
    key,
    element: await keyring.element(context, headerBytes),
    write: { container_id: edit.id, version, epoch, wrapped_key: wrapped, header: headerBytes },
    recordWrites: written.map(({ write }) => write),
    records: written.map(({ record }) => record),
  };
}

/** A container sealed anew under a new key. */
export interface Rekeyed {
  readonly before: OpenContainer;
  readonly key: CryptoKey;
  readonly element: bigint;
  readonly write: CommitBody['containers'][number];
}

/** What stays of a container, under a new key: `records` are all of it, and `header` says nothing of them yet. */
export async function rekey(
  keyring: Keyring, before: OpenContainer, header: RootHeader | SessionHeader, records: readonly RecordEdit[],
): Promise<Rekeyed & { readonly records: CommitBody['records'] }> {
  const { id, epoch, version } = before;
  const { key, wrapped } = await freshKey(keyring, id, epoch + 1);
  const written = await inBatches(records, (record) => sealRecord(keyring, key, id, record));
  const digest = written.reduce((sum, { record }) => sum.add(record.element), header.digest);
  const context = headerContext(keyring.vaultId, id, version + 1);
  const headerBytes = await envelope.seal(key, context, headerPayload({ ...header, digest }));
  return {
    before,
    key,
    element: await keyring.element(context, headerBytes),
    write: { container_id: id, version: version + 1, epoch: epoch + 1, wrapped_key: wrapped, header: headerBytes },
    records: written.map(({ write }) => write),
  };
}

async function sealRecord(keyring: Keyring, key: CryptoKey, containerId: string, { id, payload, before }: RecordEdit) {
  const version = (before?.version ?? 0) + 1;
  const context = recordContext(keyring.vaultId, containerId, id, version);
  const bytes = await envelope.seal(key, context, payload);
  return {
    write: { container_id: containerId, record_id: id, version, envelope: bytes },
    record: { recordId: id, version, element: await keyring.element(context, bytes), payload } satisfies OpenRecord,
  };
}

async function nextKey(keyring: Keyring, before: OpenContainer | undefined, id: string) {
  if (before !== undefined) return { key: before.key, epoch: before.epoch, version: before.version + 1, wrapped: null };
  return { ...(await freshKey(keyring, id, 1)), epoch: 1, version: 1 };
}

async function freshKey(keyring: Keyring, id: string, epoch: number) {
  const raw = randomBytes(KEY_BYTES);
  const [key, wrapped] = [await importKey(raw), await keyring.wrap(idBytes(id), epoch, raw)];
  raw.fill(0);
  return { key, wrapped };
}

function nextSlots(head: Head, { addSlots = [], destroySlots = [] }: Edits): Pick<Head, 'slots' | 'slotEpoch'> {
  const kept = head.slots.filter((entry) => !destroySlots.includes(toHex(entry.id)));
  return {
    slots: [...kept, ...addSlots.map((slot) => slot.entry)],
    slotEpoch: Math.max(head.slotEpoch, ...addSlots.map((slot) => slot.epoch)),
  };
}

function slotChanges({ addSlots = [], destroySlots = [] }: Edits): CommitBody['slots'] {
  if (addSlots.length + destroySlots.length === 0) return null;
  return { add: addSlots.map(({ slot, loginKey }) => ({ slot, login_key: loginKey })), destroy: destroySlots };
}
