/** A vault, or what is chosen of it, as a document. The twin of vault/transfer/collect.py. */
import type { OnProgress, SessionSummary, Vault } from '../client/vault.ts';
import type { Payload } from '../core/canonical.ts';
import { REPORT, inDocumentOrder, isAll, type Document, type RecordItem, type Selection } from './document.ts';

/** Of the page; the command line has its own. */
export const TOOL = 'inkvault-page/1';

/** Whether a session is among those chosen. */
export function takes({ notebook, sessions, since, until }: Selection, session: SessionSummary): boolean {
  return (sessions === null || sessions.includes(session.id))
    && (notebook === null || session.notebookId === notebook)
    && (since === null || session.activeAt >= since)
    && (until === null || session.activeAt < until);
}

/** Reads and verifies all of it; what was chosen is in memory then. */
export async function documentOf(vault: Vault, selection: Selection, signal: AbortSignal, onProgress: OnProgress): Promise<Document> {
  const chosen = new Set(vault.sessions().filter((session) => takes(selection, session)).map(({ id }) => id));
  const isWhole = isAll(selection);
  const { root, sessions } = await vault.readWhole((id) => isWhole || chosen.has(id), signal, onProgress);
  const named = isWhole ? null : namesIn(root, sessions.map(({ header }) => header));
  return {
    head: { vaultId: vault.vaultId, exportedAt: Date.now(), zone: vault.zone(), tool: TOOL, selection },
    root: root.filter(({ id, payload }) => payload['type'] !== REPORT && (named === null || named.has(id))),
    sessions: async function* give() {
      for (const { id, header, records } of sessions) yield { id, header, records: inDocumentOrder(records) };
    }(),
  };
}

/** The ids of the notebooks of these sessions, and of the writer's own templates that those or these name. */
function namesIn(root: readonly RecordItem[], headers: readonly Payload[]): Set<unknown> {
  const notebooks = new Set(headers.map((header) => header['notebook']));
  const programmes = root.filter(({ id }) => notebooks.has(id)).map(({ payload }) => payload['programme']);
  return new Set([...notebooks, ...programmes, ...headers.map((header) => header['template'])]);
}
