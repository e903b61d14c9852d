import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Payload } from '../core/canonical.ts';
import { ALL, inDocumentOrder, type Document, type RecordItem, type SessionItem } from './document.ts';
import { writeJson } from './json-export.ts';

/** Written by the command line (tests/unit/transfer/test_shared_export.py). */
const SHARED = readFileSync(new URL('../../../tests/support/export.json', import.meta.url), 'utf8');

type Line =
  | { kind: 'root' | 'record'; id: string; record: Payload }
  | { kind: 'session'; id: string; header: Payload };
interface Export {
  head: { vault: string; exported_at: number; zone: string; tool: string; selection: object };
  items: Line[];
  end: { counts: object };
}

function documentOf({ head, items }: Export): Document {
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
  };
}

async function written(document: Document): Promise<{ text: string; counts: object }> {
  const writer = writeJson(document);
  const parts: Uint8Array[] = [];
  let step = await writer.next();
  for (; step.done !== true; step = await writer.next()) parts.push(step.value);
  return { text: Buffer.concat(parts).toString('utf8'), counts: step.value };
}

describe('a document as JSON', () => {
  it('has the very bytes that the command line writes', async () => {
    const shared = JSON.parse(SHARED) as Export;
    const { text, counts } = await written(documentOf(shared));
    expect(text).toBe(SHARED);
    expect(counts).toEqual(shared.end.counts);
  });

  it('changes its hashes with every record', async () => {
    const shared = JSON.parse(SHARED) as Export;
    const changed = shared.items.map((line) => (line.kind === 'record' ? { ...line, record: { ...line.record, x: 1 } } : line));
    const { text } = await written(documentOf({ ...shared, items: changed }));
    const hashes = (of: string) => of.match(/"(?:sha256|content)":"[0-9a-f]{64}"/g) ?? [];
    expect(hashes(text)).toHaveLength(hashes(SHARED).length);
    expect(hashes(text).filter((hash) => SHARED.includes(hash))).toHaveLength(1); // of the session without records
  });

  it('has messages by position, then all else', () => {
    const message = (id: string, position: number) => ({ id, payload: { type: 'message', position } });
    const other = { id: '0', payload: { type: 'sketch' } };
    const sorted = inDocumentOrder([other, message('c', 1), message('b', 2), message('a', 2)]);
    expect(sorted.map(({ id }) => id)).toEqual(['c', 'a', 'b', '0']);
  });
});
