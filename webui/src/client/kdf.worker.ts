/** Runs Argon2id (RFC 9106) away from the page. Its own answer carries the policy that lets WebAssembly run. */
import { argon2id } from 'hash-wasm';
import type { DeriveAnswer, DeriveRequest } from './derive.ts';

async function derive({ password, salt, params: { mKib, t, p } }: DeriveRequest): Promise<DeriveAnswer> {
  try {
    const key = await argon2id({
      password, salt, memorySize: mKib, iterations: t, parallelism: p, hashLength: 32, outputType: 'binary',
    });
    return { key: new Uint8Array(key) };
  } catch (error) {
    return { failed: String(error) };
  }
}

self.onmessage = async ({ data }: MessageEvent<DeriveRequest>) => {
  self.postMessage(await derive(data));
};
