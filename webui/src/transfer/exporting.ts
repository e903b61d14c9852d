/** Exports of a vault: from what was chosen to a file to save. */
import { InkvaultError, UnavailableError } from '../errors.ts';
import type { Vault } from '../client/vault.ts';
import { startWorker } from '../workers.ts';
import { documentOf } from './collect.ts';
import type { Counts, Document, DocumentHead, RecordItem, Selection, SessionItem } from './document.ts';
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
}

export interface PrintTask {
  readonly kind: 'print';
  readonly head: DocumentHead;
  readonly root: readonly RecordItem[];
  readonly sessions: readonly SessionItem[];
  readonly name: string;
  readonly options: PrintOptions;
}
export type ToExport =
  | PrintTask
  | { readonly kind: 'seal'; readonly json: Blob; readonly passphrase: string; readonly madeAt: number }
  | { readonly kind: 'face'; readonly name: string; readonly data: Uint8Array };
export type FromExport =
  | { readonly kind: 'done'; readonly file: Blob }
  | { readonly kind: 'failed'; readonly detail: string }
  | { readonly kind: 'need'; readonly name: string }
  | { readonly kind: 'printed'; readonly done: number };

const ENDINGS: Readonly<Record<ExportFormat, string>> = { backup: '.inkvault.age', json: '.json', pdf: '.pdf', markdown: '.zip' };

/** Makes the file. A backup has been opened again and compared when this resolves. */
export async function exportVault(vault: Vault, options: ExportOptions): Promise<ExportFile> {
  const { format, selection, signal, onStep } = options;
  const document = await documentOf(vault, selection, signal, (done, total) => onStep({ name: 'reading', done, total }));
  const { safeName, localTime, writeMarkdown } = await import('./markdown.ts');
  signal.throwIfAborted();
  const { exportedAt, zone } = document.head;
  const name = `${safeName(vault.handle)}-${localTime(exportedAt, zone).slice(0, 10)}${ENDINGS[format]}`;
  if (format === 'markdown') {
    const { archive, counts } = await writeMarkdown(document);
    return { name, file: new Blob([archive], { type: 'application/zip' }), counts };
  }
  if (format === 'pdf') return { name, ...(await print(document, vault.handle, options)) };
  const { file, counts } = await jsonOf(document);
  signal.throwIfAborted();
  if (format === 'json') return { name, file, counts };
  onStep({ name: 'sealing' });
  const task = { kind: 'seal', json: file, passphrase: options.passphrase, madeAt: exportedAt } as const;
  return { name, file: await inWorker(task, signal, () => undefined), counts };
}

async function jsonOf(document: Document): Promise<{ file: Blob; counts: Counts }> {
  const writer = writeJson(document);
  const parts: BlobPart[] = [];
  let step = await writer.next();
  for (; step.done !== true; step = await writer.next()) parts.push(step.value);
  return { file: new Blob(parts, { type: 'application/json' }), counts: step.value };
}

async function print(document: Document, name: string, { print: options, signal, onStep }: ExportOptions): Promise<{ file: Blob; counts: Counts }> {
  const sessions: SessionItem[] = [];
  for await (const session of document.sessions) sessions.push(session);
  const messages = sessions.flatMap(({ records }) => records).filter(({ payload }) => payload['type'] === 'message').length;
  const ofType = (type: string) => document.root.filter(({ payload }) => payload['type'] === type).length;
  const counts = { notebooks: ofType('notebook'), templates: ofType('template'), sessions: sessions.length, messages, records: 0 };
  const task = { kind: 'print', head: document.head, root: document.root, sessions, name, options } as const;
  const file = await inWorker(task, signal, (done) => onStep({ name: 'printing', done, total: sessions.length }));
  return { file, counts };
}

function inWorker(task: ToExport, signal: AbortSignal, onPrinted: (done: number) => void): Promise<Blob> {
  signal.throwIfAborted();
  const worker = startWorker('export');
  const made = new Promise<Blob>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    worker.onerror = (event) => reject(failed(event.message));
    worker.onmessage = ({ data }: MessageEvent<FromExport>) => {
      if (data.kind === 'done') resolve(data.file);
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
