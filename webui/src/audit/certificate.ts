/** Certificates of erasures, checked with the verifier key alone (ERASURE.md §4). */
import { equal, type Bytes } from '../core/bytes.ts';
import * as canonical from '../core/canonical.ts';
import type { Payload } from '../core/canonical.ts';
import { orderMessage } from '../core/order.ts';
import { FormatError, IntegrityError } from '../errors.ts';
import { LEAF_BYTES, MAX_CERTIFICATE_BYTES } from '../wire/limits.ts';
import { isSigned, type Checkpoint, type VerifierKey } from './checkpoint.ts';
import { commitment, parseLeaf, parseSalt } from './leaves.ts';
import { leafHash, verifyInclusion } from './merkle.ts';
import { count, exactly, hex, parseStatement, type Statement } from './statement.ts';

const FORMAT = 'inkvault-certificate/1';
const LINE_END = 0x0a;
const HASH_BYTES = 32;

export interface Certificate {
  readonly statement: Statement;
  readonly salt: Bytes;
  readonly index: number;
  readonly leaf: Bytes;
  readonly proof: readonly Bytes[];
  /** The signed note. */
  readonly checkpoint: string;
}

export interface VerifiedCertificate {
  readonly certificate: Certificate;
  readonly checkpoint: Checkpoint;
}

/** Step 1 of ERASURE §4.2. Nothing is proven by it. */
export function parseCertificate(data: Bytes): Certificate {
  return parse(data).certificate;
}

/** A certificate that holds, and the checkpoint in it. The steps are those of ERASURE §4.2. */
export async function verifyCertificate(data: Bytes, key: VerifierKey): Promise<VerifiedCertificate> {
  const { certificate, stated } = parse(data);
  await checkLeaf(certificate, stated);
  const checkpoint = await key.open(certificate.checkpoint);
  await verifyInclusion(await leafHash(certificate.leaf), certificate.index, checkpoint.size, certificate.proof, checkpoint.root);
  await checkOrder(certificate.statement);
  checkSense(certificate.statement);
  return { certificate, checkpoint };
}

function parse(data: Bytes): { readonly certificate: Certificate; readonly stated: Payload } {
  if (data.length > MAX_CERTIFICATE_BYTES || data.at(-1) !== LINE_END) throw new FormatError('size or end of a certificate');
  const fields = exactly(canonical.decode(data.slice(0, -1)), ['format', 'statement', 'salt', 'leaf', 'proof', 'checkpoint']);
  const leaf = exactly(fields['leaf'], ['index', 'data']);
  const { format, salt, proof, checkpoint } = fields;
  if (format !== FORMAT || !Array.isArray(proof) || typeof checkpoint !== 'string' || typeof salt !== 'string') {
    throw new FormatError('certificate');
  }
  const certificate = {
    statement: parseStatement(fields['statement']),
    salt: parseSalt(salt),
    index: count(leaf['index']),
    leaf: hex(leaf['data'], LEAF_BYTES),
    proof: proof.map((hash) => hex(hash, HASH_BYTES)),
    checkpoint,
  };
  return { certificate, stated: fields['statement'] as Payload };
}

/** Steps 2 and 3: the leaf is one of a finished erasure, of this very statement. */
async function checkLeaf({ leaf, salt, statement }: Certificate, stated: Payload): Promise<void> {
  const { event, time, commitment: committed } = parseLeaf(leaf);
  if (event !== 'erasure' || time !== statement.finishedAt) throw new FormatError('leaf of another entry');
  if (!equal(await commitment(salt, canonical.encode(stated)), committed)) throw new IntegrityError('statement');
}

/** Step 6: the key that logs in has signed the order. */
async function checkOrder({ order }: Statement): Promise<void> {
  if (!await isSigned(order.key, order.signature, orderMessage(order.hash))) throw new IntegrityError('signature of the order');
}

/** Step 7: the statement does not contradict itself. */
function checkSense({ scan, verdict, reason, requestedAt, finishedAt }: Statement): void {
  const isSound = (scan === null || scan.found === 0)
    && (verdict === 'KEYS_ONLY') === (scan === null)
    && (verdict === 'VERIFIED') === (reason === '')
    && requestedAt <= finishedAt;
  if (!isSound) throw new FormatError('statement that contradicts itself');
}
