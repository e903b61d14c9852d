/** Imports into a vault: what was read is there, nothing else changed, and whatever breaks off is gone on with. */
import { beforeEach, describe, expect, it } from 'vitest';
import { emptySession } from '../core/model.ts';
import { begin, begins, rejection } from '../client/testing/scenario.ts';
import { LockedError, UnavailableError, UnlockError, UsageError, type Vault } from '../client/vault.ts';
import {
  FailedImportError, SourceError, preview, run, type Duplicates, type ImportProgress, type PickedFile, type Preview, type PreviewOptions, type ReaderName,
} from './importing.ts';
import { MAX_SESSIONS, previewSource } from './importing-passes.ts';
import { foreignReader } from './reading.ts';
import { savedReports, type Report } from './report.ts';
import { openSource } from './opening.ts';
import { jsonFile, picked, sharedFile, zipFile } from './testing/imports.ts';
import { LocalPort } from './testing/port.ts';

/** Milliseconds, for what is large because the bound is. */
const SLOW = 120_000;

let scene: Awaited<ReturnType<typeof begin>>;
let vault: Vault;
let port: LocalPort;
beforeEach(async () => {
  scene = await begin();
  ({ vault } = scene);
  // A page has a bound in bytes too, which this service does not know.
  scene.service.pageItems = 100;
  await vault.write({ text: 'Written before.', ...begins(1) });
});

function look(files: PickedFile | readonly PickedFile[], options: Partial<PreviewOptions> = {}) {
  const all = { vault, reader: 'auto', zone: 'Europe/Berlin', secret: null, signal: new AbortController().signal, ...options } as const;
  return preview([files].flat(), all, () => (port = new LocalPort()));
}

async function planned(files: PickedFile | readonly PickedFile[], reader: ReaderName | 'auto' = 'auto', secret: string | null = null): Promise<Preview> {
  const found = await look(files, { reader, secret });
  if (found.kind === 'sealed') throw new Error('a secret is needed');
  return found;
}

async function taken(files: PickedFile | readonly PickedFile[], duplicates: Duplicates = 'skip'): Promise<Report> {
  return run(await planned(files), { duplicates, signal: new AbortController().signal });
}

function shared(name: string): PickedFile {
  return { path: name, file: sharedFile(name) };
}

/** A Day One journal of so many entries, each with so many words. */
function journal(entries: number, text = 'Words.', first = 1): PickedFile {
  const made = Array.from({ length: entries }, (_, index) => ({
    uuid: `E${first + index}`, creationDate: `2024-05-01T10:00:${String(index % 60).padStart(2, '0')}Z`, timeZone: 'UTC', text: `${text} ${index}`,
  }));
  return jsonFile('Diary.json', { metadata: { version: '1.0' }, entries: made });
}

/** One conversation of so many messages. */
function conversation(messages: number, text = 'Words.'): PickedFile {
  const all = Array.from({ length: messages }, (_, index) => ({ id: index, session_id: 1, role: 'user', content: `${text} ${index}`, timestamp: 1_700_000_000 + index }));
  return jsonFile('chat.json', { session: { id: 1, title: 'Long' }, messages: all });
}

/** All that a vault says, without its reports. */
async function contents(): Promise<unknown> {
  const { root, sessions } = await vault.readWhole({
    wanted: () => true, signal: new AbortController().signal, onFault: () => { throw new Error('damaged'); },
  });
  return { root: root.filter(({ payload }) => payload['type'] !== 'report'), sessions };
}

const NOW = { signal: new AbortController().signal };

describe('a preview', () => {
  it('says what would become of it and writes nothing', async () => {
    const { seq } = scene.service.vault;
    const plan = await planned(shared('chatgpt.zip'));
    expect(plan.reader).toBe('chatgpt');
    expect(plan.reports.skip.state).toBe('done');
    expect(plan.reports.skip.counts['session']).toMatchObject({ duplicate: 0, skipped: 5 });
    expect(plan.reports.skip.doubts.map(({ doubt }) => doubt)).toContain('file_left_out');
    expect(plan.reports.skip.leftOut).toEqual(['link.json']);
    expect(scene.service.vault.seq).toBe(seq);
    expect(savedReports(vault)).toEqual([]);
    plan.close();
    expect(port.isEnded).toBe(true);
  });

  it('has the sums of each choice for duplicates, as the import then has them', async () => {
    await taken(journal(2));
    for (const duplicates of ['skip', 'copy', 'replace'] as const) {
      const plan = await planned(journal(3));
      const { counts } = plan.reports[duplicates];
      expect(counts['session']).toMatchObject(duplicates === 'skip' ? { created: 1, duplicate: 2 } : { created: 3, duplicate: 0 });
      expect((await run(plan, { duplicates, ...NOW })).counts).toEqual(counts);
      scene = await begin();
      ({ vault } = scene);
      await taken(journal(2));
    }
  });

  it('asks for the secret of a sealed file, and says when it is wrong', async () => {
    const file = shared('vault.inkvault.age');
    expect(await look(file)).toEqual({ kind: 'sealed', reader: 'inkvault-backup', source: 'vault.inkvault.age' });
    expect(port.isEnded).toBe(true);
    const wrong = await rejection(look(file, { secret: 'loud lantern' }));
    expect(wrong).toBeInstanceOf(UnlockError);
    expect(wrong).toMatchObject({ message: expect.stringContaining('the key that it was sealed for') as string });
    expect(await rejection(look(file, { secret: 'AGE-SECRET-KEY-1NONE' }))).toBeInstanceOf(UnlockError);
    expect(await look(file, { secret: 'quiet lantern' })).toMatchObject({ kind: 'preview', reader: 'inkvault-backup' });
  });

  it('of no file, of no layout known, or of nothing of the layout that was chosen is an error that says so', async () => {
    expect(await rejection(look([]))).toBeInstanceOf(SourceError);
    expect(await rejection(look(picked('a.bin', 'xyz')))).toBeInstanceOf(UsageError);
    expect(await rejection(look(jsonFile('a.json', [1]), { reader: 'dayone' }))).toMatchObject({ message: expect.stringContaining('nothing of Day One export') as string });
    await vault.write({ text: 'The vault goes on.', ...begins(9) });
  });

  it('ends where the writer no longer wants it', async () => {
    const stop = new AbortController();
    const asked = look(journal(3_000), { signal: stop.signal, onProgress: () => stop.abort(new Error('enough')) });
    expect(await rejection(asked)).toMatchObject({ message: 'enough' });
    expect(port.isEnded).toBe(true);
  });

  it('ends with the lock', async () => {
    const plan = await planned(journal(1));
    await vault.lock();
    expect(port.isEnded).toBe(true);
    expect(await rejection(run(plan, { duplicates: 'skip', ...NOW }))).toBeInstanceOf(LockedError);
  });

  it('of a worker that went down is an error that says what to do', async () => {
    const asked = look(journal(10));
    port.breakDown();
    expect(await rejection(asked)).toMatchObject({ message: expect.stringContaining('Close other tabs') as string });
  });
});

describe('an import', () => {
  it('takes in all that was read, and keeps its report', async () => {
    const progress: ImportProgress[] = [];
    const plan = await planned(journal(600));
    const report = await run(plan, { duplicates: 'skip', onProgress: (at) => progress.push(at), ...NOW });
    expect(report).toMatchObject({ state: 'done', reader: 'dayone', source: 'Diary.json', zone: 'Europe/Berlin' });
    expect(report.counts).toMatchObject({ session: { read: 600, created: 600 }, message: { read: 600, created: 600 }, notebook: { read: 1, created: 1 } });
    expect(progress.at(-1)).toEqual({ step: 'writing', done: 512, total: 600 });
    expect(vault.sessions()).toHaveLength(601);
    const [notebook] = vault.notebooks();
    expect(notebook?.title).toBe('Diary');
    expect(vault.sessions().filter(({ notebookId }) => notebookId === notebook?.id)).toHaveLength(600);
    expect(savedReports(vault)).toEqual([{ ...report, id: expect.any(String) as string }]);
    expect(port.isEnded).toBe(true);
  });

  it.each(['vault.json', 'vault.pdf', 'vault.inkvault.age'])('of our own %s gives what it was made of', async (name) => {
    const plan = await planned(shared(name), 'auto', 'quiet lantern');
    const report = await run(plan, { duplicates: 'skip', ...NOW });
    expect(report.state).toBe('done');
    const given = JSON.parse(await sharedFile('vault.json').text()) as { items: { kind: string; id: string; header?: object; record?: object }[] };
    const { root, sessions } = (await contents()) as { root: { id: string; payload: object }[]; sessions: { id: string; header: object; records: { id: string; payload: object }[] }[] };
    const shown = sessions.flatMap(({ id, header, records }) => [{ id, is: header }, ...records.map((record) => ({ id: record.id, is: record.payload }))]);
    for (const { kind, id, header, record } of given.items) {
      if (kind === 'root') expect(root).toContainEqual({ id, payload: record });
      else expect(shown).toContainEqual({ id, is: header ?? record });
    }
  });

  it('done again finds everything there and adds nothing but its report', async () => {
    await taken(shared('claude.zip'));
    const before = await contents();
    const again = await taken(shared('claude.zip'));
    expect(again.counts['session']).toMatchObject({ created: 0 });
    expect(again.counts['notebook']).toMatchObject({ created: 0 });
    expect(again.items).toContainEqual({ kind: 'session', name: 'Talk', outcome: 'duplicate', reason: 'the same is there' });
    expect(await contents()).toEqual(before);
    expect(savedReports(vault)).toHaveLength(2);
  });

  it('tells another state of a session from the same one', async () => {
    await taken(journal(1));
    const { items } = await taken(journal(1, 'Other words.'));
    expect(items.filter(({ kind }) => kind === 'session')).toMatchObject([{ outcome: 'duplicate', reason: 'another state of it is there' }]);
  });

  it('with copies puts them beside what is there', async () => {
    await taken(journal(2));
    const report = await taken(journal(2), 'copy');
    expect(report.items.filter(({ outcome }) => outcome === 'copied')).toHaveLength(2);
    expect(vault.sessions().filter(({ trashedAt }) => trashedAt === null)).toHaveLength(5);
    expect(vault.notebooks()).toHaveLength(1);
  });

  it('that replaces puts what was there into the trash, also the second time', async () => {
    const exported = shared('vault.json');
    await taken(exported);
    const own = vault.sessions().length;
    for (let time = 1; time <= 2; time += 1) {
      const { counts } = await taken(exported, 'replace');
      expect(counts['session']).toMatchObject({ created: own - 1, duplicate: 0 });
    }
    expect(vault.sessions()).toHaveLength(own + 2 * (own - 1));
    expect(vault.sessions().some(({ title, trashedAt }) => title === 'Written before.' && trashedAt === null)).toBe(true);
  });

  it('of a session that takes several commits is whole', async () => {
    const report = await taken(conversation(300, 'word '.repeat(3_000)));
    expect(report).toMatchObject({ state: 'done', counts: { message: { created: 300 } } });
    expect(port.given.filter(({ kind }) => kind === 'parcel').length).toBeGreaterThan(2);
    const session = vault.sessions().find(({ title }) => title === 'Long');
    expect(await vault.open(session?.id ?? '')).toHaveLength(300);
  });

  it('leaves out what no vault can hold, with the reason, and takes in the rest', async () => {
    const deep = `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`;
    const header = { type: 'session', title: 'T', opening: '', preview: '', created_at: 1, updated_at: 1, zone: 'UTC', next_position: 0 };
    // The hashes of such an export cannot be right either: it is refused as a whole.
    const file = picked('x.json', `{"format":"inkvault-export/1","head":{},"items":[{"count":0,"header":${JSON.stringify(header).slice(0, -1)},"x":${deep}},"id":"${'1'.repeat(32)}","kind":"session","sha256":"${'0'.repeat(64)}"}],"end":{}}`);
    expect(await rejection(look(file))).toMatchObject({ message: 'x.json, item 1: it has a session that no vault can hold.' });
  });
});

describe('an import that breaks off', () => {
  /** Three commits, the first of them before a run looks for the first time whether it is cancelled. */
  const long = () => conversation(300, 'word '.repeat(3_000));

  async function finished(): Promise<void> {
    const report = await taken(long());
    expect(report).toMatchObject({ state: 'done', counts: { session: { read: 1 } } });
    const found = vault.sessions().filter(({ title }) => title === 'Long');
    expect(found).toHaveLength(1);
    const messages = await vault.open(found[0]?.id ?? '');
    expect(messages.map(({ text }) => text.split(' ').at(-1))).toEqual(Array.from({ length: 300 }, (_, index) => String(index)));
    expect(JSON.stringify(await contents())).not.toContain('"written"');
  }

  it('because it is cancelled, is whole and goes on where it ended', async () => {
    const stop = new AbortController();
    const plan = await planned(long());
    port.onGiven = ({ kind }) => { if (kind === 'parcel') stop.abort(); };
    const report = await run(plan, { duplicates: 'skip', signal: stop.signal });
    expect(report.state).toBe('cancelled');
    expect(savedReports(vault)).toMatchObject([{ state: 'cancelled' }]);
    const partly = vault.sessions().find(({ title }) => title === 'Long');
    expect(partly?.count).toBeGreaterThan(0);
    expect(partly?.count).toBeLessThan(300);
    await finished();
    expect(savedReports(vault)).toMatchObject([{ state: 'done' }]);
  });

  it('because the service is away, says so and goes on when it is back', async () => {
    const plan = await planned(long());
    let commits = 0;
    scene.service.before = ({ path }) => {
      if (path === '/commits' && (commits += 1) > 2) throw new TypeError('network');
    };
    expect(await rejection(run(plan, { duplicates: 'skip', ...NOW }))).toBeInstanceOf(UnavailableError);
    scene.service.before = () => undefined;
    await finished();
  });

  it('because an answer was lost, takes nothing in twice', async () => {
    const plan = await planned(journal(2));
    scene.service.after = ({ path }) => {
      if (path === '/commits') throw new TypeError('network');
    };
    expect(await rejection(run(plan, { duplicates: 'skip', ...NOW }))).toBeInstanceOf(UnavailableError);
    scene.service.after = () => undefined;
    await taken(journal(2));
    expect(vault.sessions()).toHaveLength(3);
    expect(savedReports(vault)).toMatchObject([{ state: 'done' }]);
  });

  it('because the worker went down, too', async () => {
    const plan = await planned(long());
    port.onGiven = ({ kind }) => { if (kind === 'parcel') queueMicrotask(() => port.breakDown()); };
    expect(await rejection(run(plan, { duplicates: 'skip', ...NOW }))).toMatchObject({ message: expect.stringContaining('what was taken in is whole') as string });
    await vault.refresh();
    await finished();
  });

  it('because the vault is locked, writes no more', async () => {
    const plan = await planned(long());
    port.onGiven = ({ kind }) => { if (kind === 'parcel') void vault.lock(); };
    expect(await rejection(run(plan, { duplicates: 'skip', ...NOW }))).toBeInstanceOf(LockedError);
    expect(port.isEnded).toBe(true);
  });
});

describe('what does not come out even', () => {
  it('fails the import, with its report', async () => {
    const plan = await planned(journal(3));
    scene.service.traffic();
    port.onGiven = (message) => {
      if (message.kind === 'check') (message.expected as Map<string, number>).set('f'.repeat(32), 1);
    };
    const error = await rejection(run(plan, { duplicates: 'skip', ...NOW }));
    expect(error).toBeInstanceOf(FailedImportError);
    expect((error as FailedImportError).report.state).toBe('failed');
    expect(savedReports(vault)).toMatchObject([{ state: 'failed' }]);
    await vault.write({ text: 'The vault goes on.', ...begins(9) });
  });

  it('is not tried twice with one preview', async () => {
    const plan = await planned(journal(1));
    await run(plan, { duplicates: 'skip', ...NOW });
    expect(await rejection(run(plan, { duplicates: 'skip', ...NOW }))).toBeInstanceOf(UsageError);
  });
});

it('knows no more sessions than it can hold at once', async () => {
  const source = await openSource([picked('x.json', 'x')]);
  const header = emptySession(1, 'UTC');
  const reader = foreignReader({
    name: 'chat', detect: () => Promise.resolve(100),
    async *read() {
      for (let number = 0; ; number += 1) yield { is: 'session', id: number.toString(16), header, records: [] } as const;
    },
  });
  const job = { source, reader, options: { zone: 'UTC', now: 0, secret: null }, isCancelled: () => false, onProgress: () => undefined };
  const error = await rejection(previewSource(job, vault.receiver().known()));
  expect(error).toMatchObject({ message: `This holds more than ${MAX_SESSIONS.toLocaleString('en')} sessions; import it in parts.` });
}, SLOW);

it('takes in a zip that holds folders and hidden files', async () => {
  const report = await taken(zipFile('notes.zip', { 'A/one.md': 'One', 'A/.hidden.md': 'x', '__MACOSX/._one.md': 'x', 'B/two.md': 'Two' }));
  expect(report.counts).toMatchObject({ session: { created: 2 }, notebook: { created: 2 } });
});
