/**
 * Imports into a vault: first a preview, which writes nothing, then the import itself (docs/EXPORT.md). Files are read in a
 * worker without a network; the page passes it what the vault has, and commits what it gives back.
 */
import { InkvaultError, LockedError, UnlockError, UsageError, type Receiver, type Vault } from '../client/vault.ts';
import { startWorker } from '../workers.ts';
import type { FromImport, ToImport } from './import-serving.ts';
import { TITLES, byChoice, type Duplicates, type ReaderName } from './reading.ts';
import { reportOf, type Report } from './report.ts';
import { SourceError, type PickedFile } from './sources.ts';

export { SourceError, pickedFiles, type PickedFile } from './sources.ts';
export type { Duplicates, ReaderName } from './reading.ts';

/** By what the writer may choose one, should the one that was found be wrong. */
export const READERS = Object.entries(TITLES).map(([name, title]) => ({ name: name as ReaderName, title }));

export interface ImportProgress {
  readonly step: 'reading' | 'writing';
  /** Messages gone through. */
  readonly done: number;
  /** 0 while that is not known. */
  readonly total: number;
}

export interface PreviewOptions {
  readonly vault: Vault;
  /** `auto`: told by the files. */
  readonly reader: ReaderName | 'auto';
  /** IANA name, for times that have none. */
  readonly zone: string;
  /** What opens a sealed file: its passphrase, or an age identity (`AGE-SECRET-KEY-1…`); null when none was asked for yet. */
  readonly secret: string | null;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: ImportProgress) => void;
}

/** A sealed file: ask for its secret, then preview again with that. */
export interface SecretNeeded {
  readonly kind: 'sealed';
  readonly reader: ReaderName;
  /** The file's name. */
  readonly source: string;
}

/** What an import would do, with each choice for duplicates. Holds a worker until it is run or closed. */
export interface Preview {
  readonly kind: 'preview';
  readonly reader: ReaderName;
  readonly reports: Readonly<Record<Duplicates, Report>>;
  /** How many messages there are to go through. */
  readonly messages: number;
  close(): void;
}

export interface RunOptions {
  readonly duplicates: Duplicates;
  /** Ends early, with a report of state `cancelled`; what is in is whole, and the same import done again goes on. */
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: ImportProgress) => void;
}

/** An import that failed after it began, with the report on what it did until then. */
export class FailedImportError extends InkvaultError {
  constructor(message: string, readonly report: Report) {
    super(message);
  }
}

/** Where an import is read: a worker, or in tests its twin. */
export interface ImportPort {
  post(message: ToImport): void;
  listen(onMessage: (message: FromImport) => void, onBroken: (detail: string) => void): void;
  end(): void;
}

/**
 * Reads all of the files and says what would become of them; writes nothing. Throws SourceError, UsageError when they are in
 * no layout known, UnlockError for a wrong secret, what the vault throws, the reason of `signal`.
 */
export async function preview(
  files: readonly PickedFile[], options: PreviewOptions, start: () => ImportPort = startImport,
): Promise<SecretNeeded | Preview> {
  const { vault, reader, zone, secret, signal } = options;
  signal.throwIfAborted();
  const receiver = vault.receiver();
  const talk = new Talk(start(), vault, receiver);
  try {
    // A commit whose answer was lost may be there: what it took in is no news then.
    await vault.refresh();
    const known = receiver.known();
    const answer = await talk.ask(
      { kind: 'preview', files, reader, zone, now: receiver.now(), secret, known }, signal,
      (done) => options.onProgress?.({ step: 'reading', done, total: 0 }),
    );
    if (answer.kind === 'previewed') {
      const { reader, reports, messages } = answer;
      return new Planned(talk, reader, byChoice((duplicates) => reportOf(reports[duplicates])), messages);
    }
    talk.end();
    if (answer.kind === 'sealed') return answer;
    throw new Error(`a ${answer.kind} for a preview`);
  } catch (error) {
    talk.end();
    throw error;
  }
}

/**
 * Does what a preview says, once; the report, which is saved with the vault too. Throws FailedImportError when the sums do not
 * come out even or the files are not what they were, the errors of the vault where that fails; what was taken in until then is
 * in.
 */
export async function run(plan: Preview, options: RunOptions): Promise<Report> {
  if (!(plan instanceof Planned)) throw new UsageError('This is no preview of an import. Choose the files again.');
  const { talk, messages } = plan;
  try {
    return await talk.run(options, messages);
  } finally {
    talk.end();
  }
}

class Planned implements Preview {
  readonly kind = 'preview';

  constructor(readonly talk: Talk, readonly reader: ReaderName, readonly reports: Preview['reports'], readonly messages: number) {}

  close(): void {
    this.talk.end();
  }
}

/** Questions to the worker, and what it asks of the vault meanwhile. */
class Talk {
  #onMessage: (message: FromImport) => void = () => undefined;
  #onBroken: (error: Error) => void = () => undefined;
  #ended: Error | null = null;
  readonly #stopListening: () => void;

  constructor(private readonly port: ImportPort, private readonly vault: Vault, private readonly receiver: Receiver) {
    port.listen((message) => this.#onMessage(message), (detail) => this.#break(broken(detail)));
    this.#stopListening = vault.onLocked(() => this.end(new LockedError()));
  }

  /** Asks and waits for the one answer; progress and requests of the vault may come before it. */
  ask(message: ToImport, signal: AbortSignal | null, onProgress: (done: number) => void): Promise<FromImport> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      this.#onBroken = reject;
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      this.#onMessage = (answer) => {
        if (answer.kind === 'progress') {
          onProgress(answer.done);
          this.receiver.stay().catch(reject);
        } else if (answer.kind === 'parcel') {
          this.receiver.take(answer.parcel).then(() => this.port.post({ kind: 'taken' }), reject);
        } else if (answer.kind === 'check') {
          this.port.post({ kind: 'checked', lacking: this.#lacking(answer.expected) });
        } else if (answer.kind === 'failed') {
          reject(errorOf(answer));
        } else {
          resolve(answer);
        }
      };
      this.port.post(message);
    });
  }

  async run({ duplicates, signal, onProgress }: RunOptions, total: number): Promise<Report> {
    const { receiver } = this;
    const cancel = () => this.port.post({ kind: 'cancel' });
    const asked = this.ask(
      { kind: 'run', duplicates, known: receiver.known(), now: receiver.now() }, null,
      (done) => onProgress?.({ step: 'writing', done, total }),
    );
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const answer = await asked;
      if (answer.kind !== 'ran') throw new Error(`a ${answer.kind} for a run`);
      const report = reportOf(answer.report);
      if (answer.fault !== null) throw new FailedImportError(answer.fault, report);
      // It is taken in: that the log cannot say so is no failure.
      if (report.state === 'done') await this.vault.report('import').catch(() => undefined);
      return report;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  end(reason: Error = new UsageError('This import has ended. Choose the files again.')): void {
    this.#break(reason);
    this.#stopListening();
    this.port.end();
  }

  #break(error: Error): void {
    this.#ended ??= error;
    this.#onMessage = () => undefined;
    this.#onBroken(error);
  }

  #lacking(expected: ReadonlyMap<string, number>): string | null {
    return [...expected].find(([id, count]) => (this.receiver.countOf(id) ?? -1) < count)?.[0] ?? null;
  }
}

function errorOf({ error, message }: Extract<FromImport, { kind: 'failed' }>): Error {
  if (error === 'source') return new SourceError(message);
  if (error === 'usage') return new UsageError(message);
  return error === 'unlock' ? new UnlockError(message) : broken(message);
}

/** A worker that is gone, for want of memory most likely. */
function broken(detail: string): InkvaultError {
  console.error(detail);
  return new InkvaultError('The files could not be read to their end on this device. Close other tabs and try again; what was taken in is whole.');
}

function startImport(): ImportPort {
  const worker = startWorker('import');
  return {
    post: (message) => worker.postMessage(message),
    listen: (onMessage, onBroken) => {
      worker.onmessage = ({ data }: MessageEvent<FromImport>) => onMessage(data);
      worker.onerror = (event) => onBroken(event.message);
    },
    end: () => worker.terminate(),
  };
}
