import { describe, expect, it } from 'vitest';
import { inDocumentOrder, type Document } from './document.ts';
import { writeJson } from './json-export.ts';
import { SHARED, documentOf, type Export } from './testing/shared.ts';

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
