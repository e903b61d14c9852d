/** The resume value: what a page may keep across a refresh, useless without the server's share (FORMAT §8). */
import { ID_BYTES, KEY_BYTES } from '../wire/limits.ts';
import { freshNonce, importKey, openSealed, OVERHEAD, sealWithNonce, SUITE } from './aead.ts';
import { concat, expectLength, utf8, type Bytes } from './bytes.ts';
import { FormatError } from '../errors.ts';
import { hkdf } from './kdf.ts';

const RESUME_BYTES = SUITE.length + OVERHEAD + KEY_BYTES + ID_BYTES;

/** The 77-byte resume value of one login. */
export function sealResume(share: Bytes, vaultId: Bytes, loginId: Bytes, vaultKey: Bytes, slotId: Bytes): Promise<Bytes> {
  return sealResumeWithNonce(share, vaultId, loginId, vaultKey, slotId, freshNonce());
}

export async function openResume(
  share: Bytes, vaultId: Bytes, loginId: Bytes, value: Bytes,
): Promise<{ vaultKey: Bytes; slotId: Bytes }> {
  expectLength(value, RESUME_BYTES, 'resume value');
  if (value[0] !== SUITE[0]) throw new FormatError('resume suite');
  const key = await resumeKey(share, vaultId, loginId);
  const data = await openSealed(key, value.subarray(1), concat(SUITE, vaultId, loginId));
  return { vaultKey: data.slice(0, KEY_BYTES), slotId: data.slice(KEY_BYTES) };
}

/** For test vectors; everyone else lets `sealResume` draw the nonce. */
export async function sealResumeWithNonce(
  share: Bytes, vaultId: Bytes, loginId: Bytes, vaultKey: Bytes, slotId: Bytes, nonce: Bytes,
): Promise<Bytes> {
  expectLength(vaultKey, KEY_BYTES, 'vault key');
  expectLength(slotId, ID_BYTES, 'slot id');
  const key = await resumeKey(share, vaultId, loginId);
  return concat(SUITE, await sealWithNonce(key, nonce, concat(vaultKey, slotId), concat(SUITE, vaultId, loginId)));
}

async function resumeKey(share: Bytes, vaultId: Bytes, loginId: Bytes): Promise<CryptoKey> {
  expectLength(share, KEY_BYTES, 'share');
  expectLength(vaultId, ID_BYTES, 'vault id');
  expectLength(loginId, ID_BYTES, 'login id');
  return importKey(await hkdf(share, concat(utf8('inkvault/v1/resume'), vaultId, loginId)));
}
