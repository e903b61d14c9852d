/** Exports of a vault: from what was chosen to a file to save. */
import { InkvaultError, UnavailableError } from '../errors.ts';
import type { OnProgress, Vault } from '../client/vault.ts';
import { startWorker } from '../workers.ts';
import { documentOf } from './collect.ts';
import type { Counts, Document, DocumentHead, MissingItem, RecordItem, Selection, SessionItem } from './document.ts';
import { writeJson } from './json-export.ts';
import type { Paper } from './pdf/pages.ts';

export type ExportFormat = 'backup' | 'json' | 'pdf' | 'markdown';

export interface PrintOptions {
  readonly paper: Paper;
  readonly withTrash: boolean;
  readonly withHelper: boolean;
  /** Whether the document is inside, whole, whatever is printed. */
  readonly withDocument: boolean;
}

export interface ExportOptions {
  readonly format: ExportFormat;
  readonly selection: Selection;
  /** Whether what does not open is left out, and listed; else the first of it stops the export. */
  readonly skipDamaged: boolean;
  /** Of a backup. */
  readonly passphrase: string;
  /** Of a PDF. */
  readonly print: PrintOptions;
  readonly signal: AbortSignal;
  readonly onStep: (step: ExportStep) => void;
}

export type ExportStep =
  | { readonly name: 'reading' | 'printing'; readonly done: number; readonly total: number }
  | { readonly name: 'sealing' };

export interface ExportFile {
  readonly name: string;
  readonly file: Blob;
  readonly counts: Counts;
  readonly missing: readonly MissingItem[];
}

/** A file, and what it holds. */
export type Made = Pick<ExportFile, 'file' | 'counts'>;

export interface PrintTask {
  readonly kind: 'print';
  readonly head: DocumentHead;
  readonly root: readonly RecordItem[];
  readonly sessions: readonly SessionItem[];
  readonly missing: readonly MissingItem[];
  readonly name: string;
  readonly options: PrintOptions;
}
export interface SealTask {
  readonly kind: 'seal';
  readonly json: Made;
  readonly passphrase: string;
  readonly madeAt: number;
}
export type ToExport =
  | PrintTask
  | SealTask
  | { readonly kind: 'face'; readonly name: string; readonly data: Uint8Array };
export type FromExport =
  | { readonly kind: 'done'; readonly made: Made }
  | { readonly kind: 'failed'; readonly detail: string }
  | { readonly kind: 'need'; readonly name: string }
  | { readonly kind: 'printed'; readonly done: number };

const ENDINGS: Readonly<Record<ExportFormat, string>> = { backup: '.inkvault.age', json: '.json', pdf: '.pdf', markdown: '.zip' };

/** Makes the file. A backup has been opened again and compared when this resolves. Throws DamagedError, naming it, for what does not open. */
export async function exportVault(vault: Vault, options: ExportOptions): Promise<ExportFile> {
  const { selection, skipDamaged, signal, onStep } = options;
  const onProgress: OnProgress = (done, total) => onStep({ name: 'reading', done, total });
  const document = await documentOf(vault, { selection, skipDamaged, signal, onProgress });
  signal.throwIfAborted();
  const { exportedAt, zone } = document.head;
  const { safeName, localTime } = await import('./markdown.ts');
  const name = `${safeName(vault.handle)}-${localTime(exportedAt, zone).slice(0, 10)}${ENDINGS[options.format]}`;
  const made = { name, missing: document.missing, ...(await fileOf(document, vault.handle, options)) };
  // The file is made: that the log cannot say so is no failure.
  await vault.report('export').catch(() => undefined);
  return made;
}

async function fileOf(document: Document, name: string, { format, passphrase, print, signal, onStep }: ExportOptions): Promise<Made> {
  if (format === 'markdown') {
    const { writeMarkdown } = await import('./markdown.ts');
    const { archive, counts } = await writeMarkdown(document);
    return { file: new Blob([archive], { type: 'application/zip' }), counts };
  }
  if (format === 'pdf') {
    const sessions: SessionItem[] = [];
    for await (const session of document.sessions) sessions.push(session);
    const { head, root, missing } = document;
    const task = { kind: 'print', head, root, sessions, missing, name, options: print } as const;
    return inWorker(task, signal, (done) => onStep({ name: 'printing', done, total: sessions.length }));
  }
  const made = await jsonOf(document);
  if (format === 'json') return made;
  onStep({ name: 'sealing' });
  return inWorker({ kind: 'seal', json: made, passphrase, madeAt: document.head.exportedAt }, signal, () => undefined);
}

async function jsonOf(document: Document): Promise<Made> {
  const writer = writeJson(document);
  const parts: BlobPart[] = [];
  let step = await writer.next();
  for (; step.done !== true; step = await writer.next()) parts.push(step.value);
  return { file: new Blob(parts, { type: 'application/json' }), counts: step.value };
}

function inWorker(task: ToExport, signal: AbortSignal, onPrinted: (done: number) => void): Promise<Made> {
  signal.throwIfAborted();
  const worker = startWorker('export');
  const made = new Promise<Made>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    worker.onerror = (event) => reject(failed(event.message));
    worker.onmessage = ({ data }: MessageEvent<FromExport>) => {
      if (data.kind === 'done') resolve(data.made);
      else if (data.kind === 'failed') reject(failed(data.detail));
      else if (data.kind === 'printed') onPrinted(data.done);
      else fetchFace(data.name, signal).then((face) => worker.postMessage({ kind: 'face', name: data.name, data: face } satisfies ToExport), reject);
    };
    worker.postMessage(task);
  });
  return made.finally(() => worker.terminate());
}

function failed(detail: string): InkvaultError {
  console.error(detail);
  return new InkvaultError('The export could not be made on this device. Close other tabs and try again, or export a part.');
}

async function fetchFace(name: string, signal: AbortSignal): Promise<Uint8Array> {
  const answer = await fetch(`/fonts/${name}.ttf`, { signal }).catch(() => null);
  if (answer?.ok !== true) throw new UnavailableError('The typefaces for the PDF could not be fetched. Check that the server is running and try again.', 'unreachable');
  return new Uint8Array(await answer.arrayBuffer());
}
