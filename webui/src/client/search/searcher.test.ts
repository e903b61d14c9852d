/** Searching an open vault: over an honest service and a lying one, until the lock. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HostileDataError, LockedError } from '../../errors.ts';
import { frame, Frames, type Shown } from '../testing/frames.ts';
import { begin, begins, hurry, KNOWN, recordId, soon, unlock } from '../testing/scenario.ts';
import type { Vault } from '../vault.ts';
import type { FromWorker, ToWorker } from './port.ts';
import { serveSearch } from './serving.ts';
import type { SearchUpdate } from './types.ts';

/** The real worker's work, in this thread: what goes in and out is cloned, as between threads. */
class WorkerHere {
  static all: WorkerHere[] = [];
  static asked: ToWorker['kind'][] = [];
  onmessage: ((event: { readonly data: FromWorker }) => void) | null = null;
  onerror: ((event: { readonly message: string }) => void) | null = null;
  isEnded = false;
  readonly #take = serveSearch((message) => this.#later(() => this.onmessage?.({ data: structuredClone(message) })));

  constructor() {
    WorkerHere.all.push(this);
  }

  postMessage(message: ToWorker, transfer: Transferable[]): void {
    const data = structuredClone(message, { transfer });
    WorkerHere.asked.push(data.kind);
    this.#later(() => this.#take(data));
  }

  terminate(): void {
    this.isEnded = true;
  }

  #later(work: () => void): void {
    setTimeout(() => {
      if (!this.isEnded) work();
    });
  }
}

beforeEach(() => {
  hurry();
  WorkerHere.all = [];
  WorkerHere.asked = [];
  vi.stubGlobal('Worker', WorkerHere);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** Every answer from now on; ended by the test. */
function look(vault: Vault, text: string) {
  const updates: SearchUpdate[] = [];
  const ending = new AbortController();
  vault.searcher().query(text, (update) => updates.push(update), ending.signal);
  const last = () => updates.at(-1);
  const settled = () => soon(() => {
    expect(last()?.progress).toBe(1);
    return last() as SearchUpdate;
  });
  return { updates, ending, last, settled };
}

const found = ({ hits }: SearchUpdate) => hits.flatMap(({ messageId }) => messageId ?? []).sort();

async function stocked() {
  const scene = await begin();
  for (let n = 1; n <= 5; n += 1) await scene.vault.write({ text: `Regen und Schnee, Nummer ${n}`, ...begins(n) });
  return scene;
}

it('finds what was written before, and what is written and changed meanwhile', async () => {
  const { vault } = await stocked();
  const search = look(vault, 'schnee');
  expect(found(await search.settled())).toEqual([1, 2, 3, 4, 5].map(recordId));
  const { sessionId } = await vault.write({ text: 'mehr Schnee', ...begins(6) });
  await soon(() => expect(found(search.last()!)).toContain(recordId(6)));
  await vault.editMessage(sessionId, recordId(6), 'mehr Sonne');
  await soon(() => expect(found(search.last()!)).not.toContain(recordId(6)));
  await vault.change([sessionId], { title: 'Schneeball' });
  await soon(() => expect(search.last()?.hits[0]).toMatchObject({ where: 'title', sessionId }));
  search.ending.abort();
});

it('finds what another device writes, once the page has seen it', async () => {
  const { vault, device, service } = await stocked();
  const other = await unlock(device.tab(service.fetch));
  const search = look(vault, 'nachts');
  expect(found(await search.settled())).toEqual([]);
  await other.write({ text: 'nachts', ...begins(7) });
  await vault.refresh();
  await soon(() => expect(found(search.last()!)).toEqual([recordId(7)]));
});

it('finds what another device wrote between unlocking and the search', async () => {
  const { vault, device, service } = await stocked();
  const other = await unlock(device.tab(service.fetch));
  await other.write({ text: 'nachts', ...begins(7) });
  await other.write({ text: 'nachts auch hier', sessionId: begins(1).newSessionId, recordId: recordId(8) });
  const search = look(vault, 'nachts');
  await soon(() => expect(found(search.last()!)).toEqual([recordId(7), recordId(8)]));
});

it('forgets what was erased, with the memory it was in, and looks again in the rest', async () => {
  const { vault } = await stocked();
  const search = look(vault, 'schnee');
  await search.settled();
  const plan = await vault.planErasure({ kind: 'sessions', ids: [begins(1).newSessionId] }, new AbortController().signal);
  await vault.orderErasure(plan, await vault.authorise(KNOWN));
  await soon(() => expect(found(search.last()!)).toEqual([2, 3, 4, 5].map(recordId)));
  expect(WorkerHere.all.map(({ isEnded }) => isEnded)).toEqual([true, false]);
});

it('reads the vault once, however much is asked', async () => {
  const { vault, service } = await stocked();
  service.traffic();
  for (const text of ['s', 'sc', 'sch']) look(vault, text);
  await look(vault, 'schn').settled();
  await look(vault, 'schnee').settled();
  expect(service.traffic().filter((path) => path.includes('/snapshot'))).toHaveLength(1);
  expect(WorkerHere.all).toHaveLength(1);
});

it('answers only the newest question, and none after it was taken back', async () => {
  const { vault } = await stocked();
  const first = look(vault, 'regen');
  const second = look(vault, 'nummer');
  await second.settled();
  expect(first.updates).toEqual([]);
  second.ending.abort();
  const before = second.updates.length;
  await vault.write({ text: 'Nummer 9', ...begins(9) });
  await look(vault, 'regen').settled();
  expect(second.updates).toHaveLength(before);
});

it('ends with the lock, texts and keys with it', async () => {
  const { vault } = await stocked();
  const search = look(vault, 'schnee');
  await search.settled();
  await vault.lock();
  expect(WorkerHere.all.map(({ isEnded }) => isEnded)).toEqual([true]);
  expect(() => vault.searcher()).toThrow(LockedError);
});

it('begins with another worker when one breaks down', async () => {
  const { vault } = await stocked();
  const search = look(vault, 'schnee');
  await search.settled();
  WorkerHere.all[0]?.onerror?.({ message: 'out of memory' });
  expect(search.last()).toMatchObject({ hits: [], notes: ['incomplete'] });
  expect(found(await look(vault, 'schnee').settled())).toHaveLength(5);
  expect(WorkerHere.all.map(({ isEnded }) => isEnded)).toEqual([true, false]);
});

describe('a service that', () => {
  it('is away leaves the answer incomplete, and is asked again with the next question', async () => {
    const { vault, service } = await stocked();
    service.before = ({ path }) => {
      if (path.endsWith('/snapshot')) throw new TypeError('no network');
    };
    const search = look(vault, 'schnee');
    await soon(() => expect(search.last()?.notes).toEqual(['incomplete']));
    service.before = () => undefined;
    expect(found(await look(vault, 'schnee').settled())).toHaveLength(5);
  });

  it.each([
    ['changes a byte', (shown: Shown[]) => shown.map((each) => JSON.parse(JSON.stringify(each).replace(/("envelope":".{100})./, '$1_').replace(/("envelope":".{101})./, '$1-')) as Shown)],
    ['leaves a record out', (shown: Shown[]) => withoutOne(shown, 'record')],
    ['leaves a session out', (shown: Shown[]) => withoutOne(shown, 'container')],
    ['sends something else', () => [frame(9)]],
  ])('%s is found out, and nothing is opened any more', async (_, lie) => {
    const { vault, service } = await stocked();
    service.lie = ({ path }, answer) => (path.endsWith('/snapshot') ? new Frames(lie((answer as Frames).shown)) : answer);
    look(vault, 'schnee');
    await soon(() => expect(() => vault.sessions()).toThrow(HostileDataError));
  });

  it('has ended the login locks the page', async () => {
    const { vault, service } = await stocked();
    service.logins.clear();
    const locked = new Promise((resolve) => vault.onLocked(resolve));
    look(vault, 'schnee');
    expect(await locked).toBe('ended');
  });
});

/** The frames without the first session or record, with an end that fits. */
function withoutOne(all: Shown[], kind: string): Shown[] {
  const at = all.findIndex((line, index) => line.kind === kind && (kind === 'record' || all[index + 1]?.kind === 'record'));
  const gone = kind === 'record' ? 1 : 2;
  const left = [...all.slice(0, at), ...all.slice(at + gone)];
  const count = (what: string) => left.filter((line) => line.kind === what).length;
  return left.map((line) => (line.kind === 'end' ? { ...line, containers: count('container'), records: count('record') } : line));
}
