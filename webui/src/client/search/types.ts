/** What a search says. Spans and offsets are in UTF-16 units. */

export type HitPlace = 'title' | 'tag' | 'notes' | 'text';

export interface Hit {
  /** null: the hit is in a notebook itself. */
  readonly sessionId: string | null;
  /** Set when `sessionId` is null. */
  readonly notebookId: string | null;
  /** null for a title, a tag or the notes of a notebook. */
  readonly messageId: string | null;
  readonly where: HitPlace;
  /** A part of the text around the first place found, white space made single; `…` where it was cut. */
  readonly snippet: string;
  readonly spans: readonly (readonly [start: number, end: number])[];
  /** Milliseconds: when the message was written, the session last active, the notebook last changed. */
  readonly at: number;
}

export interface SearchUpdate {
  /** Best first, at most 200. */
  readonly hits: readonly Hit[];
  /** Of all hits so far. */
  readonly total: number;
  /** 0 to 1: how much of the vault was looked at; the last update of a query has 1. */
  readonly progress: number;
  /** What of the query could not be read: `bad_date:…`, `bad_role:…`, `bad_is:…`; `incomplete` when the vault could not be. */
  readonly notes: readonly string[];
}

/** Looks for things on this device alone. */
export interface Searcher {
  /** Begins to read the vault, so that the first query finds it read. */
  warm(): void;
  /** `on` is called with each better answer until `signal` ends it; a newer query ends it too. */
  query(text: string, on: (update: SearchUpdate) => void, signal: AbortSignal): void;
  /** Sessions or notebooks were changed, by this page or another device. */
  changed(ids: readonly string[]): void;
  /** Ends the worker and forgets all texts; runs at the lock by itself. */
  close(): void;
}
