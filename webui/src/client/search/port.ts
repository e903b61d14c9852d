/** What the page and the search worker say to each other. */
import type { Bytes } from '../../core/bytes.ts';
import type { Expectation } from '../snapshot.ts';
import type { MessageView, Notebook, SessionSummary } from '../types.ts';
import type { SearchUpdate } from './types.ts';

/** What the page knows of a session. */
export type SessionSeed = Pick<
  SessionSummary,
  'id' | 'count' | 'title' | 'tags' | 'notebookId' | 'pinned' | 'archivedAt' | 'trashedAt' | 'activeAt' | 'zone'
> & {
  /** Of its records, by its verified header: when it is another one, so are they. */
  readonly digest: bigint;
};
export type NotebookSeed = Pick<Notebook, 'id' | 'title' | 'notes' | 'archivedAt' | 'trashedAt' | 'updatedAt' | 'zone'>;
export type Said = Pick<MessageView, 'id' | 'role' | 'text' | 'createdAt' | 'zone' | 'trashedAt'>;

export type ToWorker =
  | { readonly kind: 'know'; readonly sessions: readonly SessionSeed[]; readonly notebooks: readonly NotebookSeed[] }
  /** A snapshot begins; its bytes come as `chunk`, and `end` after the last of them, whole or not. */
  | { readonly kind: 'begin' }
  | { readonly kind: 'chunk'; readonly bytes: Bytes }
  | { readonly kind: 'end' }
  /** The answer to `expect`. */
  | { readonly kind: 'expectation'; readonly expectation: Expectation }
  /** Messages that the page itself read and checked against a header with this digest. */
  | { readonly kind: 'said'; readonly sessionId: string; readonly digest: bigint; readonly messages: readonly Said[] }
  /** No more texts come for now, and whether all did; null: they are about to come. */
  | { readonly kind: 'settled'; readonly isWhole: boolean | null }
  | { readonly kind: 'query'; readonly number: number; readonly text: string }
  | { readonly kind: 'cancel'; readonly number: number };

export type FromWorker =
  /** Asks for the verified contents that a snapshot of this sequence number is to be compared with. */
  | { readonly kind: 'expect'; readonly seq: number }
  /** One chunk was worked on. */
  | { readonly kind: 'taken' }
  /** The snapshot is read. Sessions that are still to be read, each by itself. */
  | { readonly kind: 'read'; readonly unread: readonly string[] }
  /** The stream was cut off. */
  | { readonly kind: 'broken' }
  /** The stream is not what an honest service sends. */
  | { readonly kind: 'hostile'; readonly detail: string }
  | { readonly kind: 'update'; readonly number: number; readonly update: SearchUpdate };

/** The worker as the page holds it. */
export interface SearchPort {
  post(message: ToWorker, transfer?: Transferable[]): void;
  /** `onFault`: the worker itself broke down. */
  listen(listener: (message: FromWorker) => void, onFault: (detail: string) => void): void;
  end(): void;
}
