/** From wanted edits to sealed bytes and the head that follows (PROTOCOL §6). No I/O. */
import { importKey } from '../core/aead.ts';
import { concat, randomBytes, toHex, utf8, type Bytes } from '../core/bytes.ts';
import type { Payload } from '../core/canonical.ts';
import type { SetDigest } from '../core/digest.ts';
import * as envelope from '../core/envelope.ts';
import { headHash, headPayload, nextHistory, type Head, type SlotEntry } from '../core/head.ts';
import { sha256 } from '../core/kdf.ts';
import type { Keyring } from '../core/keyring.ts';
import { sessionPayload, type SessionHeader } from '../core/model.ts';
import { ID_BYTES, KEY_BYTES } from '../wire/limits.ts';
import { headContext, headerContext, idBytes, recordContext, type Contents } from './contents.ts';
import { bodyOf } from './service.ts';

/** A session's next header and the records to add; `count` and `digest` are counted on from what they are here. */
export interface SessionEdit {
  readonly id: string;
  readonly header: SessionHeader;
  readonly records: readonly { readonly id: string; readonly payload: Payload }[];
}

/** A slot to add: as sent, and as the head names it. */
export interface NewSlot {
  readonly slot: Bytes;
  readonly loginKey: Bytes;
  readonly entry: SlotEntry;
  readonly epoch: number;
}

export interface Edits {
  readonly session?: SessionEdit;
  readonly addSlots?: readonly NewSlot[];
  /** Ids. */
  readonly destroySlots?: readonly string[];
}

/** A commit ready to send, as often as it takes. */
export interface Prepared {
  readonly body: string;
  readonly seq: number;
  readonly headHash: Bytes;
}

/** The id of a session that begins with this message: the same each time the writing is tried again. */
export async function sessionIdFor(vaultId: string, recordId: string): Promise<string> {
  const hash = await sha256(utf8('inkvault/v1/session'), concat(idBytes(vaultId), idBytes(recordId)));
  return toHex(hash.subarray(0, ID_BYTES));
}

export async function prepareCommit(keyring: Keyring, contents: Contents, edits: Edits): Promise<Prepared> {
  const { head, root } = contents;
  const sealed = edits.session === undefined ? null : await sealSession(keyring, contents, edits.session);
  const next: Head = {
    ...head,
    seq: head.seq + 1,
    containers: head.containers + (sealed?.isNew ? 1 : 0),
    digest: sealed?.digest ?? head.digest,
    history: await nextHistory(head.history, contents.headHash),
    ...nextSlots(head, edits),
  };
  const headBytes = await envelope.seal(root.key, headContext(keyring.vaultId, next.seq), headPayload(next));
  const body = bodyOf('Commit', {
    expected_seq: head.seq,
    head: headBytes,
    containers: sealed === null ? [] : [sealed.container],
    records: sealed?.records ?? [],
    slots: edits.addSlots === undefined && edits.destroySlots === undefined ? null : {
      add: (edits.addSlots ?? []).map(({ slot, loginKey }) => ({ slot, login_key: loginKey })),
      destroy: edits.destroySlots ?? [],
    },
  });
  return { body, seq: next.seq, headHash: await headHash(headBytes) };
}

function nextSlots(head: Head, { addSlots = [], destroySlots = [] }: Edits): Pick<Head, 'slots' | 'slotEpoch'> {
  const kept = head.slots.filter((entry) => !destroySlots.includes(toHex(entry.id)));
  return {
    slots: [...kept, ...addSlots.map((slot) => slot.entry)],
    slotEpoch: Math.max(head.slotEpoch, ...addSlots.map((slot) => slot.epoch)),
  };
}

async function sealSession(keyring: Keyring, contents: Contents, edit: SessionEdit) {
  const old = contents.sessions.get(edit.id);
  const raw = old === undefined ? randomBytes(KEY_BYTES) : null;
  const key = old?.key ?? (await importKey(raw ?? randomBytes(KEY_BYTES)));
  const epoch = old?.epoch ?? 1;
  const version = (old?.version ?? 0) + 1;
  const records = await Promise.all(edit.records.map(async ({ id, payload }) => {
    const context = recordContext(keyring.vaultId, edit.id, id, 1);
    const bytes = await envelope.seal(key, context, payload);
    return { element: await keyring.element(context, bytes), container_id: edit.id, record_id: id, version: 1, envelope: bytes };
  }));
  const digest: SetDigest = records.reduce((sum, record) => sum.add(record.element), edit.header.digest);
  const header = sessionPayload({ ...edit.header, count: edit.header.count + records.length, digest });
  const context = headerContext(keyring.vaultId, edit.id, version);
  const headerBytes = await envelope.seal(key, context, header);
  const wrapped = raw === null ? null : await keyring.wrap(context.containerId, epoch, raw);
  raw?.fill(0);
  const kept = old === undefined ? contents.head.digest : contents.head.digest.remove(old.element);
  return {
    isNew: old === undefined,
    digest: kept.add(await keyring.element(context, headerBytes)),
    container: { container_id: edit.id, version, epoch, wrapped_key: wrapped, header: headerBytes },
    records: records.map(({ element: _, ...record }) => record),
  };
}
