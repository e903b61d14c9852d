/** Key slots: the vault key wrapped under one secret, and the login key of that secret (FORMAT §3). */
import { fromBase64url } from '../wire/encodings.ts';
import { ID_BYTES, KEY_BYTES, MAX_EPOCH, SLOT_BYTES, SLOT_HEADER_BYTES } from '../wire/limits.ts';
import { freshNonce, importKey, openSealed, sealWithNonce as sealBytes, SUITE } from './aead.ts';
import { concat, equal, expectInteger, expectLength, fromHex, readU32, u16, u32, u64, utf8, type Bytes } from './bytes.ts';
import { FormatError, IntegrityError } from '../errors.ts';
import { hkdf } from './kdf.ts';
import { orderMessage } from './order.ts';
import { checkParams, SlotKind, type KdfParams } from './params.ts';

const MAC_START = SLOT_BYTES - 32;
const HMAC = { name: 'HMAC', hash: 'SHA-256' };
/** What stands before a raw Ed25519 seed in PKCS #8 (RFC 8410): WebCrypto takes no raw private keys. */
const PKCS8_ED25519 = fromHex('302e020100300506032b657004220420', 16);

/** The first 44 bytes of a slot. */
export interface SlotHeader {
  readonly kind: SlotKind;
  readonly params: KdfParams;
  readonly vaultId: Bytes;
  readonly slotId: Bytes;
  readonly epoch: number;
}

export function encodeSlotHeader({ kind, params, vaultId, slotId, epoch }: SlotHeader): Bytes {
  checkSlotHeader({ kind, params, vaultId, slotId, epoch });
  const { mKib, t, p } = params;
  return concat(SUITE, Uint8Array.of(kind), u32(mKib), Uint8Array.of(t, p), vaultId, slotId, u32(epoch));
}

/** Costs out of bounds never get further than here (PolicyError). */
export function parseSlotHeader(data: Bytes): SlotHeader {
  expectLength(data, SLOT_HEADER_BYTES, 'slot header');
  const [suite, kind, , , , , t = 0, p = 0] = data;
  if (suite !== SUITE[0]) throw new FormatError('slot suite');
  if (!isSlotKind(kind)) throw new FormatError('slot kind');
  const header = {
    kind,
    params: { mKib: readU32(data, 2), t, p },
    vaultId: data.slice(8, 24),
    slotId: data.slice(24, 40),
    epoch: readU32(data, 40),
  };
  checkSlotHeader(header);
  return header;
}

function checkSlotHeader({ kind, params, vaultId, slotId, epoch }: SlotHeader): void {
  expectLength(vaultId, ID_BYTES, 'vault id');
  expectLength(slotId, ID_BYTES, 'slot id');
  expectInteger(epoch, 1, MAX_EPOCH, 'epoch');
  checkParams(kind, params);
}

function isSlotKind(kind: number | undefined): kind is SlotKind {
  return kind === SlotKind.PASSPHRASE || kind === SlotKind.RECOVERY || kind === SlotKind.PASSKEY;
}

/** What a 32-byte secret value gives for one slot (FORMAT §3.2). */
export class SlotKeys {
  private constructor(
    readonly wrap: CryptoKey,
    readonly mac: CryptoKey,
    private readonly login: CryptoKey,
    /** The Ed25519 public key that the server keeps for this slot. */
    readonly loginPublicKey: Bytes,
  ) {}

  static async derive(secret: Bytes, vaultId: Bytes, slotId: Bytes): Promise<SlotKeys> {
    expectLength(secret, KEY_BYTES, 'secret');
    const place = concat(vaultId, slotId);
    expectLength(place, 2 * ID_BYTES, 'ids');
    const derived = (purpose: string) => hkdf(secret, concat(utf8(`inkvault/v1/slot/${purpose}`), place));
    const [wrap, mac, seed] = await Promise.all([derived('wrap'), derived('mac'), derived('login')]);
    const pkcs8 = concat(PKCS8_ED25519, seed);
    return new SlotKeys(
      await importKey(wrap),
      await crypto.subtle.importKey('raw', mac, HMAC, false, ['sign', 'verify']),
      await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', false, ['sign']),
      await publicKey(pkcs8),
    );
  }

  async signLogin(origin: string, vaultId: Bytes, slotId: Bytes, challenge: Bytes, expiry: number): Promise<Bytes> {
    const message = loginMessage(origin, vaultId, slotId, challenge, expiry);
    return new Uint8Array(await crypto.subtle.sign('Ed25519', this.login, message));
  }

  /** Signs the order of an erasure, by its hash (ERASURE.md §3). */
  async signOrder(hash: Bytes): Promise<Bytes> {
    return new Uint8Array(await crypto.subtle.sign('Ed25519', this.login, orderMessage(hash)));
  }
}

async function publicKey(pkcs8: Bytes): Promise<Bytes> {
  const key = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', true, ['sign']);
  const { x } = await crypto.subtle.exportKey('jwk', key);
  return fromBase64url(x ?? '');
}

/** What a login signs (FORMAT §3.4). `origin` is the one this client connects to; `expiry` is in Unix seconds. */
export function loginMessage(origin: string, vaultId: Bytes, slotId: Bytes, challenge: Bytes, expiry: number): Bytes {
  if (!/^[\x21-\x7e]+$/.test(origin)) throw new FormatError('origin');
  expectLength(vaultId, ID_BYTES, 'vault id');
  expectLength(slotId, ID_BYTES, 'slot id');
  expectLength(challenge, 32, 'challenge');
  return concat(utf8('inkvault/v1/login'), u16(origin.length), utf8(origin), vaultId, slotId, challenge, u64(expiry));
}

/** Wraps the vault key: the 136 bytes of a slot. */
export function sealSlot(header: SlotHeader, keys: SlotKeys, vaultKey: Bytes): Promise<Bytes> {
  return sealSlotWithNonce(header, keys, vaultKey, freshNonce());
}

/**
 * The vault key. `header` is the one shown before login; a slot with another one is refused.
 *
 * The HMAC commits to the keys and is checked before decryption: a slot that GCM would open under several keys
 * (a partitioning oracle) never reaches GCM. `subtle.verify` compares in constant time.
 */
export async function openSlot(slot: Bytes, header: SlotHeader, keys: SlotKeys): Promise<Bytes> {
  expectLength(slot, SLOT_BYTES, 'slot');
  const top = slot.subarray(0, SLOT_HEADER_BYTES);
  parseSlotHeader(top);
  if (!equal(top, encodeSlotHeader(header))) throw new IntegrityError('slot header');
  const body = slot.subarray(0, MAC_START);
  if (!(await crypto.subtle.verify('HMAC', keys.mac, slot.subarray(MAC_START), body))) throw new IntegrityError('slot HMAC');
  return openSealed(keys.wrap, body.subarray(SLOT_HEADER_BYTES), top);
}

/** For test vectors; everyone else lets `sealSlot` draw the nonce. */
export async function sealSlotWithNonce(header: SlotHeader, keys: SlotKeys, vaultKey: Bytes, nonce: Bytes): Promise<Bytes> {
  expectLength(vaultKey, KEY_BYTES, 'vault key');
  const top = encodeSlotHeader(header);
  const body = concat(top, await sealBytes(keys.wrap, nonce, vaultKey, top));
  return concat(body, new Uint8Array(await crypto.subtle.sign('HMAC', keys.mac, body)));
}
