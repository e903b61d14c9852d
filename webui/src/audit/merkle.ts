/** The Merkle tree of RFC 9162 §2.1 with SHA-256: whether a proof holds. */
import { equal, type Bytes } from '../core/bytes.ts';
import { sha256 } from '../core/kdf.ts';
import { IntegrityError } from '../errors.ts';

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export function leafHash(leaf: Bytes): Promise<Bytes> {
  return sha256(LEAF, leaf);
}

function nodeHash(left: Bytes, right: Bytes): Promise<Bytes> {
  return sha256(NODE, left, right);
}

/** Root of the tree over the leaves with these hashes. */
export async function rootOf(hashes: readonly Bytes[]): Promise<Bytes> {
  const [first] = hashes;
  if (first === undefined) return sha256();
  if (hashes.length === 1) return first;
  let middle = 1;
  while (2 * middle < hashes.length) middle *= 2;
  return nodeHash(await rootOf(hashes.slice(0, middle)), await rootOf(hashes.slice(middle)));
}

// Sizes go up to 2^53 − 1, past what bit operators take: hence arithmetic.
const isOdd = (number: number): boolean => number % 2 === 1;
const half = (number: number): number => Math.floor(number / 2);

/** A place on its way up to the root, and the last place of its level. */
class Climb {
  constructor(private place: number, private last: number) {}

  /** Whether the next hash of a proof stands left of what is known. */
  get isRight(): boolean {
    return isOdd(this.place) || this.place === this.last;
  }

  get isAtRoot(): boolean {
    return this.last === 0;
  }

  up(): void {
    [this.place, this.last] = [half(this.place), half(this.last)];
  }

  /** Past the levels at which what is known stands alone. */
  upWhereAlone(): void {
    while (!isOdd(this.place) && this.place !== 0) this.up();
  }

  upWhileOdd(): void {
    while (isOdd(this.place)) this.up();
  }
}

/** Throws unless the leaf of hash `found` is at `index` (RFC 9162 §2.1.3.2). */
export async function verifyInclusion(found: Bytes, index: number, size: number, proof: readonly Bytes[], root: Bytes): Promise<void> {
  if (index < 0 || index >= size) throw new IntegrityError('index outside the tree');
  const climb = new Climb(index, size - 1);
  let known = found;
  for (const hash of proof) {
    if (climb.isAtRoot) throw new IntegrityError('inclusion proof too long');
    if (climb.isRight) {
      known = await nodeHash(hash, known);
      climb.upWhereAlone();
    } else {
      known = await nodeHash(known, hash);
    }
    climb.up();
  }
  if (!climb.isAtRoot || !equal(known, root)) throw new IntegrityError('inclusion proof');
}

/** Throws unless the tree of `size` goes on from that of `old` ≥ 1 leaves (RFC 9162 §2.1.4.2). */
export async function verifyConsistency(old: number, oldRoot: Bytes, size: number, root: Bytes, proof: readonly Bytes[]): Promise<void> {
  if (old === size) {
    if (proof.length > 0 || !equal(oldRoot, root)) throw new IntegrityError('another tree of the same size');
    return;
  }
  const [first, ...rest] = isPowerOfTwo(old) ? [oldRoot, ...proof] : proof;
  if (old < 1 || old > size || proof.length === 0 || first === undefined) throw new IntegrityError('no consistency proof');
  const climb = new Climb(old - 1, size - 1);
  climb.upWhileOdd();
  let [knownOld, known] = [first, first];
  for (const hash of rest) {
    if (climb.isAtRoot) throw new IntegrityError('consistency proof too long');
    if (climb.isRight) {
      [knownOld, known] = [await nodeHash(hash, knownOld), await nodeHash(hash, known)];
      climb.upWhereAlone();
    } else {
      known = await nodeHash(known, hash);
    }
    climb.up();
  }
  if (!climb.isAtRoot || !equal(knownOld, oldRoot) || !equal(known, root)) throw new IntegrityError('consistency proof');
}

function isPowerOfTwo(number: number): boolean {
  let left = number;
  while (left > 1 && !isOdd(left)) left = half(left);
  return left === 1;
}
