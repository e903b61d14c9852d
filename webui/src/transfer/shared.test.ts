/** Both clients make the same items, and the same report, of the same bytes. */
import { describe, expect, it } from 'vitest';
import { knownSession } from '../client/parcels.ts';
import { previewSource } from './importing-passes.ts';
import { READERS } from './readers/all.ts';
import { chooseReader } from './reading.ts';
import { openSource } from './opening.ts';
import { OPTIONS, SHARED_NAMES, found, sharedExpectation, sharedFile } from './testing/imports.ts';

interface Expectation {
  readonly reader: string;
  readonly report: unknown;
  /** Of a preview where all of it is there already. */
  readonly again: unknown;
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

  it('gives the same reports, their digest over every byte of the items', async () => {
    const source = await openSource(files);
    const reader = await chooseReader(READERS, source);
    const job = { source, reader, options: OPTIONS, isCancelled: () => false, onProgress: () => undefined };
    const empty = { vaultId: '0'.repeat(32), sessions: [], root: [] };
    expect((await previewSource(job, empty)).reports.skip.fields()).toEqual(expected.report);
    const { sessions, roots } = await found(files);
    const having = { ...empty, sessions: sessions.map(({ id, header }) => knownSession(id, header)), root: roots };
    expect((await previewSource(job, having)).reports.skip.fields()).toEqual(expected.again);
  });
});
