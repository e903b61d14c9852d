/** Argon2id in a worker of its own: the page never freezes, and the memory goes when the worker does. */
import type { Bytes } from '../core/bytes.ts';
import { InkvaultError } from '../errors.ts';
import type { Argon2id } from '../core/kdf.ts';
import type { KdfParams } from '../core/params.ts';
import workerUrl from './kdf.worker.ts?worker&url';

export interface DeriveRequest {
  readonly password: Bytes;
  readonly salt: Bytes;
  readonly params: KdfParams;
}
export type DeriveAnswer = { readonly key: Bytes } | { readonly failed: string };

/** The part of Trusted Types used here; TypeScript's DOM library does not know it. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): { createScriptURL(url: string): string };
}

const trustedTypes = (globalThis as { readonly trustedTypes?: TrustedTypes }).trustedTypes;
// The page's only policy: it passes one address, that of the worker, and nothing a caller says.
const policy = trustedTypes?.createPolicy('inkvault', { createScriptURL: () => workerUrl });

export const argon2idInWorker: Argon2id = (password, salt, params) => {
  const worker = new Worker(policy?.createScriptURL('') ?? workerUrl, { type: 'module', name: 'kdf' });
  const request: DeriveRequest = { password, salt, params };
  const answer = new Promise<Bytes>((resolve, reject) => {
    const fail = (detail: string) => {
      console.error(detail);
      reject(new InkvaultError('This device could not derive the key; it needs about 200 MB of free memory. Close other tabs and try again.'));
    };
    worker.onmessage = ({ data }: MessageEvent<DeriveAnswer>) => ('key' in data ? resolve(data.key) : fail(data.failed));
    worker.onerror = (event) => fail(event.message);
    worker.postMessage(request);
  });
  return answer.finally(() => worker.terminate());
};
