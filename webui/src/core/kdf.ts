/** Derivations: HKDF, and the 32-byte secret value behind each kind of slot (FORMAT §1, §3.1). */
import { KEY_BYTES } from '../wire/limits.ts';
import { concat, expectLength, utf8, type Bytes } from './bytes.ts';
import { checkParams, SlotKind, type KdfParams } from './params.ts';
import { normaliseHandle, passphraseBytes } from './text.ts';

/** Argon2id, version 0x13, 32 bytes (RFC 9106). The page runs it in a worker. */
export type Argon2id = (password: Bytes, salt: Bytes, params: KdfParams) => Promise<Bytes>;

export async function sha256(...parts: readonly Bytes[]): Promise<Bytes> {
  const [first] = parts;
  const data = parts.length === 1 && first ? first : concat(...parts);
  return new Uint8Array(await crypto.subtle.digest('SHA-256', data));
}

/** HKDF-SHA-256 with empty salt, 32 bytes (RFC 5869). */
export async function hkdf(key: Bytes, info: Bytes): Promise<Bytes> {
  const base = await crypto.subtle.importKey('raw', key, 'HKDF', false, ['deriveBits']);
  const algorithm = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, base, 8 * KEY_BYTES));
}

/** The Argon2id salt holds the handle: a server cannot give two vaults one salt. */
export async function argon2Salt(handle: string, vaultSalt: Bytes): Promise<Bytes> {
  expectLength(vaultSalt, 32, 'vault salt');
  return sha256(utf8('inkvault/v1/salt'), utf8(normaliseHandle(handle)), vaultSalt);
}

/** The secret value of a passphrase. Checks the costs first: after a PolicyError nothing was derived. */
export async function passphraseSecret(
  passphrase: string, handle: string, vaultSalt: Bytes, params: KdfParams, argon2id: Argon2id,
): Promise<Bytes> {
  checkParams(SlotKind.PASSPHRASE, params);
  const salt = await argon2Salt(handle, vaultSalt);
  return argon2id(passphraseBytes(passphrase), salt, params);
}

/** What the WebAuthn PRF extension is evaluated on. */
export function prfInput(vaultId: Bytes): Promise<Bytes> {
  return sha256(utf8('inkvault/v1/prf'), vaultId);
}
