/** Both clients make the same items, and the same report, of the same bytes. */
import { describe, expect, it } from 'vitest';
import { previewSource } from './importing-passes.ts';
import { READERS } from './readers/all.ts';
import { chooseReader } from './reading.ts';
import { openSource } from './opening.ts';
import { OPTIONS, SHARED_NAMES, found, sharedExpectation, sharedFile } from './testing/imports.ts';

interface Expectation {
  readonly reader: string;
  readonly report: unknown;
  readonly items: readonly unknown[] | null;
}

describe.each(SHARED_NAMES)('%s', (name) => {
  const files = [{ path: name, file: sharedFile(name) }];
  const expected = sharedExpectation(name) as Expectation;

  it('gives the items that the command line makes of it', async () => {
    const { reader, shown } = await found(files);
    expect(reader).toBe(expected.reader);
    if (expected.items !== null) expect(shown).toEqual(expected.items);
  });

  it('gives the same report, its digest over every byte of the items', async () => {
    const source = await openSource(files);
    const reader = await chooseReader(READERS, source);
    const job = { source, reader, options: OPTIONS, isCancelled: () => false, onProgress: () => undefined };
    const { report } = await previewSource(job, { vaultId: '0'.repeat(32), sessions: [], root: [] });
    expect(report.fields()).toEqual(expected.report);
  });
});
