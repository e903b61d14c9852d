/** What each operation of tests/vectors/README.md runs here. */
import { importKey, sealWithNonce } from '../aead.ts';
import { concat, fromHex, randomBytes, toHex, utf8, type Bytes } from '../bytes.ts';
import * as canonical from '../canonical.ts';
import type { Json, Payload } from '../canonical.ts';
import { SetDigest } from '../digest.ts';
import * as envelope from '../envelope.ts';
import type { Context, EnvelopeClass } from '../envelope.ts';
import { comparisonCode, firstHistory, headHash, headPayload, nextHistory, parseHead } from '../head.ts';
import { argon2Salt, hkdf, passphraseSecret, prfInput } from '../kdf.ts';
import { Keyring } from '../keyring.ts';
import { encodeSlotHeader, loginMessage, openSlot, parseSlotHeader, sealSlotWithNonce, SlotKeys } from '../keyslot.ts';
import { headerPayload, messagePayload, parseMessage, parseRoot, parseSession } from '../model.ts';
import { orderHash, scopeBytes, type Scope } from '../order.ts';
import { pad, padme, unpad } from '../padding.ts';
import { decodeRecoveryKey, encodeRecoveryKey } from '../recovery.ts';
import { openResume, sealResumeWithNonce } from '../resume.ts';
import { parseRootRecord, rootRecordPayload } from '../rootrecords.ts';
import { excerpt, normaliseHandle, passphraseBytes } from '../text.ts';
import { argon2idHere } from './argon2.ts';
import { SnapshotFrames, type SnapshotFrame } from '../../client/snapshot-frames.ts';
import { fromBase64url, toBase64url } from '../../wire/encodings.ts';

/** The input of a vector, read field by field. */
export class Input {
  constructor(private readonly fields: Payload) {}

  json(name: string): Json {
    const value = this.fields[name];
    if (value === undefined) throw new Error(`the vector has no ${name}`);
    return value;
  }

  text(name: string): string {
    return String(this.json(name));
  }

  number(name: string): number {
    return Number(this.json(name));
  }

  bytes(name: string): Bytes {
    return hex(this.text(name));
  }

  list(name: string): string[] {
    const items = this.json(name);
    return Array.isArray(items) ? items.map(String) : [];
  }

  payload(name: string): Payload {
    return this.json(name) as Payload;
  }

  context(): Context {
    const fields = new Input(this.payload('context'));
    return {
      cls: fields.number('class') as EnvelopeClass,
      vaultId: fields.bytes('vault_id'),
      containerId: fields.bytes('container_id'),
      recordId: fields.bytes('record_id'),
      version: fields.number('version'),
    };
  }
}

function hex(text: string): Bytes {
  return fromHex(text, text.length / 2);
}

/** `expected` when `key`, which cannot be exported, seals as those bytes do; this is all that can be asked of it. */
async function sameKey(key: CryptoKey, expected: Bytes): Promise<string> {
  const nonce = randomBytes(12);
  const seal = async (with_: CryptoKey) => toHex(await sealWithNonce(with_, nonce, new Uint8Array(32), new Uint8Array(0)));
  return (await seal(key)) === (await seal(await importKey(expected))) ? toHex(expected) : 'another key';
}

/** Reads and writes again: whatever is accepted has one spelling. */
function again(first: Bytes, second: Bytes): void {
  if (toHex(first) !== toHex(second)) throw new Error('writing it again gives other bytes');
}

function keyring(given: Input): Promise<Keyring> {
  return Keyring.derive(given.bytes('vault_id'), given.bytes('vault_key'));
}

async function slotOf(given: Input) {
  const header = parseSlotHeader(given.bytes('header'));
  return { header, keys: await SlotKeys.derive(given.bytes('secret'), header.vaultId, header.slotId) };
}

const MODELS: Readonly<Record<string, (payload: Payload) => Payload>> = {
  head: (payload) => headPayload(parseHead(payload)),
  root: (payload) => headerPayload(parseRoot(payload)),
  session: (payload) => headerPayload(parseSession(payload)),
  message: (payload) => messagePayload(parseMessage(payload)),
  notebook: rootRecord,
  template: rootRecord,
  settings: rootRecord,
  backup: rootRecord,
};

function rootRecord(payload: Payload): Payload {
  const record = parseRootRecord(payload);
  if (record === null) throw new Error('a type that is not known');
  return rootRecordPayload(record);
}

/** `output` is what the vector expects, for keys that can only be compared. */
type Operation = (given: Input, output: Json) => Json | Promise<Json>;

/** An order to erase: the bytes of its scope, its hash, and the signature of a slot's login key. */
async function order(given: Input): Promise<Json> {
  const fields = new Input(given.payload('scope'));
  const parts = fields.json('records') as readonly Payload[];
  const records = parts.map((part) => ({ containerId: String(part['container_id']), recordIds: new Input(part).list('record_ids') }));
  const scope: Scope = { whole: fields.json('whole') === true, containers: fields.list('containers'), records };
  const [vaultId, slotId, erasureId] = [given.bytes('vault_id'), given.bytes('slot_id'), given.bytes('erasure_id')];
  const headHash = given.json('head_hash') === null ? null : given.bytes('head_hash');
  const hash = await orderHash({ origin: given.text('origin'), vaultId, slotId, erasureId, expectedSeq: given.number('expected_seq'), scope, headHash });
  const keys = await SlotKeys.derive(given.bytes('secret'), vaultId, slotId);
  return { scope: toHex(scopeBytes(scope)), hash: toHex(hash), signature: toHex(await keys.signOrder(hash)) };
}

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  handle: (given) => normaliseHandle(given.text('handle')),
  passphrase: (given) => toHex(passphraseBytes(given.text('passphrase'))),
  hkdf: async (given) => toHex(await hkdf(given.bytes('key'), given.bytes('info'))),
  argon2_salt: async (given) => toHex(await argon2Salt(given.text('handle'), given.bytes('vault_salt'))),
  prf_input: async (given) => toHex(await prfInput(given.bytes('vault_id'))),
  passphrase_secret: async (given) => {
    const costs = new Input(given.payload('params'));
    const params = { mKib: costs.number('m_kib'), t: costs.number('t'), p: costs.number('p') };
    const salt = given.bytes('vault_salt');
    return toHex(await passphraseSecret(given.text('passphrase'), given.text('handle'), salt, params, argon2idHere));
  },
  recovery_encode: (given) => encodeRecoveryKey(given.bytes('key')),
  recovery_decode: async (given) => toHex(await decodeRecoveryKey(given.text('text'))),
  slot_keys: async (given) => {
    const ids = [given.bytes('vault_id'), given.bytes('slot_id')] as const;
    const secret = given.bytes('secret');
    const keys = await SlotKeys.derive(secret, ...ids);
    const derive = (purpose: string) => hkdf(secret, concat(utf8(`inkvault/v1/slot/${purpose}`), ...ids));
    const mac = await derive('mac');
    const data = randomBytes(8);
    const hmac = await crypto.subtle.importKey('raw', mac, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    const macIsIt = await crypto.subtle.verify('HMAC', keys.mac, await crypto.subtle.sign('HMAC', hmac, data), data);
    return {
      wrap: await sameKey(keys.wrap, await derive('wrap')),
      mac: macIsIt ? toHex(mac) : 'another key',
      login: toHex(await derive('login')),
      login_public_key: toHex(keys.loginPublicKey),
    };
  },
  slot_header: (given) => {
    const data = given.bytes('header');
    const header = parseSlotHeader(data);
    again(data, encodeSlotHeader(header));
    const { mKib, t, p } = header.params;
    return {
      kind: header.kind,
      params: { m_kib: mKib, t, p },
      vault_id: toHex(header.vaultId),
      slot_id: toHex(header.slotId),
      epoch: header.epoch,
    };
  },
  slot_seal: async (given) => {
    const { header, keys } = await slotOf(given);
    return toHex(await sealSlotWithNonce(header, keys, given.bytes('vault_key'), given.bytes('nonce')));
  },
  slot_open: async (given) => {
    const { header, keys } = await slotOf(given);
    return toHex(await openSlot(given.bytes('slot'), header, keys));
  },
  login: async (given) => {
    const what = [given.text('origin'), given.bytes('vault_id'), given.bytes('slot_id'), given.bytes('challenge')] as const;
    const expiry = given.number('expiry');
    const keys = await SlotKeys.derive(given.bytes('secret'), what[1], what[2]);
    return { message: toHex(loginMessage(...what, expiry)), signature: toHex(await keys.signLogin(...what, expiry)) };
  },
  order,
  wrap: async (given) => {
    const place = [given.bytes('container_id'), given.number('epoch')] as const;
    return toHex(await (await keyring(given)).wrapWithNonce(...place, given.bytes('container_key'), given.bytes('nonce')));
  },
  unwrap: async (given, output) => {
    const key = await (await keyring(given)).unwrap(given.bytes('container_id'), given.number('epoch'), given.bytes('wrapped'));
    return sameKey(key, hex(String(output)));
  },
  aad: (given) => toHex(envelope.aad(given.context())),
  draft_key: async (given, output) => sameKey((await keyring(given)).draftKey, hex(String(output))),
  envelope_seal: async (given) => {
    const key = await importKey(given.bytes('key'));
    return toHex(await envelope.sealWithNonce(key, given.context(), given.payload('payload'), given.bytes('nonce')));
  },
  envelope_open: async (given) =>
    envelope.open(await importKey(given.bytes('key')), given.context(), given.bytes('envelope')),
  padme: (given) => padme(given.number('length')),
  pad: (given) => toHex(pad(given.bytes('data'))),
  unpad: (given) => {
    const padded = given.bytes('padded');
    const data = unpad(padded);
    again(padded, pad(data));
    return toHex(data);
  },
  canonical_encode: (given) => toHex(canonical.encode(given.payload('payload'))),
  canonical_decode: (given) => {
    const data = given.bytes('data');
    const payload = canonical.decode(data);
    again(data, canonical.encode(payload));
    return payload;
  },
  payload: (given) => {
    const payload = given.payload('payload');
    const model = MODELS[String(payload['type'])];
    if (model === undefined) throw new Error('no such type');
    return model(payload);
  },
  excerpt: (given) => excerpt(given.text('text'), given.number('count')),
  element: async (given) => {
    const element = await (await keyring(given)).element(given.context(), given.bytes('envelope'));
    return element.toString(16).padStart(64, '0');
  },
  digest: (given) => {
    let total = SetDigest.fromHex(given.text('start'));
    for (const element of given.list('add')) total = total.add(BigInt(`0x${element}`));
    for (const element of given.list('remove')) total = total.remove(BigInt(`0x${element}`));
    return total.hex();
  },
  history: async (given) => {
    let history = await firstHistory(given.bytes('vault_id'));
    for (const head of given.list('heads')) history = await nextHistory(history, await headHash(hex(head)));
    return toHex(history);
  },
  comparison_code: (given) => comparisonCode(given.bytes('vault_id'), given.number('seq'), given.bytes('head_hash')),
  resume_seal: async (given) => {
    const [share, vaultId, loginId, vaultKey, slotId, nonce] = (
      ['share', 'vault_id', 'login_id', 'vault_key', 'slot_id', 'nonce'] as const
    ).map((name) => given.bytes(name)) as [Bytes, Bytes, Bytes, Bytes, Bytes, Bytes];
    return toHex(await sealResumeWithNonce(share, vaultId, loginId, vaultKey, slotId, nonce));
  },
  resume_open: async (given) => {
    const ids = [given.bytes('vault_id'), given.bytes('login_id')] as const;
    const { vaultKey, slotId } = await openResume(given.bytes('share'), ...ids, given.bytes('value'));
    return { vault_key: toHex(vaultKey), slot_id: toHex(slotId) };
  },
  base64url: (given) => {
    const data = fromBase64url(given.text('text'));
    if (toBase64url(data) !== given.text('text')) throw new Error('writing it again gives another text');
    return toHex(data);
  },
  id: (given) => toHex(fromHex(given.text('text'), 16)),
  snapshot_frames: (given) => [...new SnapshotFrames().feed(given.bytes('data'))].map(shownFrame),
};

function shownFrame(frame: SnapshotFrame): Json {
  const values = frame.kind === 'container' ? frame.container : frame.kind === 'record' ? frame.record : frame;
  const shown = Object.entries(values).map(([name, value]: [string, unknown]) => [name, value instanceof Uint8Array ? toHex(value as Bytes) : value]);
  return { kind: frame.kind, ...(Object.fromEntries(shown) as Payload) };
}
