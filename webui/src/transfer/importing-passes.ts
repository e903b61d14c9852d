/**
 * Going through a source: once to see what would become of it, once to take it in (docs/EXPORT.md). The twin of
 * vault/transfer/passes.py and importing.py. What is written is consistent after each commit, so that an import can be
 * broken off at any point and run again.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { IMPORTED, MAX_PAYLOAD_BYTES, type Known, type Parcel } from '../client/parcels.ts';
import { randomId, toHex, utf8, type Bytes } from '../core/bytes.ts';
import { encode, type Payload } from '../core/canonical.ts';
import { headerPayload, type SessionHeader } from '../core/model.ts';
import { rootRecordPayload, type Notebook, type RootRecord, type Template } from '../core/rootrecords.ts';
import { FormatError } from '../errors.ts';
import { Packer } from './packing.ts';
import { Shelf, decision, isTaken, kindOf, unfinishedRun, type Decision } from './plan.ts';
import { TITLES, byChoice, type Duplicates, type Read, type ReadOptions, type Reader, type RootRead, type SessionRead } from './reading.ts';
import { ReportMaker } from './report.ts';
import { SourceError, type Source } from './sources.ts';

const STEPS = 512;
const CANCEL_EVERY = 256;
const PARTLY = 'a part of it is in; the rest comes when it is imported again';
/** Of one source; what is known of each is held while it is read. */
export const MAX_SESSIONS = 200_000;

/** An import: what is read, and how. */
export interface Job {
  readonly source: Source;
  readonly reader: Reader;
  readonly options: ReadOptions;
  readonly isCancelled: () => boolean;
  /** Told how many messages were gone through. */
  readonly onProgress: (done: number) => void;
}

/** What an import would do: its report for each choice, and the items that no vault can hold, by id, with the reason. */
export interface Planned {
  readonly reports: Readonly<Record<Duplicates, ReportMaker>>;
  /** Of what was read, in hex. */
  readonly digest: string;
  readonly refused: ReadonlyMap<string, string>;
  /** How many messages there are to go through. */
  readonly messages: number;
}

/** The vault, as a run writes to it. Each method throws as the vault does. */
export interface Receiving {
  now(): number;
  take(parcel: Parcel): Promise<void>;
  /** The id of a session that is not there with so many records; null when all are. */
  lacking(expected: ReadonlyMap<string, number>): Promise<string | null>;
}

/** How a run ended; `fault` says why it failed. */
export interface Ran {
  readonly report: ReportMaker;
  readonly fault: string | null;
}

/** Ends a run within a session. */
class CancelledError extends Error {}

/** Reads all of a source and says what would become of it. Writes nothing. Throws SourceError for a damaged source. */
export async function previewSource(job: Job, known: Known): Promise<Planned> {
  // The ids of the preview are thrown away with it.
  return new Previewing(job, known, newId()).run();
}

/** Does what was planned; the report of it is saved with the vault too. */
export async function runSource(job: Job, planned: Planned, duplicates: Duplicates, known: Known, receiving: Receiving): Promise<Ran> {
  const runId = unfinishedRun(known, planned.digest) ?? newId();
  return new Running(job, planned, duplicates, known, runId, receiving).run();
}

/** Goes through a source once. */
abstract class Pass {
  protected readonly digest: ReturnType<typeof sha256.create>;
  #goneThrough = 0;

  /** What is read is counted in each of the reports. */
  constructor(protected readonly job: Job, private readonly reports: readonly ReportMaker[]) {
    this.digest = sha256.create().update(utf8(job.reader.name));
  }

  protected abstract session(item: SessionRead): Promise<void>;
  protected abstract root(item: RootRead): Promise<void>;

  /** Takes every item; whether that was all, and not cancelled. */
  protected async go(): Promise<boolean> {
    for await (const item of this.job.reader.read(this.job.source, this.job.options)) {
      if (this.job.isCancelled()) return false;
      await this.#item(item);
    }
    return !this.job.isCancelled();
  }

  async #item(item: Read): Promise<void> {
    switch (item.is) {
      case 'session':
        if (this.#read('session') > MAX_SESSIONS) {
          throw new SourceError(`This holds more than ${MAX_SESSIONS.toLocaleString('en')} sessions; import it in parts.`);
        }
        return this.session(item);
      case 'root':
        this.#read(kindOf(item));
        return this.root(item);
      case 'skipped':
        this.#read(item.kind);
        return this.reports.forEach((report) => report.add({ kind: item.kind, name: item.name, outcome: 'skipped', reason: item.reason }));
      case 'note':
        return this.reports.forEach((report) => report.note(item));
    }
  }

  /** Counts one of a kind; how many there are by now. */
  #read(kind: string): number {
    return this.reports.reduce((_, report) => (report.tally(kind).read += 1), 0);
  }

  /** The records of a session, each with the bytes of its payload and why no vault can hold it, if so. Counts them. */
  protected async *records(item: SessionRead): AsyncGenerator<{ id: string; payload: Payload; size: number; refusal: string }, void> {
    for await (const { id, payload, data } of item.records) {
      this.#read('message');
      this.#goneThrough += 1;
      if (this.#goneThrough % STEPS === 0) this.job.onProgress(this.#goneThrough);
      yield { id, payload, ...this.seen(this.job.reader.keepsIds ? id : '', payload, data) };
    }
  }

  /**
   * Lets the digest of the source take in an item or record. Times for which the moment of the import stands in are left out:
   * the same source has others the next time.
   */
  protected seen(itemId: string, payload: Payload, data?: Bytes): { size: number; refusal: string } {
    const { now } = this.job.options;
    let encoded: Bytes;
    let kept: Bytes;
    try {
      encoded = data ?? encode(payload);
      const own = Object.entries(payload).filter(([, value]) => value !== now);
      kept = own.length === Object.keys(payload).length ? encoded : encode(Object.fromEntries(own));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.digest.update(utf8(`${itemId} -\n`));
      return { size: 0, refusal: 'it says something that no vault can hold' };
    }
    this.digest.update(utf8(`${itemId} ${kept.length}\n`)).update(kept);
    const isLarge = encoded.length > MAX_PAYLOAD_BYTES;
    return { size: encoded.length, refusal: isLarge ? `a part of it is larger than ${MAX_PAYLOAD_BYTES} bytes` : '' };
  }

  protected hexDigest(): string {
    return toHex(this.digest.clone().digest() as Bytes);
  }
}

/** Decides by each of the choices in one go: which of them holds is chosen by what is said of them. */
class Previewing extends Pass {
  readonly #refused = new Map<string, string>();
  readonly #books: readonly { readonly report: ReportMaker; readonly shelf: Shelf }[];
  readonly #reports: Planned['reports'];

  constructor(job: Job, known: Known, run: string) {
    const reports = byChoice((duplicates) => newReport(job, duplicates));
    super(job, Object.values(reports));
    this.#reports = reports;
    this.#books = Object.values(byChoice((duplicates) => (
      { report: reports[duplicates], shelf: new Shelf(known, run, duplicates, job.reader.keepsIds) }
    )));
  }

  async run(): Promise<Planned> {
    const isWhole = await this.go();
    const digest = this.hexDigest();
    for (const { report } of this.#books) [report.digest, report.state] = [digest, isWhole ? 'done' : 'cancelled'];
    const { reader, source } = this.job;
    const { skip } = this.#reports;
    if (isWhole && skip.isEmpty && (await reader.detect(source)) === 0) {
      throw new SourceError(`${source.name} has nothing of ${TITLES[reader.name]} in it; let Inkvault tell the layout, or choose another.`);
    }
    return { reports: this.#reports, digest, refused: this.#refused, messages: skip.tally('message').read };
  }

  protected async session(item: SessionRead): Promise<void> {
    const { size, refusal: unfit } = this.seen(item.id, headerPayload(item.header));
    let reason = unfit;
    let count = 0;
    for await (const { refusal } of this.records(item)) {
      count += 1;
      reason ||= refusal;
    }
    if (reason !== '') this.#refused.set(item.id, reason);
    for (const { report, shelf } of this.#books) {
      const planned = reason === '' ? shelf.decideSession(item) : decision('skipped', { reason });
      account(report, 'session', nameOf(item), planned, count);
      if (isTaken(planned)) shelf.addSession(planned.target ?? item.id, item.header, size);
    }
  }

  protected async root(item: RootRead): Promise<void> {
    const { refusal: reason } = this.seen(item.id, item.payload);
    if (reason !== '') this.#refused.set(item.id, reason);
    for (const { report, shelf } of this.#books) {
      const planned = reason === '' ? shelf.decideRoot(item) : decision('skipped', { reason });
      account(report, kindOf(item), rootName(item), planned);
      if (isTaken(planned)) shelf.addRoot(planned.target ?? item.id, item.payload);
    }
  }
}

class Running extends Pass {
  readonly report: ReportMaker;
  readonly #shelf: Shelf;
  readonly #packer: Packer;
  readonly #expected = new Map<string, number>();

  constructor(
    job: Job, private readonly planned: Planned, duplicates: Duplicates, known: Known, private readonly runId: string,
    private readonly receiving: Receiving,
  ) {
    const report = newReport(job, duplicates);
    super(job, [report]);
    this.report = report;
    this.report.digest = planned.digest;
    this.#shelf = new Shelf(known, runId, duplicates, job.reader.keepsIds);
    this.#packer = new Packer(runId, () => ({ id: runId, payload: this.report.record() }), (parcel) => receiving.take(parcel));
  }

  async run(): Promise<Ran> {
    try {
      const isWhole = await this.#go();
      await this.#packer.flush();
      if (!isWhole) return await this.#end('cancelled', null);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      return this.#end('failed', `The source could be read before, but not again: ${error.message}`);
    }
    const fault = await this.#fault();
    if (fault === null) return this.#end('done', null);
    return this.#end('failed', `The import failed: ${fault} What is in is whole; nothing else was changed.`);
  }

  async #go(): Promise<boolean> {
    try {
      return await this.go();
    } catch (error) {
      if (error instanceof CancelledError) return false;
      throw error;
    }
  }

  protected async session(item: SessionRead): Promise<void> {
    this.seen(item.id, headerPayload(item.header));
    const refusal = this.planned.refused.get(item.id);
    const made = refusal === undefined ? this.#shelf.decideSession(item) : decision('skipped', { reason: refusal });
    account(this.report, 'session', nameOf(item), made, isTaken(made) ? await this.#write(item, made) : await this.#count(item));
  }

  async #count(item: SessionRead): Promise<number> {
    let count = 0;
    for await (const _ of this.records(item)) count += 1;
    return count;
  }

  async #write(item: SessionRead, made: Decision): Promise<number> {
    const header = this.#header(item, made);
    const sessionId = made.target ?? newId();
    const size = await this.#packer.begin(sessionId, header, made.written);
    let count = 0;
    for await (const { id, payload, size } of this.records(item)) {
      count += 1;
      if (count > made.written) await this.#packer.add(this.job.reader.keepsIds ? id : newId(), payload, size);
      if (count % CANCEL_EVERY === 0 && this.job.isCancelled()) {
        account(this.report, 'session', nameOf(item), { ...made, reason: PARTLY }, count);
        throw new CancelledError();
      }
    }
    await this.#packer.end(made.replaces, made.replaces === null ? 0 : this.#shelf.sizeOf(made.replaces));
    this.#expected.set(sessionId, count);
    this.#shelf.addSession(sessionId, header, size);
    return count;
  }

  /** The header that the session has in the vault. */
  #header({ id, header }: SessionRead, made: Decision): SessionHeader {
    const { ids } = this.#shelf;
    const marks = this.#shelf.marks(id, made);
    return {
      ...header,
      notebook: header.notebook === null ? null : ids.get(header.notebook) ?? header.notebook,
      template: header.template === null ? null : ids.get(header.template) ?? header.template,
      extra: marks === null ? header.extra : { ...header.extra, [IMPORTED]: marks },
    };
  }

  protected async root(item: RootRead): Promise<void> {
    this.seen(item.id, item.payload);
    const refusal = this.planned.refused.get(item.id);
    const made = refusal === undefined ? this.#shelf.decideRoot(item) : decision('skipped', { reason: refusal });
    account(this.report, kindOf(item), rootName(item), made);
    if (made.outcome === 'skipped') return;
    const id = made.target ?? newId();
    if (isTitled(item.record)) this.#shelf.ids.set(item.id, id);
    if (!isTaken(made)) return;
    const payload = this.#rootPayload(item, made);
    await this.#packer.root(id, payload);
    this.#shelf.addRoot(id, payload);
  }

  #rootPayload({ id, payload, record }: RootRead, made: Decision): Payload {
    if (!isTitled(record)) return payload;
    const marks = this.#shelf.marks(id, made);
    const extra = marks === null ? record.extra : { ...record.extra, [IMPORTED]: marks };
    if (record.type === 'template') return rootRecordPayload({ ...record, extra });
    const programme = record.programme === null ? null : this.#shelf.ids.get(record.programme) ?? record.programme;
    return rootRecordPayload({ ...record, programme, extra });
  }

  /** What does not come out even: with what was read, with the preview, with what the vault has. */
  async #fault(): Promise<string | null> {
    const uneven = this.report.uneven();
    if (uneven !== null) return `the sums of what was read (${uneven}) do not come out even.`;
    if (this.hexDigest() !== this.planned.digest) return 'the source is not what it was at the preview.';
    const lacking = await this.receiving.lacking(this.#expected);
    return lacking === null ? null : `the session ${lacking} is not there with all that was read.`;
  }

  async #end(state: 'done' | 'cancelled' | 'failed', fault: string | null): Promise<Ran> {
    this.report.state = state;
    this.report.finishedAt = this.receiving.now();
    await this.#packer.root(this.runId, this.report.record());
    await this.#packer.flush();
    return { report: this.report, fault };
  }
}

function newReport({ reader, source, options }: Job, duplicates: Duplicates): ReportMaker {
  return new ReportMaker({ reader, source: source.name, zone: options.zone, duplicates, startedAt: options.now, leftOut: source.leftOut });
}

/** Puts an item and its messages into a report. Of one that goes on, those there before are no new ones. */
function account(report: ReportMaker, kind: string, name: string, { outcome, reason, written }: Decision, messages = 0): void {
  const before = Math.min(written, messages);
  report.add({ kind, name, outcome, reason }, messages - before);
  report.tally('message').duplicate += before;
}

function newId(): string {
  return toHex(randomId());
}

function nameOf({ id, header }: SessionRead): string {
  return header.title || header.opening || id;
}

function rootName({ id, record }: RootRead): string {
  return isTitled(record) ? record.title : id;
}

function isTitled(record: RootRecord | null): record is Notebook | Template {
  return record?.type === 'notebook' || record?.type === 'template';
}
