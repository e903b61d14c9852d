/** A vault, or what is chosen of it, as a document. The twin of vault/transfer/collect.py. */
import type { Fault, OnProgress, SessionSummary, Vault } from '../client/vault.ts';
import type { Payload } from '../core/canonical.ts';
import { parseMessage } from '../core/model.ts';
import { DamagedError, FormatError } from '../errors.ts';
import {
  STAYS, headerOf, inDocumentOrder, isAll, type Document, type MissingItem, type RecordItem, type Selection, type SessionItem,
} from './document.ts';

/** Of the page; the command line has its own. */
export const TOOL = 'inkvault-page/1';

/** Whether a session is among those chosen. */
export function takes({ notebook, sessions, since, until }: Selection, session: SessionSummary): boolean {
  return (sessions === null || sessions.includes(session.id))
    && (notebook === null || session.notebookId === notebook)
    && (since === null || session.activeAt >= since)
    && (until === null || session.activeAt < until);
}

export interface CollectOptions {
  readonly selection: Selection;
  /** Whether it goes on without what does not open, and lists it. */
  readonly skipDamaged: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

/**
 * Reads and verifies all of it; what was chosen is in memory then. Throws DamagedError, naming it, where something does
 * not open; with `skipDamaged` it is among what is missing.
 */
export async function documentOf(vault: Vault, { selection, skipDamaged, signal, onProgress }: CollectOptions): Promise<Document> {
  const chosen = new Set(vault.sessions().filter((session) => takes(selection, session)).map(({ id }) => id));
  const isWhole = isAll(selection);
  const missing: MissingItem[] = [];
  const onFault = (fault: Fault): void => {
    if (!skipDamaged) throw damaged(fault);
    const { session, record, title, what } = fault;
    missing.push({ session, record, title, reason: what });
  };
  const { root, sessions } = await vault.readWhole({ wanted: (id) => isWhole || chosen.has(id), signal, onProgress, onFault });
  const known = sessions.map((session) => ({ ...session, records: knownOf(session, onFault) }));
  const named = isWhole ? null : namesIn(root, sessions.map(({ header }) => header));
  return {
    head: { vaultId: vault.vaultId, exportedAt: Date.now(), zone: vault.zone(), tool: TOOL, selection },
    root: root.filter(({ id, payload }) => !STAYS.has(payload['type']) && (named === null || named.has(id))),
    sessions: async function* give() { yield* known; }(),
    missing,
  };
}

function damaged({ session, record, title, what }: Fault): DamagedError {
  const named = title === '' ? session : `“${title}”`;
  const place = record === null ? `The session ${named}` : `The record ${record} of the session ${named}`;
  return new DamagedError(`${place} is damaged. ${what} No file was made.`);
}

/** In the order of a document. What opens but has another form than a message has no import would take: it is a fault. */
function knownOf({ id: session, header, records }: SessionItem, onFault: (fault: Fault) => void): RecordItem[] {
  return inDocumentOrder(records.filter(({ id: record, payload }) => {
    try {
      if (payload['type'] === 'message') parseMessage(payload);
      return true;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      const { title, opening } = headerOf({ id: session, header, records });
      onFault({ session, record, title: title ?? opening, what: 'It opens but has another form than a message has.' });
      return false;
    }
  }));
}

/** The ids of the notebooks of these sessions, and of the writer's own templates that those or these name. */
function namesIn(root: readonly RecordItem[], headers: readonly Payload[]): Set<unknown> {
  const notebooks = new Set(headers.map((header) => header['notebook']));
  const programmes = root.filter(({ id }) => notebooks.has(id)).map(({ payload }) => payload['programme']);
  return new Set([...notebooks, ...programmes, ...headers.map((header) => header['template'])]);
}
