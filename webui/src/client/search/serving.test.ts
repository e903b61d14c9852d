/** What the worker answers about the texts it was given. */
import { beforeEach, describe, expect, it } from 'vitest';
import { soon } from '../testing/scenario.ts';
import type { FromWorker, NotebookSeed, Said, SessionSeed, ToWorker } from './port.ts';
import { serveSearch } from './serving.ts';
import type { Hit, SearchUpdate } from './types.ts';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 2, 14, 12);

function session(id: string, fields: Partial<SessionSeed> = {}): SessionSeed {
  return {
    id, count: 1, title: `Session ${id}`, tags: [], notebookId: null, pinned: false, archivedAt: null, trashedAt: null,
    activeAt: NOW, zone: 'UTC', digest: 1n, ...fields,
  };
}

function notebook(id: string, fields: Partial<NotebookSeed> = {}): NotebookSeed {
  return { id, title: 'Notebook', notes: '', archivedAt: null, trashedAt: null, updatedAt: NOW, zone: 'UTC', ...fields };
}

function message(id: string, text: string, fields: Partial<Said> = {}): Said {
  return { id, role: 'writer', text, createdAt: NOW, zone: 'UTC', trashedAt: null, ...fields };
}

let take: (message: ToWorker) => void;
let updates: SearchUpdate[];
let asked = 0;

beforeEach(() => {
  updates = [];
  take = serveSearch((answer: FromWorker) => {
    if (answer.kind === 'update') updates.push(answer.update);
  });
});

function tell(sessions: readonly SessionSeed[], said: Readonly<Record<string, readonly Said[]>> = {}, notebooks: readonly NotebookSeed[] = []) {
  take({ kind: 'know', sessions, notebooks });
  for (const [sessionId, messages] of Object.entries(said)) take({ kind: 'said', sessionId, digest: 1n, messages });
}

async function ask(text: string): Promise<SearchUpdate> {
  const before = updates.length;
  take({ kind: 'query', number: (asked += 1), text });
  await soon(() => expect(updates.length).toBeGreaterThan(before));
  return updates[before] as SearchUpdate;
}

const shown = ({ snippet, spans }: Hit) => spans.map(([start, end]) => snippet.slice(start, end));
const places = ({ hits }: SearchUpdate) => hits.map(({ where, sessionId, notebookId, messageId }) => `${where} ${messageId ?? sessionId ?? notebookId}`);

it('finds titles, tags, notes and texts, those of messages last and latest first', async () => {
  tell(
    [session('a', { title: 'Rain', tags: ['rain'], activeAt: NOW - DAY_MS }), session('b', { title: 'Sun' })],
    { a: [message('m1', 'the rain'), message('m2', 'RAIN again', { createdAt: NOW + 1 })], b: [message('m3', 'no drop')] },
    [notebook('n', { title: 'Rainy days', notes: 'when it rains' })],
  );
  const update = await ask('rain');
  expect(places(update)).toEqual(['title n', 'notes n', 'title a', 'tag a', 'text m2', 'text m1']);
  expect(update.total).toBe(6);
  expect(update.hits.flatMap(shown).map((part) => part.toLowerCase())).toEqual(Array(6).fill('rain'));
});

it('wants all words in one text', async () => {
  tell([session('a', { title: 'Berlin' })], { a: [message('m1', 'Anna in Berlin'), message('m2', 'Anna'), message('m3', 'anna and berlin')] });
  expect(places(await ask('anna berlin'))).toEqual(['text m1', 'text m3']);
  expect(places(await ask('"in berlin"'))).toEqual(['text m1']);
});

describe('filters', () => {
  beforeEach(() => tell(
    [
      session('a', { title: 'A', tags: ['Sea'], notebookId: 'n', pinned: true }),
      session('b', { title: 'B', archivedAt: 1 }),
      session('c', { title: 'C', trashedAt: 1 }),
    ],
    {
      a: [message('m1', 'wave', { createdAt: NOW - 40 * DAY_MS }), message('m2', 'wave', { role: 'helper' })],
      b: [message('m3', 'wave')],
      c: [message('m4', 'wave')],
    },
    [notebook('n', { title: 'Journey to Lisbon' })],
  ));

  it.each([
    ['wave', ['m1', 'm2', 'm3']],
    ['wave tag:sea', ['m1', 'm2']],
    ['wave in:lisbon', ['m1', 'm2']],
    ['wave in:"to lisbon" role:helper', ['m2']],
    ['wave before:2026-03', ['m1']],
    ['wave after:2026-03-14 is:pinned', ['m2']],
    ['wave is:archived', ['m3']],
    ['wave is:trashed', ['m4']],
    ['wave before:soon', ['m1', 'm2', 'm3']],
  ])('%s', async (text, expected) => {
    const { hits } = await ask(text);
    expect(hits.map(({ messageId }) => messageId).sort()).toEqual(expected);
  });

  it('alone name the sessions', async () => expect(places(await ask('tag:sea'))).toEqual(['title a']));
  it('that cannot be read are named', async () => expect((await ask('before:soon')).notes).toEqual(['bad_date:soon']));
});

it('counts all hits and gives the latest 200', async () => {
  const many = Array.from({ length: 5_000 }, (_, index) => message(`m${index}`, 'word', { createdAt: NOW + index }));
  tell([session('a')], { a: many });
  const { hits, total } = await ask('word');
  expect(total).toBe(5_000);
  expect(hits.map(({ at }) => at)).toEqual(Array.from({ length: 200 }, (_, index) => NOW + 4_999 - index));
});

it('cuts a snippet around the first place, in any script', async () => {
  const filler = 'अनुच्छेद と 私は e\u0301t\u00e9 ﬁ 😀 '.repeat(500);
  tell([session('a')], { a: [message('m1', `${filler}needle\n\n  in the  hay ${filler}`)] });
  const { hits: [hit] } = await ask('needle hay');
  expect(hit?.snippet).toMatch(/^….*needle in the hay .*…$/);
  expect(hit?.snippet.length).toBeLessThan(260);
  expect(hit && shown(hit)).toEqual(['needle', 'hay']);
});

it('keeps out what is in the trash, and messages that are not the newest', async () => {
  tell([session('a', { digest: 2n })], { a: [message('m1', 'word')] });
  expect((await ask('word')).total).toBe(0);
  take({ kind: 'said', sessionId: 'a', digest: 2n, messages: [message('m1', 'word', { trashedAt: 1 }), message('m2', 'word')] });
  expect(places(await ask('word'))).toEqual(['text m2']);
});

it('answers again when texts come, until they all have', async () => {
  tell([session('a'), session('b')], { a: [message('m1', 'word')] });
  const first = await ask('word');
  expect(first).toMatchObject({ total: 1, progress: 0.5 });
  take({ kind: 'said', sessionId: 'b', digest: 1n, messages: [message('m2', 'word')] });
  take({ kind: 'settled', isWhole: true });
  await soon(() => expect(updates.at(-1)).toMatchObject({ total: 2, progress: 1, notes: [] }));
  take({ kind: 'settled', isWhole: false });
  await soon(() => expect(updates.at(-1)).toMatchObject({ progress: 1, notes: ['incomplete'] }));
});

it('leaves a search for the newer one', async () => {
  const sessions = Array.from({ length: 3_000 }, (_, index) => session(`s${index}`));
  tell(sessions, Object.fromEntries(sessions.map(({ id }) => [id, [message(`m${id}`, 'word '.repeat(300))]])));
  for (const text of ['w', 'wo', 'wor', 'words']) take({ kind: 'query', number: (asked += 1), text });
  const last = await ask('word');
  expect(last.total).toBe(3_000);
  take({ kind: 'cancel', number: asked });
  take({ kind: 'settled', isWhole: true });
});
