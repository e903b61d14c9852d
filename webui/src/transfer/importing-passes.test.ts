/** What becomes of items: created, there already, copied, replaced, gone on with; in a vault of plain maps. */
import { describe, expect, it } from 'vitest';
import { knownSession, type Known, type Parcel } from '../client/parcels.ts';
import { encode, type Payload } from '../core/canonical.ts';
import { emptySession, headerPayload, messagePayload, parseSession, plainMessage, type SessionHeader } from '../core/model.ts';
import { NO_SETTINGS, parseRootRecord, rootRecordPayload, type Notebook, type RootRecord } from '../core/rootrecords.ts';
import { rejection } from '../client/testing/scenario.ts';
import { EMPTY_DIGEST } from './document.ts';
import { MAX_BODY_BYTES } from '../wire/limits.ts';
import { previewSource, runSource, type Job, type Planned, type Ran, type Receiving } from './importing-passes.ts';
import { openSource } from './opening.ts';
import { READERS } from './readers/all.ts';
import { chooseReader, skipped, type Duplicates, type Read, type Reader, type RecordRead, type RootRead, type SessionRead } from './reading.ts';
import { reportOf, type Report } from './report.ts';
import { SourceError, type PickedFile } from './sources.ts';
import { jsonFile, picked } from './testing/imports.ts';

const VAULT = 'e'.repeat(32);
const NOTEBOOK = 'a'.repeat(32);
const id = (number: number) => number.toString(16).padStart(32, '0');

class GoneError extends Error {}

/** Takes what a vault takes, a commit as a whole or not at all. */
class Shop implements Receiving {
  readonly sessions = new Map<string, { header: Payload; records: Map<string, Payload> }>();
  readonly root = new Map<string, Payload>();
  /** Commits until it is away, once. */
  left = Infinity;
  loses = 0;

  known(): Known {
    return {
      vaultId: VAULT,
      sessions: [...this.sessions].map(([sessionId, { header, records }]) => knownSession(sessionId, parseSession({ ...header, count: records.size, digest: EMPTY_DIGEST }))),
      root: [...this.root].map(([recordId, payload]) => ({ id: recordId, payload })),
    };
  }

  now(): number {
    return 77;
  }

  async take({ sessions, root, trash }: Parcel): Promise<void> {
    await Promise.resolve();
    this.left -= 1;
    if (this.left < 0) throw new GoneError();
    for (const { id: sessionId, header, records } of structuredClone(sessions)) {
      const before = this.sessions.get(sessionId)?.records ?? new Map<string, Payload>();
      for (const record of records.slice(0, records.length - this.loses)) {
        expect(before.has(record.id)).toBe(false);
        before.set(record.id, record.payload);
      }
      this.sessions.set(sessionId, { header, records: before });
    }
    for (const { id: recordId, payload } of root) this.root.set(recordId, payload);
    for (const sessionId of trash) {
      const session = this.sessions.get(sessionId);
      if (session !== undefined) session.header = { ...session.header, trashed_at: 77 };
    }
  }

  lacking(expected: ReadonlyMap<string, number>): Promise<string | null> {
    const found = [...expected].find(([sessionId, count]) => (this.sessions.get(sessionId)?.records.size ?? -1) < count);
    return Promise.resolve(found?.[0] ?? null);
  }

  /** Titles and texts, without what is in the trash. */
  get shown(): string[][] {
    const kept = [...this.sessions.values()].filter(({ header }) => header['trashed_at'] === undefined);
    return kept.map(({ header, records }) => [String(header['title']), ...[...records.values()].map((payload) => String(payload['text']))]).sort();
  }

  get reports(): Report[] {
    return [...this.root.values()].filter(({ type }) => type === 'report').map(reportOf);
  }
}

function session(number: number, count: number, text = 'Text', change: Partial<SessionHeader> = {}): SessionRead {
  const header = { ...emptySession(number, 'UTC'), title: `Session ${number}`, nextPosition: count, ...change };
  const records = Array.from({ length: count }, (_, position) => ({
    id: id(1_000 * number + position + 1), payload: messagePayload(plainMessage({ role: 'writer', text: `${text} ${position}`, position, createdAt: number, zone: 'UTC' })),
  }));
  return { is: 'session', id: id(number), header, records };
}

/** With the bytes of its records, as readers of our own layouts give them. */
function encoded(item: SessionRead): SessionRead {
  return { ...item, records: [...item.records as Iterable<RecordRead>].map((record) => ({ ...record, data: encode(record.payload) })) };
}

function root(recordId: string, record: RootRecord): RootRead {
  return { is: 'root', id: recordId, record, payload: rootRecordPayload(record) };
}

function notebook(title: string): Notebook {
  const record = parseRootRecord({ type: 'notebook', title, kind: 'project', created_at: 1, updated_at: 2, zone: 'UTC' });
  if (record?.type !== 'notebook') throw new Error('no notebook');
  return record;
}

/** A reader of our own layout that gives these items. */
async function jobOf(items: () => Iterable<Read>, isCancelled = () => false): Promise<Job> {
  const reader: Reader = {
    name: 'inkvault', keepsIds: true, isSealed: false, detect: () => Promise.resolve(100),
    async *read() { yield* items(); },
  };
  return { source: await openSource([picked('items.json', 'x')]), reader, options: { zone: 'UTC', now: 5, secret: null }, isCancelled, onProgress: () => undefined };
}

async function go(shop: Shop, job: Job, duplicates: Duplicates = 'skip'): Promise<Ran & { planned: Planned; counts: Report['counts'] }> {
  const planned = await previewSource(job, shop.known());
  const ran = await runSource(job, planned, duplicates, shop.known(), shop);
  return { ...ran, planned, counts: reportOf(ran.report.fields()).counts };
}

async function foreignJob(file: PickedFile): Promise<Job> {
  const source = await openSource([file]);
  return { source, reader: await chooseReader(READERS, source), options: { zone: 'UTC', now: 5, secret: null }, isCancelled: () => false, onProgress: () => undefined };
}

const created = (number: number) => ({ read: number, created: number, duplicate: 0, skipped: 0 });

describe('our own', () => {
  it('keeps ids and all fields as they are', async () => {
    const shop = new Shop();
    const item = session(5, 2, 'Text', { archivedAt: 5, helper: 'Ada', pinned: true, extra: { from_the_future: [1] } });
    const drawing = { id: 'f'.repeat(32), payload: { type: 'drawing', lines: 3 } };
    const whole = { ...item, records: [...(item.records as []), drawing] };
    const { report, counts } = await go(shop, await jobOf(() => [root(NOTEBOOK, notebook('Book')), root('b'.repeat(32), { ...NO_SETTINGS, continueMinutes: 9 }), whole]));
    expect(report.state).toBe('done');
    expect(counts).toEqual({ notebook: created(1), settings: created(1), session: created(1), message: created(3) });
    const { count: _, digest: __, ...header } = headerPayload(item.header);
    expect(shop.sessions.get(item.id)?.header).toEqual(header);
    expect([...shop.sessions.get(item.id)?.records ?? []]).toEqual(whole.records.map((record) => [record.id, record.payload]));
    expect(shop.root.get(NOTEBOOK)).toEqual(rootRecordPayload(notebook('Book')));
  });

  it('finds its notebook when that was taken in anew', async () => {
    const shop = new Shop();
    const items = (title: string) => () => [root(NOTEBOOK, notebook(title)), session(1, 1, title, { notebook: NOTEBOOK })];
    await go(shop, await jobOf(items('First')));
    await go(shop, await jobOf(items('Second')), 'copy');
    const titles = [...shop.sessions.values()].map(({ header, records }) => [shop.root.get(String(header['notebook']))?.['title'], [...records.values()][0]?.['text']]);
    expect(titles).toEqual([['First', 'First 0'], ['Second', 'Second 0']]);
  });

  it('names the copy of the programme that its copied notebook follows', async () => {
    const shop = new Shop();
    const template = (title: string) => {
      const record = parseRootRecord({ type: 'template', title, created_at: 1, updated_at: 2, zone: 'UTC', phases: [{ title: 'One', prompt: '', minutes: 1 }] });
      if (record?.type !== 'template') throw new Error('no template');
      return root('c'.repeat(32), record);
    };
    const items = (title: string) => () => [template(title), root(NOTEBOOK, { ...notebook(title), programme: 'c'.repeat(32) })];
    await go(shop, await jobOf(items('First')));
    await go(shop, await jobOf(items('Second')), 'copy');
    const copied = [...shop.root].find(([recordId, { title }]) => title === 'Second' && recordId !== NOTEBOOK && shop.root.get(recordId)?.['type'] === 'notebook');
    expect(shop.root.get(String(copied?.[1]['programme']))).toMatchObject({ type: 'template', title: 'Second' });
  });

  it('that replaces leaves a notebook and what was written into it since', async () => {
    const shop = new Shop();
    const items = (title: string) => () => [root(NOTEBOOK, notebook(title)), session(1, 1, title, { notebook: NOTEBOOK })];
    await go(shop, await jobOf(items('First')));
    await go(shop, await jobOf(() => [session(2, 1, 'since', { notebook: NOTEBOOK })]));
    const { counts } = await go(shop, await jobOf(items('Second')), 'replace');
    expect(counts).toMatchObject({ notebook: { created: 0, duplicate: 1 }, session: { created: 1 } });
    expect(shop.shown).toEqual([['Session 1', 'Second 0'], ['Session 2', 'since 0']]);
    expect(shop.root.get(NOTEBOOK)).toMatchObject({ title: 'First' });
  });

  it('that replaces again and again leaves one out of the trash', async () => {
    const shop = new Shop();
    for (const text of ['One', 'Two', 'Three']) await go(shop, await jobOf(() => [session(1, 1, text, { updatedAt: text.length })]), 'replace');
    expect(shop.shown).toEqual([['Session 1', 'Three 0']]);
    expect(shop.sessions.size).toBe(3);
  });

  it('replaces other settings only when the writer says so', async () => {
    const shop = new Shop();
    shop.root.set('0'.repeat(31) + '1', { type: 'settings', continue_minutes: 7 });
    const job = await jobOf(() => [root('b'.repeat(32), { ...NO_SETTINGS, continueMinutes: 9 })]);
    expect((await go(shop, job)).counts['settings']).toEqual({ read: 1, created: 0, duplicate: 1, skipped: 0 });
    await go(shop, job, 'replace');
    expect([...shop.root.values()].filter(({ type }) => type === 'settings')).toEqual([{ type: 'settings', continue_minutes: 9 }]);
  });

  it('leaves what tells of the vault itself with its vault', async () => {
    const shop = new Shop();
    const items = ['report', 'backup'].map((type, index): RootRead => {
      const payload = { type, begun_at: 1 };
      return { is: 'root', id: id(index + 1), payload, record: parseRootRecord(payload) };
    });
    expect((await go(shop, await jobOf(() => items))).counts['record']).toEqual({ read: 2, created: 0, duplicate: 0, skipped: 2 });
  });

  it('cannot take the place of the vault itself', async () => {
    const { counts } = await go(new Shop(), await jobOf(() => [{ ...session(1, 0), id: VAULT }]));
    expect(counts['session']).toEqual({ read: 1, created: 0, duplicate: 0, skipped: 1 });
  });
});

it('leaves out what no vault can hold, and takes all else', async () => {
  const shop = new Shop();
  const bad = session(1, 1, 'x', { extra: { 'Bad Name': 1 } });
  const { report, counts } = await go(shop, await jobOf(() => [bad, session(2, 1, 'x'.repeat(3_000_000)), session(3, 1)]));
  expect(report.state).toBe('done');
  expect(counts['session']).toEqual({ read: 3, created: 1, duplicate: 0, skipped: 2 });
  expect(reportOf(report.fields()).items.map(({ reason }) => reason)).toEqual(['it says something that no vault can hold', 'a part of it is larger than 2031616 bytes']);
  expect(shop.shown).toEqual([['Session 3', 'Text 0']]);
});

it('takes one item that is twice in a source once', async () => {
  const entry = (uuid: string) => ({ uuid, creationDate: '2024-05-01T10:00:00Z', text: 'Words.' });
  const shop = new Shop();
  const { counts } = await go(shop, await foreignJob(jsonFile('J.json', { metadata: {}, entries: [entry('1'), entry('1'), entry('2')] })));
  expect(counts['session']).toEqual({ read: 3, created: 2, duplicate: 1, skipped: 0 });
});

it('counts what is skipped, of any kind', async () => {
  const { counts } = await go(new Shop(), await jobOf(() => [skipped('x', 'it is odd', 'message'), skipped('y', 'it is odd', 'notebook')]));
  expect(counts).toMatchObject({ message: { read: 1, skipped: 1 }, notebook: { read: 1, skipped: 1 } });
});

it('knows a source without times again at another moment', async () => {
  const digest = async (now: number) => {
    const job = await jobOf(() => [session(1, 1, 'Text', { createdAt: now, updatedAt: now })]);
    return (await previewSource({ ...job, options: { ...job.options, now } }, new Shop().known())).digest;
  };
  expect(await digest(5_000)).toBe(await digest(6_000));
});

it.each([0, 3])('takes in an empty export (of %d notes)', async (notes) => {
  const items = Array.from({ length: notes }, (_, index): Read => ({ is: 'note', name: String(index), doubt: 'cut', detail: '' }));
  const { report, counts } = await go(new Shop(), await jobOf(() => items));
  expect(report.state).toBe('done');
  expect(counts).toEqual({});
});

describe('what does not come out even fails the import', () => {
  it('when the source is not what it was', async () => {
    const shop = new Shop();
    const given = [[session(1, 1)], [session(1, 1), session(2, 1)]];
    const { fault } = await go(shop, await jobOf(() => given.shift() ?? []));
    expect(fault).toContain('not what it was');
    expect(shop.reports.map(({ state }) => state)).toEqual(['failed']);
  });

  it('when it breaks in the second reading', async () => {
    let times = 0;
    const shop = new Shop();
    const { fault } = await go(shop, await jobOf(function* items() {
      times += 1;
      yield session(1, 1);
      if (times > 1) throw new SourceError('It is damaged.');
    }));
    expect(fault).toBe('The source could be read before, but not again: It is damaged.');
    expect(shop.reports.map(({ state }) => state)).toEqual(['failed']);
  });

  it('when the vault has lost messages', async () => {
    const shop = new Shop();
    shop.loses = 1;
    expect((await go(shop, await jobOf(() => [session(1, 2)]))).fault).toContain('not there with all');
  });
});

it('fits replaced sessions with large headers into its commits', async () => {
  const sizeOf = (header: Payload | undefined) => (header === undefined ? 0 : encode(header).length);
  class Measured extends Shop {
    largest = 0;

    override take(parcel: Parcel): Promise<void> {
      const headers = [...parcel.sessions.map(({ header }) => header), ...parcel.trash.map((each) => this.sessions.get(each)?.header)];
      this.largest = Math.max(this.largest, 4 / 3 * headers.reduce((sum, header) => sum + sizeOf(header), 0));
      return super.take(parcel);
    }
  }
  const shop = new Measured();
  const job = await jobOf(() => Array.from({ length: 180 }, (_, number) => session(number + 1, 0, '', { extra: { told: 'x'.repeat(40_000) } })));
  await go(shop, job);
  expect((await go(shop, job, 'replace')).counts['session']).toEqual(created(180));
  expect(shop.sessions.size).toBe(360);
  expect(shop.shown).toHaveLength(180);
  expect(shop.largest).toBeLessThan(MAX_BODY_BYTES);
});

it('has a session in its sums that is half in when it is cancelled', async () => {
  const shop = new Shop();
  let asked = 0;
  // Twice in the preview, before the session, then after each 256 messages.
  const { report, counts } = await go(shop, await jobOf(() => [session(1, 300)], () => (asked += 1) > 3));
  expect(report.state).toBe('cancelled');
  expect(counts).toEqual({ session: created(1), message: created(256) });
  expect(shop.shown[0]).toHaveLength(257);
  expect((await go(shop, await jobOf(() => [session(1, 300)]))).counts['message']).toEqual({ read: 300, created: 44, duplicate: 256, skipped: 0 });
});

describe.each(['skip', 'copy', 'replace'] as const)('broken off, with %s for duplicates,', (duplicates) => {
  /** Three commits and a bit each. */
  const text = 'x'.repeat(300_000);
  const all = [root(NOTEBOOK, notebook('Book')), encoded(session(1, 14, text, { notebook: NOTEBOOK })), encoded(session(2, 14, text)), session(3, 1)];
  const items = () => all;
  /** Another state of all of it was there, and of one more. */
  async function begun(): Promise<Shop> {
    const shop = new Shop();
    if (duplicates !== 'skip') await go(shop, await jobOf(() => [1, 2, 3, 4].map((number) => session(number, 1, 'before', { updatedAt: 1 }))));
    return shop;
  }

  const texts = (count: number) => Array.from({ length: count }, (_, position) => `${text} ${position}`);
  function check(shop: Shop): void {
    const taken = [['Session 1', ...texts(14)], ['Session 2', ...texts(14)], ['Session 3', 'Text 0']];
    const before = { skip: [], copy: [1, 2, 3, 4], replace: [4] }[duplicates].map((number) => [`Session ${number}`, 'before 0']);
    expect(shop.shown.map((row) => row.map((each) => each.slice(-12))).sort()).toEqual([...taken, ...before].map((row) => row.map((each) => each.slice(-12))).sort());
    expect(JSON.stringify([...shop.sessions.values()].map(({ header }) => header))).not.toContain('"written"');
    expect([...shop.root.values()].filter(({ type }) => type === 'notebook')).toHaveLength(1);
    const [last] = shop.reports.slice(-1);
    expect(last?.state).toBe('done');
  }

  it.each([0, 1, 2, 3, 4, 5])('after %d commits, is gone on with', async (commits) => {
    const shop = await begun();
    const job = await jobOf(items);
    shop.left = commits;
    const error = await rejection(go(shop, job, duplicates).then((ran) => { throw new Error(ran.report.state); }));
    if (error instanceof GoneError) {
      shop.left = Infinity;
      expect((await go(shop, job, duplicates)).fault).toBeNull();
    }
    check(shop);
  });

  it('by the writer, is gone on with', async () => {
    const shop = await begun();
    let isCancelled = false;
    const job = await jobOf(items, () => isCancelled);
    const planned = await previewSource(job, shop.known());
    const stopping: Receiving = {
      now: () => 1, lacking: (expected) => shop.lacking(expected),
      take: async (parcel) => { await shop.take(parcel); isCancelled = true; },
    };
    expect((await runSource(job, planned, duplicates, shop.known(), stopping)).report.state).toBe('cancelled');
    expect(shop.reports.at(-1)?.state).toBe('cancelled');
    isCancelled = false;
    expect((await go(shop, job, duplicates)).fault).toBeNull();
    check(shop);
  });

  it('is not gone on with by a source that was edited since', async () => {
    const shop = await begun();
    shop.left = 2;
    await rejection(go(shop, await jobOf(items), duplicates));
    shop.left = Infinity;
    await go(shop, await jobOf(() => [session(1, 14, text.replace('x', 'y'), { notebook: NOTEBOOK })]), duplicates);
    for (const row of shop.shown) expect(new Set(row.slice(1).map((each) => each.charAt(0))).size).toBeLessThanOrEqual(1);
  });
});
