/** Erasures that were ordered on this device, and certificates: with or without an open vault. */
import { parseCertificate, verifyCertificate } from '../audit/certificate.ts';
import { originOf, VerifierKey } from '../audit/checkpoint.ts';
import { toHex, utf8, type Bytes } from '../core/bytes.ts';
import { FormatError, InkvaultError, IntegrityError, UsageError } from '../errors.ts';
import { follow, forgetOrdered, keptOrders, type Ordered } from './erasing/following.ts';
import { browserPlatform, type Platform } from './platform.ts';
import type { CertificateView, ErasureProgress } from './types.ts';

export type { Ordered } from './erasing/following.ts';
export type { Authority } from './erasing/ordering.ts';

const COUNTS = ['containers', 'records', 'rekeyed', 'resealed', 'bytes'] as const;

/** Orders of this device whose certificates nobody has taken yet. */
export function keptErasures(platform: Platform = browserPlatform()): Promise<Ordered[]> {
  return keptOrders(platform);
}

/** The writer has the certificate, or does not want it. */
export function leaveErasure({ erasureId }: Ordered, platform: Platform = browserPlatform()): Promise<void> {
  return forgetOrdered(platform, erasureId);
}

/** The certificate, checked, once the erasure is done; null when it was never ordered. */
export async function followErasure(
  ordered: Ordered, onProgress: (progress: ErasureProgress) => void, signal: AbortSignal, platform: Platform = browserPlatform(),
): Promise<CertificateView | null> {
  const text = await follow(platform, ordered, onProgress, signal);
  if (text === null) return null;
  return said('The certificate that the server gave does not hold. Keep this page, and ask who runs the server.', async () => {
    const { log, hash, counts, whole } = ordered;
    const view = await viewOf(utf8(text), await VerifierKey.of(log.origin, log.key));
    const isOurs = view.order.hash === toHex(hash) && (view.scope === 'vault') === whole && COUNTS.every((name) => view[name] === counts[name]);
    if (!isOurs || view.log.index < log.size) throw new IntegrityError('certificate of another order');
    return view;
  });
}

/** A certificate out of a file, with the key of whoever made it. Throws InkvaultError when it does not hold. */
export async function checkCertificate(data: Bytes, verifierKey: string): Promise<CertificateView> {
  const key = await VerifierKey.parse(verifierKey.trim()).catch(() => {
    throw new UsageError('This is no verifier key. Copy all of it, from “inkvault/” to the end.');
  });
  return said('This certificate does not hold: it was changed, it is not whole, or it was made with another key. Nothing of it can be believed.', () => viewOf(data, key));
}

/** The name of the log that a file says it is of, to find its key by; null for what is no certificate. */
export function logOfCertificate(data: Bytes): string | null {
  try {
    return originOf(parseCertificate(data).checkpoint);
  } catch {
    return null;
  }
}

async function viewOf(data: Bytes, key: VerifierKey): Promise<CertificateView> {
  const { certificate: { statement, index, proof, checkpoint: note }, checkpoint: { size, root, origin } } = await verifyCertificate(data, key);
  const { order: { hash, key: signer, signature }, requestedAt, finishedAt, ...rest } = statement;
  return {
    ...rest,
    text: new TextDecoder().decode(data),
    requestedAt: 1_000 * requestedAt,
    finishedAt: 1_000 * finishedAt,
    order: { hash: toHex(hash), key: toHex(signer), signature: toHex(signature) },
    log: { origin, index, size, root: toHex(root), proof: proof.map(toHex), note, verifierKey: key.text },
  };
}

/** A certificate that lies says nothing of an open vault: whoever asked is told, and goes on. */
async function said<T>(message: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof FormatError) && !(error instanceof IntegrityError)) throw error;
    throw new InkvaultError(message, { cause: error });
  }
}
