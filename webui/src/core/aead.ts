/** AES-256-GCM as everything here uses it: suite, fresh random nonce, ciphertext with tag (FORMAT §1, §1.1). */
import { concat, randomBytes, type Bytes } from './bytes.ts';
import { IntegrityError } from '../errors.ts';

export const SUITE = Uint8Array.of(1);
const NONCE_BYTES = 12;
/** Bytes a sealed value is longer than its plaintext: nonce and tag. */
export const OVERHEAD = NONCE_BYTES + 16;

/** 12 random bytes. Nonces come from here alone; what takes one is for test vectors. */
export function freshNonce(): Bytes {
  return randomBytes(NONCE_BYTES);
}

export function importKey(key: Bytes): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt', 'unwrapKey']);
}

/** nonce ‖ GCM(key, nonce, data, aad) */
export async function sealWithNonce(key: CryptoKey, nonce: Bytes, data: Bytes, aad: Bytes): Promise<Bytes> {
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData: aad }, key, data);
  return concat(nonce, new Uint8Array(sealed));
}

/** The plaintext of nonce ‖ ciphertext ‖ tag. */
export async function openSealed(key: CryptoKey, sealed: Bytes, aad: Bytes): Promise<Bytes> {
  try {
    return new Uint8Array(await crypto.subtle.decrypt(algorithm(sealed, aad), key, sealed.subarray(NONCE_BYTES)));
  } catch {
    throw new IntegrityError('GCM');
  }
}

/** Like `openSealed`, for a key: its bytes never reach the page's memory. */
export async function unwrapSealed(key: CryptoKey, sealed: Bytes, aad: Bytes): Promise<CryptoKey> {
  const usages: KeyUsage[] = ['encrypt', 'decrypt'];
  try {
    return await crypto.subtle.unwrapKey(
      'raw', sealed.subarray(NONCE_BYTES), key, algorithm(sealed, aad), 'AES-GCM', false, usages);
  } catch {
    throw new IntegrityError('GCM of a key');
  }
}

function algorithm(sealed: Bytes, aad: Bytes): AesGcmParams {
  return { name: 'AES-GCM', iv: sealed.subarray(0, NONCE_BYTES), additionalData: aad };
}
