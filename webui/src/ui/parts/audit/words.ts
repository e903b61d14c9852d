/** A certificate in words, for the page, for paper and for the PDF. The words of the verdicts are those of docs/ERASURE.md. */
import type { CertificateView, ErasureCounts } from '../../../client/vault.ts';
import { fullTime } from '../../time.ts';
import { sized } from '../erase/words.ts';
import { counted } from '../notebooks/labels.ts';

const VERDICTS: Readonly<Record<CertificateView['verdict'], string>> = {
  VERIFIED: 'The keys were destroyed and that was read back; the encrypted text was overwritten where it lay, on a file system that writes in place; the search found none of the samples.',
  LIMITED: 'The same was done and nothing was found, but this file system may keep older blocks of keys or text, which no program can reach.',
  KEYS_ONLY: 'The keys were destroyed and that was read back, and the rows were deleted. Overwriting the encrypted text is not claimed, since this database (PostgreSQL) does not let anybody see to that.',
};

const REASONS: Readonly<Record<CertificateView['reason'], string>> = {
  '': '',
  copy_on_write: 'It copies on write.',
  journaled_data: 'Its journal holds data too.',
  layered: 'It is a layer over another one.',
  memory: 'It is in memory, which may be swapped.',
  network: 'It lies on another machine.',
  unknown_file_system: 'It is not one that we know.',
  database_server: '',
};

export interface Fact {
  readonly name: string;
  readonly text: string;
  /** Digits to compare, not to read. */
  readonly isCode?: boolean;
}

export function titleOf({ scope }: CertificateView): string {
  return scope === 'vault' ? 'Certificate: a whole vault was erased' : 'Certificate of an erasure';
}

/** What the verdict means, in full. */
export function meaningOf({ verdict, reason }: CertificateView): string {
  return [VERDICTS[verdict], REASONS[reason]].filter(Boolean).join(' ');
}

/** What was erased, when and how. */
export function factsOf(certificate: CertificateView): readonly Fact[] {
  const { containers, records, rekeyed, resealed, bytes, requestedAt, finishedAt, keys, fileSystem, options, scan, service } = certificate;
  return [
    { name: 'What', text: whatOf({ containers, records, rekeyed, resealed, bytes }) },
    { name: 'Ordered', text: fullTime(requestedAt) },
    { name: 'Finished', text: fullTime(finishedAt) },
    { name: 'Keys', text: `${counted(keys, 'entry', 'entries')} overwritten in place, each read back` },
    { name: 'Search', text: scan === null ? 'The live data was not searched.' : `${counted(scan.samples, 'sample')}, ${scan.found} found, in ${counted(scan.files, 'file')} of ${sized(scan.bytes)}` },
    { name: 'File system', text: options === '' ? fileSystem : `${fileSystem} (${options})` },
    { name: 'Service', text: service },
  ];
}

function whatOf({ containers, records, rekeyed, resealed, bytes }: ErasureCounts): string {
  const gone = [containers > 0 && `${counted(containers, 'session')} altogether`, records > 0 ? `${counted(records, 'sealed record')} in all` : 'Parts of sealed records'];
  const rest = rekeyed > 0 && `${counted(resealed, 'record')} beside it sealed anew under ${counted(rekeyed, 'new key')}`;
  return [[...gone, sized(bytes)].filter(Boolean).join(', '), rest].filter(Boolean).join('; ');
}

/** What proves it. */
export function proofOf({ order, log }: CertificateView): readonly Fact[] {
  return [
    { name: 'Order', text: order.hash, isCode: true },
    { name: 'Signed by', text: order.key, isCode: true },
    { name: 'Signature', text: order.signature, isCode: true },
    { name: 'Log', text: log.origin, isCode: true },
    { name: 'Entry', text: `${(log.index + 1).toLocaleString()} of ${log.size.toLocaleString()}, proven by ${counted(log.proof.length, 'hash', 'hashes')}` },
    { name: 'Root of the log', text: log.root, isCode: true },
    { name: 'Verifier key', text: log.verifierKey, isCode: true },
  ];
}
