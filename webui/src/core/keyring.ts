/** What an unlocked vault can do: wrap container keys, seal drafts, make digest elements (FORMAT §4, §5, §6). */
import { ID_BYTES, KEY_BYTES, MAX_EPOCH, WRAPPED_KEY_BYTES } from '../wire/limits.ts';
import { freshNonce, importKey, sealWithNonce, SUITE, unwrapSealed } from './aead.ts';
import { concat, expectInteger, expectLength, u32, utf8, type Bytes } from './bytes.ts';
import { aad, type Context } from './envelope.ts';
import { hkdf, sha256 } from './kdf.ts';

const HMAC = { name: 'HMAC', hash: 'SHA-256' };

/** What checks a set of envelopes: enough for whoever opens records with the key of their container. */
export interface Elements {
  readonly vaultId: Bytes;
  readonly digestKey: CryptoKey;
}

export class Keyring implements Elements {
  private constructor(
    readonly vaultId: Bytes,
    private readonly wrapKey: CryptoKey,
    readonly digestKey: CryptoKey,
    readonly draftKey: CryptoKey,
  ) {}

  static async derive(vaultId: Bytes, vaultKey: Bytes): Promise<Keyring> {
    expectLength(vaultId, ID_BYTES, 'vault id');
    expectLength(vaultKey, KEY_BYTES, 'vault key');
    const derived = (purpose: string) => hkdf(vaultKey, concat(utf8(`inkvault/v1/${purpose}`), vaultId));
    const [wrap, digest, draft] = await Promise.all([derived('wrap'), derived('digest'), derived('draft')]);
    return new Keyring(
      vaultId,
      await importKey(wrap),
      await crypto.subtle.importKey('raw', digest, HMAC, false, ['sign']),
      await importKey(draft),
    );
  }

  /** The container key wrapped for its container and epoch, 60 bytes. */
  wrap(containerId: Bytes, epoch: number, containerKey: Bytes): Promise<Bytes> {
    return this.wrapWithNonce(containerId, epoch, containerKey, freshNonce());
  }

  async unwrap(containerId: Bytes, epoch: number, wrapped: Bytes): Promise<CryptoKey> {
    expectLength(wrapped, WRAPPED_KEY_BYTES, 'wrapped key');
    return unwrapSealed(this.wrapKey, wrapped, this.wrapAad(containerId, epoch));
  }

  element(context: Context, envelope: Bytes): Promise<bigint> {
    return elementOf(this, context, envelope);
  }

  /** For test vectors; everyone else lets `wrap` draw the nonce. */
  async wrapWithNonce(containerId: Bytes, epoch: number, containerKey: Bytes, nonce: Bytes): Promise<Bytes> {
    expectLength(containerKey, KEY_BYTES, 'container key');
    return sealWithNonce(this.wrapKey, nonce, containerKey, this.wrapAad(containerId, epoch));
  }

  private wrapAad(containerId: Bytes, epoch: number): Bytes {
    expectLength(containerId, ID_BYTES, 'container id');
    expectInteger(epoch, 1, MAX_EPOCH, 'epoch');
    return concat(SUITE, this.vaultId, containerId, u32(epoch));
  }
}

/** What an envelope adds to the digest of the set it belongs to. */
export async function elementOf({ digestKey }: Elements, context: Context, envelope: Bytes): Promise<bigint> {
  const place = aad(context);
  // class ‖ container_id ‖ record_id ‖ version: the AAD without suite and vault_id.
  const message = concat(place.subarray(1, 2), place.subarray(18), await sha256(envelope));
  const view = new DataView(await crypto.subtle.sign('HMAC', digestKey, message));
  let element = 0n;
  for (let at = 0; at < 32; at += 8) element = (element << 64n) | view.getBigUint64(at);
  return element;
}
