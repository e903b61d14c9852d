/** What an import says of itself: sums that must come out even, what was not taken and why, what was doubtful. The twin of vault/transfer/report.py. */

/** What becomes of an item. Copied and replaced ones are created too, continued ones in part. */
export type Outcome = 'created' | 'copied' | 'replaced' | 'continued' | 'duplicate' | 'skipped';
/** How far an import got; `running` in a saved report is one that was broken off. */
export type State = 'running' | 'done' | 'cancelled' | 'failed';
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
