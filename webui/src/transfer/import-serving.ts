/** What the worker for imports does: it reads and plans; what is to be written goes to the page, which has the vault. */
import type { Known, Parcel } from '../client/parcels.ts';
import type { Payload } from '../core/canonical.ts';
import { UnlockError, UsageError } from '../errors.ts';
import { previewSource, runSource, type Job, type Planned, type Receiving } from './importing-passes.ts';
import { READERS } from './readers/all.ts';
import { byChoice, chooseReader, type Duplicates, type ReaderName } from './reading.ts';
import { openSource } from './opening.ts';
import { SourceError, type PickedFile } from './sources.ts';

export type ToImport =
  | {
    readonly kind: 'preview'; readonly files: readonly PickedFile[]; readonly reader: ReaderName | 'auto'; readonly zone: string;
    readonly now: number; readonly secret: string | null; readonly known: Known;
  }
  | { readonly kind: 'run'; readonly duplicates: Duplicates; readonly known: Known; readonly now: number }
  | { readonly kind: 'taken' }
  | { readonly kind: 'checked'; readonly lacking: string | null }
  | { readonly kind: 'cancel' };

export type FromImport =
  | { readonly kind: 'progress'; readonly done: number }
  | { readonly kind: 'sealed'; readonly reader: ReaderName; readonly source: string }
  | { readonly kind: 'previewed'; readonly reader: ReaderName; readonly reports: Readonly<Record<Duplicates, Payload>>; readonly messages: number }
  | { readonly kind: 'parcel'; readonly parcel: Parcel }
  | { readonly kind: 'check'; readonly expected: ReadonlyMap<string, number> }
  | { readonly kind: 'ran'; readonly report: Payload; readonly fault: string | null }
  | { readonly kind: 'failed'; readonly error: 'source' | 'usage' | 'unlock' | 'broken'; readonly message: string };

/** Takes the page's messages; `post` answers. */
export function serveImport(post: (message: FromImport) => void): (message: ToImport) => void {
  const served = new Served(post);
  return (message) => served.take(message);
}

class Served {
  #job: Job | null = null;
  #planned: Planned | null = null;
  #isCancelled = false;
  #answer: (message: ToImport) => void = () => undefined;

  constructor(private readonly post: (message: FromImport) => void) {}

  take(message: ToImport): void {
    if (message.kind === 'cancel') this.#isCancelled = true;
    else if (message.kind === 'preview') void this.#guarded(() => this.#preview(message));
    else if (message.kind === 'run') void this.#guarded(() => this.#run(message));
    else this.#answer(message);
  }

  async #preview({ files, reader: wanted, zone, now, secret, known }: Extract<ToImport, { kind: 'preview' }>): Promise<void> {
    const source = await openSource(files);
    const reader = await chooseReader(READERS, source, wanted);
    if (reader.isSealed && secret === null) return this.post({ kind: 'sealed', reader: reader.name, source: source.name });
    const job: Job = {
      source, reader, options: { zone, now, secret }, isCancelled: () => this.#isCancelled,
      onProgress: (done) => this.post({ kind: 'progress', done }),
    };
    const planned = await previewSource(job, known);
    [this.#job, this.#planned] = [job, planned];
    this.post({ kind: 'previewed', reader: reader.name, reports: byChoice((duplicates) => planned.reports[duplicates].fields()), messages: planned.messages });
  }

  async #run({ duplicates, known, now }: Extract<ToImport, { kind: 'run' }>): Promise<void> {
    if (this.#job === null || this.#planned === null) throw new Error('a run before its preview');
    const began = performance.now();
    // The next parcel is packed while the page commits one.
    let underway: Promise<unknown> = Promise.resolve();
    const receiving: Receiving = {
      now: () => now + Math.round(performance.now() - began),
      take: async (parcel) => {
        await underway;
        underway = this.#ask({ kind: 'parcel', parcel });
      },
      lacking: async (expected) => {
        await underway;
        const answer = await this.#ask({ kind: 'check', expected });
        return answer.kind === 'checked' ? answer.lacking : null;
      },
    };
    const { report, fault } = await runSource(this.#job, this.#planned, duplicates, known, receiving);
    await underway;
    this.post({ kind: 'ran', report: report.fields(), fault });
  }

  #ask(message: FromImport): Promise<ToImport> {
    return new Promise((resolve) => {
      this.#answer = resolve;
      this.post(message);
    });
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const { message } = error instanceof Error ? error : new Error(String(error));
      if (error instanceof SourceError) this.post({ kind: 'failed', error: 'source', message });
      else if (error instanceof UsageError) this.post({ kind: 'failed', error: 'usage', message });
      else if (error instanceof UnlockError) this.post({ kind: 'failed', error: 'unlock', message });
      else this.post({ kind: 'failed', error: 'broken', message: `${String(error)}\n${error instanceof Error ? error.stack ?? '' : ''}` });
    }
  }
}
