/** Envelopes: payloads sealed to their place in a vault (FORMAT §5). */
import { ID_BYTES, MAX_ENVELOPE_BYTES, MIN_ENVELOPE_BYTES } from '../wire/limits.ts';
import { freshNonce, openSealed, OVERHEAD, sealWithNonce as sealBytes, SUITE } from './aead.ts';
import { concat, equal, expectInteger, expectLength, isZero, u64, type Bytes } from './bytes.ts';
import * as canonical from './canonical.ts';
import type { Payload } from './canonical.ts';
import { FormatError, UsageError } from '../errors.ts';
import { pad, unpad } from './padding.ts';

export const ZERO_ID: Bytes = new Uint8Array(ID_BYTES);

/** What the server can see of an envelope's role; the value is the byte in the AAD. */
export const EnvelopeClass = { HEAD: 1, HEADER: 2, RECORD: 3, DRAFT: 4 } as const;
export type EnvelopeClass = (typeof EnvelopeClass)[keyof typeof EnvelopeClass];

/** The one place an envelope belongs to. A seal opens nowhere else. */
export interface Context {
  readonly cls: EnvelopeClass;
  readonly vaultId: Bytes;
  readonly containerId: Bytes;
  readonly recordId: Bytes;
  readonly version: number;
}

/** The 58 bytes that GCM authenticates; ids and versions that the class cannot have are refused. */
export function aad({ cls, vaultId, containerId, recordId, version }: Context): Bytes {
  for (const id of [vaultId, containerId, recordId]) expectLength(id, ID_BYTES, 'id');
  expectInteger(version, 1, Number.MAX_SAFE_INTEGER, 'version');
  if (isZero(recordId) !== cls <= EnvelopeClass.HEADER) throw new FormatError('record id of another class');
  if (cls === EnvelopeClass.HEAD && !equal(containerId, vaultId)) throw new FormatError('head of another container');
  return concat(SUITE, Uint8Array.of(cls), vaultId, containerId, recordId, u64(version));
}

export function seal(key: CryptoKey, context: Context, payload: Payload): Promise<Bytes> {
  return sealWithNonce(key, context, payload, freshNonce());
}

/** How many bytes the envelope of a payload has. */
export function sealedSize(payload: Payload): number {
  return SUITE.length + OVERHEAD + pad(canonical.encode(payload)).length;
}

/** The payload; nothing of it is returned unless all of it is right. */
export async function open(key: CryptoKey, context: Context, envelope: Bytes): Promise<Payload> {
  if (envelope.length < MIN_ENVELOPE_BYTES || envelope.length > MAX_ENVELOPE_BYTES) throw new FormatError('envelope size');
  if (envelope[0] !== SUITE[0]) throw new FormatError('envelope suite');
  const payload = canonical.decode(unpad(await openSealed(key, envelope.subarray(1), aad(context))));
  checkType(payload);
  return payload;
}

/** For test vectors; everyone else lets `seal` draw the nonce. */
export async function sealWithNonce(key: CryptoKey, context: Context, payload: Payload, nonce: Bytes): Promise<Bytes> {
  checkType(payload);
  const padded = pad(canonical.encode(payload));
  if (SUITE.length + OVERHEAD + padded.length > MAX_ENVELOPE_BYTES) {
    throw new UsageError('This text is too long for one message; save it in parts.');
  }
  return concat(SUITE, await sealBytes(key, nonce, padded, aad(context)));
}

function checkType(payload: Payload): void {
  if (typeof payload['type'] !== 'string') throw new FormatError('payload without type');
}
