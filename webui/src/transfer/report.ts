/** What an import says of itself: sums that must come out even, what was not taken and why, what was doubtful. The twin of vault/transfer/report.py. */
import type { Vault } from '../client/vault.ts';
import { isPayload, type Json, type Payload } from '../core/canonical.ts';
import { MAX_TITLE } from '../core/model.ts';
import { firstPoints } from './code-points.ts';
import { REPORT } from './document.ts';
import type { Duplicates, Note, Reader } from './reading.ts';

/** That a report lists one by one; more are only counted. */
const MAX_LINES = 200_000;
/** Of these, the ones that are saved with the vault. */
const KEPT_LINES = 300;
/** Of these, the ones that the page is told. */
const SHOWN_LINES = 2_000;
const EXAMPLES = 5;

/** What becomes of an item. Copied and replaced ones are created too, continued ones in part. */
const OUTCOMES = ['created', 'copied', 'replaced', 'continued', 'duplicate', 'skipped'] as const;
export type Outcome = (typeof OUTCOMES)[number];
/** How far an import got; `running` in a saved report is one that was broken off. */
const STATES = ['running', 'done', 'cancelled', 'failed'] as const;
export type State = (typeof STATES)[number];
export type Doubt =
  | 'zone_missing' | 'time_missing' | 'time_ambiguous' | 'cut' | 'split' | 'repaired' | 'unknown_part' | 'file_left_out' | 'missing_there';

/** Sums of one kind of item: read = created + duplicate + skipped. */
export interface Sums {
  readonly read: number;
  readonly created: number;
  readonly duplicate: number;
  readonly skipped: number;
}

/** One item that was not simply created. `reason` is a sentence without its full stop, '' for none. */
export interface ReportLine {
  readonly kind: string;
  readonly name: string;
  readonly outcome: Outcome;
  readonly reason: string;
}

/** An import, or what one would do. Times are milliseconds since 1970. */
export interface Report {
  readonly reader: string;
  /** The name of the file or folder. */
  readonly source: string;
  readonly digest: string;
  /** Was taken for times without one. */
  readonly zone: string;
  readonly duplicates: string;
  readonly state: State;
  readonly startedAt: number;
  readonly finishedAt: number | null;
  /** By kind: `session`, `message`, `notebook`, `template`, `settings`, `record`. */
  readonly counts: Readonly<Record<string, Sums>>;
  readonly items: readonly ReportLine[];
  /** How many more items there were than are listed. */
  readonly moreItems: number;
  readonly doubts: readonly { readonly doubt: Doubt; readonly count: number; readonly examples: readonly string[] }[];
  /** Links and special files that were never read. */
  readonly leftOut: readonly string[];
}

/** A report that is kept with a vault. */
export interface SavedReport extends Report {
  readonly id: string;
}

/** Makes a report. */
export class ReportMaker {
  state: State = 'running';
  finishedAt: number | null = null;
  digest = '';
  readonly #tallies = new Map<string, { read: number; created: number; duplicate: number; skipped: number }>();
  readonly #lines: ReportLine[] = [];
  #listed = 0;
  readonly #doubts = new Map<Doubt, { count: number; examples: string[] }>();

  constructor(private readonly about: {
    readonly reader: Reader; readonly source: string; readonly zone: string; readonly duplicates: Duplicates; readonly startedAt: number;
    readonly leftOut: readonly string[];
  }) {}

  tally(kind: string): { read: number; created: number; duplicate: number; skipped: number } {
    const known = this.#tallies.get(kind) ?? { read: 0, created: 0, duplicate: 0, skipped: 0 };
    this.#tallies.set(kind, known);
    return known;
  }

  /** Counts what becomes of an item that was read, and of its messages with it. */
  add(line: ReportLine, messages = 0): void {
    for (const [kind, number] of [[line.kind, 1], ['message', messages]] as const) {
      const tally = this.tally(kind);
      if (line.outcome === 'skipped') tally.skipped += number;
      else if (line.outcome === 'duplicate') tally.duplicate += number;
      else tally.created += number;
    }
    if (line.outcome === 'created') return;
    this.#listed += 1;
    if (this.#lines.length < MAX_LINES) this.#lines.push({ ...line, name: short(line.name), reason: short(line.reason) });
  }

  /** Counts a doubt. */
  note({ name, doubt, detail }: Note): void {
    const doubts = this.#doubts.get(doubt) ?? { count: 0, examples: [] };
    this.#doubts.set(doubt, doubts);
    doubts.count += 1;
    if (doubts.examples.length < EXAMPLES) doubts.examples.push(short(detail === '' ? name : `${name}: ${detail}`));
  }

  get isEmpty(): boolean {
    return [...this.#tallies.values()].every(({ read }) => read === 0);
  }

  /** A kind whose sums do not come out even, or null. */
  uneven(): string | null {
    const found = [...this.#tallies].find(([, { read, created, duplicate, skipped }]) => read !== created + duplicate + skipped);
    return found?.[0] ?? null;
  }

  /** As plain data: all sums and doubts, and the first lines of what was not simply created. */
  fields(mostLines = SHOWN_LINES): Payload {
    const { reader, source, zone, duplicates, startedAt, leftOut } = this.about;
    return {
      reader: reader.name,
      source: short(source),
      digest: this.digest,
      zone,
      duplicates,
      state: this.state,
      started_at: startedAt,
      finished_at: this.finishedAt,
      counts: Object.fromEntries([...this.#tallies].map(([kind, tally]) => [kind, { ...tally }])),
      items: this.#lines.slice(0, mostLines).map((line) => ({ ...line })),
      more_items: Math.max(0, this.#listed - mostLines),
      doubts: [...this.#doubts].map(([doubt, { count, examples }]) => ({ doubt, count, examples: [...examples] })),
      left_out: leftOut.slice(0, KEPT_LINES).map(short),
    };
  }

  /** The payload of the root record that keeps it (docs/FORMAT.md §5.3). */
  record(): Payload {
    return { ...this.fields(KEPT_LINES), type: REPORT };
  }
}

function short(text: string): string {
  return firstPoints(text, MAX_TITLE).toWellFormed();
}

/** A report as it was saved or sent. What is of another form than we write is left out, never an error: it is only shown. */
export function reportOf(payload: Payload): Report {
  const text = (value: Json | undefined) => (typeof value === 'string' ? value : '');
  const number = (value: Json | undefined) => (typeof value === 'number' ? value : 0);
  const objects = (value: Json | undefined): readonly Payload[] => (Array.isArray(value) ? (value as readonly Json[]).filter(isPayload) : []);
  const texts = (value: Json | undefined): string[] => (Array.isArray(value) ? (value as readonly Json[]).filter((each) => typeof each === 'string') : []);
  const { counts } = payload;
  return {
    reader: text(payload['reader']),
    source: text(payload['source']),
    digest: text(payload['digest']),
    zone: text(payload['zone']),
    duplicates: text(payload['duplicates']),
    state: STATES.find((state) => state === payload['state']) ?? 'running',
    startedAt: number(payload['started_at']),
    finishedAt: typeof payload['finished_at'] === 'number' ? payload['finished_at'] : null,
    counts: Object.fromEntries(Object.entries(isPayload(counts) ? counts : {}).map(([kind, tally]) => {
      const { read, created, duplicate, skipped } = isPayload(tally) ? tally : {};
      return [kind, { read: number(read), created: number(created), duplicate: number(duplicate), skipped: number(skipped) }];
    })),
    items: objects(payload['items']).map(({ kind, name, outcome, reason }) => ({
      kind: text(kind), name: text(name), outcome: OUTCOMES.find((each) => each === outcome) ?? 'skipped', reason: text(reason),
    })),
    moreItems: number(payload['more_items']),
    doubts: objects(payload['doubts']).map(({ doubt, count, examples }) => ({ doubt: text(doubt) as Doubt, count: number(count), examples: texts(examples) })),
    leftOut: texts(payload['left_out']),
  };
}

/** The reports that a vault keeps, the latest first. */
export function savedReports(vault: Vault): SavedReport[] {
  return vault.receiver().known().root
    .filter(({ payload }) => payload['type'] === REPORT)
    .map(({ id, payload }) => ({ id, ...reportOf(payload) }))
    .sort((one, two) => two.startedAt - one.startedAt || (one.id < two.id ? -1 : 1));
}
