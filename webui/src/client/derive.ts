/** Argon2id in a worker of its own: the page never freezes, and the memory goes when the worker does. */
import type { Bytes } from '../core/bytes.ts';
import { InkvaultError } from '../errors.ts';
import type { Argon2id } from '../core/kdf.ts';
import type { KdfParams } from '../core/params.ts';
import { startWorker } from '../workers.ts';

export interface DeriveRequest {
  readonly password: Bytes;
  readonly salt: Bytes;
  readonly params: KdfParams;
}
export type DeriveAnswer = { readonly key: Bytes } | { readonly failed: string };

export const argon2idInWorker: Argon2id = (password, salt, params) => {
  const worker = startWorker('kdf');
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
