/**
 * What an export is made of (docs/EXPORT.md): a head, the records of the vault's root by id, then the sessions by id, each
 * with its messages by (position, id) and then its other records by id.
 */
import type { Payload } from '../core/canonical.ts';
import { parseSession, type SessionHeader } from '../core/model.ts';

/** What sessions without a notebook stand under. */
export const NO_NOTEBOOK = 'Without a notebook';
export const EMPTY_DIGEST = '0'.repeat(64);

/** The type of the root records that tell of imports. */
export const REPORT = 'report';

/** The types of the root records that tell of the vault itself; they stay with it, so no export has them. */
export const STAYS: ReadonlySet<unknown> = new Set([REPORT, 'backup']);

/** Which sessions to take; what is null selects all. Times are milliseconds, `until` is the first that is not taken. */
export interface Selection {
  readonly notebook: string | null;
  readonly sessions: readonly string[] | null;
  readonly since: number | null;
  readonly until: number | null;
}

export const ALL: Selection = { notebook: null, sessions: null, since: null, until: null };

export interface RecordItem {
  readonly id: string;
  readonly payload: Payload;
}

export interface SessionItem {
  readonly id: string;
  /** Without `count` and `digest`, which say nothing outside their vault. */
  readonly header: Payload;
  readonly records: readonly RecordItem[];
}

export interface DocumentHead {
  readonly vaultId: string;
  readonly exportedAt: number;
  readonly zone: string;
  /** `name/version` */
  readonly tool: string;
  readonly selection: Selection;
}

/** Something the vault has that could not be opened, and so is not in the document. The ids tell what it is. */
export interface MissingItem {
  readonly session: string | null;
  readonly record: string | null;
  readonly title: string | null;
  readonly reason: string;
}

export interface Document {
  readonly head: DocumentHead;
  readonly root: readonly RecordItem[];
  /** To be read once, in order. */
  readonly sessions: AsyncIterable<SessionItem>;
  readonly missing: readonly MissingItem[];
}

/** How much a document holds. `records` are those of sessions of types other than `message`. */
export interface Counts {
  readonly notebooks: number;
  readonly templates: number;
  readonly sessions: number;
  readonly messages: number;
  readonly records: number;
}

/** Whether nothing is left out. */
export function isAll(selection: Selection): boolean {
  return Object.values(selection).every((value) => value === null);
}

/** The header of a session, read; its count and digest say nothing. */
export function headerOf({ header }: SessionItem): SessionHeader {
  return parseSession({ ...header, count: 0, digest: EMPTY_DIGEST });
}

/** The records of a session in the order of a document. */
export function inDocumentOrder(records: Iterable<RecordItem>): RecordItem[] {
  return [...records].sort((a, b) => {
    const [first, second] = [positionOf(a), positionOf(b)];
    return first - second || (a.id < b.id ? -1 : 1);
  });
}

function positionOf({ payload: { type, position } }: RecordItem): number {
  return type === 'message' && typeof position === 'number' ? position : Number.MAX_SAFE_INTEGER;
}
