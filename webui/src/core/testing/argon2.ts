import { argon2id } from 'hash-wasm';
import type { Argon2id } from '../kdf.ts';

/** Argon2id on the thread that asks, for tests. */
export const argon2idHere: Argon2id = async (password, salt, { mKib, t, p }) =>
  new Uint8Array(
    await argon2id({ password, salt, memorySize: mKib, iterations: t, parallelism: p, hashLength: 32, outputType: 'binary' }),
  );
