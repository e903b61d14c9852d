/** The export that the tests of both languages share. */
import { readFileSync } from 'node:fs';
import type { Payload } from '../../core/canonical.ts';
import { ALL, type Document, type RecordItem, type SessionItem } from '../document.ts';

/** Written by the command line (tests/unit/transfer/test_shared_export.py). */
export const SHARED = readFileSync(new URL('../../../../tests/support/export.json', import.meta.url), 'utf8');

type Line =
  | { kind: 'root' | 'record'; id: string; record: Payload }
  | { kind: 'session'; id: string; header: Payload };
export interface Export {
  head: { vault: string; exported_at: number; zone: string; tool: string; selection: object };
  items: Line[];
  end: { counts: object };
}

export function documentOf({ head, items }: Export): Document {
  const root: RecordItem[] = [];
  const sessions: (SessionItem & { records: RecordItem[] })[] = [];
  for (const line of items) {
    if (line.kind === 'session') sessions.push({ id: line.id, header: line.header, records: [] });
    else (line.kind === 'root' ? root : sessions.at(-1)?.records ?? []).push({ id: line.id, payload: line.record });
  }
  return {
    head: { vaultId: head.vault, exportedAt: head.exported_at, zone: head.zone, tool: head.tool, selection: { ...ALL, ...head.selection } },
    root,
    sessions: async function* give() { yield* sessions; }(),
    missing: [],
  };
}

export function sharedDocument(): Document {
  return documentOf(JSON.parse(SHARED) as Export);
}
