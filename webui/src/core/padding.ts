/** Padding that hides exact lengths: Padmé, and never less than 512 bytes (FORMAT §5.1). */
import { readU32, u32, type Bytes } from './bytes.ts';
import { FormatError } from '../errors.ts';

const MIN_PADDED = 512;
const LENGTH_BYTES = 4;

/** `length` (2 to 2^31) rounded up so that about log log of it leaks (Nikitin et al., PETS 2019). */
export function padme(length: number): number {
  const exponent = Math.floor(Math.log2(length));
  const step = 2 ** (exponent - (Math.floor(Math.log2(exponent)) + 1));
  return Math.ceil(length / step) * step;
}

function paddedSize(length: number): number {
  return padme(Math.max(LENGTH_BYTES + length, MIN_PADDED));
}

export function pad(data: Bytes): Bytes {
  const padded = new Uint8Array(paddedSize(data.length));
  padded.set(u32(data.length));
  padded.set(data, LENGTH_BYTES);
  return padded;
}

/** Undoes `pad`; another size or a padding byte that is not zero is refused. */
export function unpad(padded: Bytes): Bytes {
  if (padded.length < MIN_PADDED) throw new FormatError('padding: too short');
  const end = LENGTH_BYTES + readU32(padded, 0);
  if (padded.length !== paddedSize(end - LENGTH_BYTES)) throw new FormatError('padding: size');
  for (let at = end; at < padded.length; at += 1) if (padded[at] !== 0) throw new FormatError('padding: not zero');
  return padded.subarray(LENGTH_BYTES, end);
}
