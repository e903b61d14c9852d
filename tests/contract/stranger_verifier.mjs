// A verifier of certificates by somebody who has read docs/ERASURE.md (and FORMAT §5.2), and nothing else.
// node stranger_verifier.mjs CERTIFICATE VERIFIER-KEY — ends with 0 when the certificate holds, with 1 when not.
import { createHash, createPublicKey, verify as checkSignature } from 'node:crypto';
import { readFileSync } from 'node:fs';

const VERDICTS = ['VERIFIED', 'LIMITED', 'KEYS_ONLY'];
const REASONS = ['', 'copy_on_write', 'journaled_data', 'layered', 'memory', 'network', 'unknown_file_system', 'database_server'];
const SENTENCES = ['Blocks that an SSD or another disk has remapped.', 'Snapshots of the file system or of the machine.',
  'Copies of the key directory made earlier.', 'Keys or text that were in memory or swap.', 'Your own exports, and text outside the vault.'];
const need = (isSo) => { if (!isSo) throw new Error('refused'); };
const hash = (...parts) => createHash('sha256').update(Buffer.concat(parts.map((part) => Buffer.from(part)))).digest();
const plain = (value) => (Array.isArray(value) ? value.map(plain) : value !== null && typeof value === 'object'
  ? Object.fromEntries(Object.keys(value).sort().map((name) => [name, plain(value[name])])) : value);
const canonical = (value) => JSON.stringify(plain(value));
const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
const isText = (value) => typeof value === 'string' && value.isWellFormed() && [...value].length <= 1000;
const hex = (value, size) => { need(typeof value === 'string' && RegExp(`^[0-9a-f]{${2 * size}}$`).test(value)); return Buffer.from(value, 'hex'); };
const base64 = (text) => { const data = Buffer.from(text, 'base64'); need(data.toString('base64') === text); return data; };
const fields = (value, ...names) => { need(value !== null && !Array.isArray(value) && canonical(Object.keys(Object(value)).sort()) === canonical(names.sort())); return value; };
const signed = (key, signature, message) => checkSignature(null, Buffer.from(message),
  createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: key.toString('base64url') }, format: 'jwk' }), signature);

export function verify(bytes, keyText) {
  need(bytes.length <= 65536 && bytes.at(-1) === 0x0a); // 1
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, -1));
  const file = fields(JSON.parse(text), 'format', 'statement', 'salt', 'leaf', 'proof', 'checkpoint');
  need(canonical(file) === text && file.format === 'inkvault-certificate/1' && Array.isArray(file.proof) && typeof file.checkpoint === 'string');
  const counts = ['containers', 'records', 'rekeyed', 'resealed', 'bytes', 'requested_at', 'finished_at', 'keys'];
  const said = fields(file.statement, ...counts, 'type', 'scope', 'file_system', 'options', 'scan', 'verdict', 'reason', 'not_covered', 'order', 'service');
  need(said.type === 'erasure' && ['part', 'vault'].includes(said.scope) && counts.every((name) => isCount(said[name])));
  need([said.file_system, said.options, said.service].every(isText) && VERDICTS.includes(said.verdict) && REASONS.includes(said.reason));
  need(said.scan === null || Object.values(fields(said.scan, 'samples', 'found', 'files', 'bytes')).every(isCount));
  need(canonical(said.not_covered) === canonical(SENTENCES));
  const order = fields(said.order, 'hash', 'key', 'signature');
  const { index, data } = fields(file.leaf, 'index', 'data');
  const leaf = hex(data, 42); // 2
  need(isCount(index) && leaf[0] === 1 && leaf[1] === 8 && leaf.readBigUInt64BE(2) === BigInt(said.finished_at));
  need(hash('inkvault/v1/audit', hex(file.salt, 32), canonical(said)).equals(leaf.subarray(10))); // 3
  const [, origin, keyId, encoded] = /^(inkvault\/[0-9a-f]{32})\+([0-9a-f]{8})\+(.{44})$/.exec(keyText); // 4
  const [algorithm, key] = [base64(encoded)[0], base64(encoded).subarray(1)];
  need(algorithm === 1 && hash(`${origin}\n`, [1], key).subarray(0, 4).toString('hex') === keyId);
  const [, body, name, size, root, name2, note] = /^((.*)\n(0|[1-9]\d*)\n(.*)\n)\n— (.*) (.*)\n$/.exec(file.checkpoint);
  need(name === origin && name2 === origin && isCount(Number(size)) && base64(root).length === 32 && base64(note).length === 68);
  need(base64(note).subarray(0, 4).toString('hex') === keyId && signed(key, base64(note).subarray(4), body));
  let [found, at, last] = [hash([0], leaf), BigInt(index), BigInt(size) - 1n]; // 5, RFC 9162 §2.1.3.2
  need(at <= last);
  for (const sibling of file.proof.map((one) => hex(one, 32))) {
    need(last > 0n);
    found = at % 2n === 1n || at === last ? hash([1], sibling, found) : hash([1], found, sibling);
    if (at % 2n === 0n && at === last) while (at % 2n === 0n && at > 0n) [at, last] = [at / 2n, last / 2n];
    [at, last] = [at / 2n, last / 2n];
  }
  need(last === 0n && found.equals(base64(root)));
  need(signed(hex(order.key, 32), hex(order.signature, 64), Buffer.concat([Buffer.from('inkvault/v1/erasure-order'), hex(order.hash, 32)]))); // 6
  need((said.scan === null || said.scan.found === 0) && (said.verdict === 'KEYS_ONLY') === (said.scan === null)); // 7
  need((said.verdict === 'VERIFIED') === (said.reason === '') && said.requested_at <= said.finished_at);
}

if (process.argv[2]) try { verify(readFileSync(process.argv[2]), process.argv[3]); } catch { process.exitCode = 1; }
