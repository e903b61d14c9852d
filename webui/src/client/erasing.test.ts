/** Erasing from the page: what goes, what stays, what other devices see. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConflictError, ErasedError, HostileDataError, InkvaultError, NotFoundError, RollbackError, UnlockError } from '../errors.ts';
import { readU32, utf8 } from '../core/bytes.ts';
import { fromBase64url, toBase64url } from '../wire/encodings.ts';
import type { Schemas } from '../wire/answers.ts';
import { Device } from './testing/platform.ts';
import { begin, begins, hurry, KNOWN, recordId, rejection, unlock } from './testing/scenario.ts';
import type { ErasureSelection, ErasureState } from './types.ts';
import { checkCertificate, followErasure, keptErasures, leaveErasure, logOfCertificate, Vault } from './vault.ts';

const GO_ON = new AbortController().signal;
let scene: Awaited<ReturnType<typeof begin>>;
let first: string;
let second: string;

beforeEach(async () => {
  hurry();
  scene = await begin();
  const { vault } = scene;
  first = (await vault.write({ text: 'First words', ...begins(1) })).sessionId;
  await vault.write({ text: 'and more', sessionId: first, recordId: recordId(2) });
  second = (await vault.write({ text: 'Other words', ...begins(3) })).sessionId;
});

afterEach(() => vi.restoreAllMocks());

async function erase(selection: ErasureSelection, vault = scene.vault) {
  const plan = await vault.planErasure(selection, GO_ON);
  return { plan, ordered: await vault.orderErasure(plan, await vault.authorise(KNOWN)) };
}

const textsOf = async (vault: Vault, id: string) => (await vault.open(id)).map(({ text }) => text);
const titles = (vault: Vault) => vault.sessions().map(({ title }) => title).sort();

describe('a session', () => {
  it('is shown as it would go, and goes', async () => {
    const { vault, service } = scene;
    const { plan, ordered } = await erase({ kind: 'sessions', ids: [first] });
    expect(plan).toMatchObject({ whole: false, phrase: 'erase 1 session', counts: { containers: 1, records: 2, rekeyed: 0, resealed: 0 } });
    expect(plan.sessions).toMatchObject([{ id: first, title: 'First words', messages: 2 }]);
    expect(titles(vault)).toEqual(['Other words']);
    expect(service.vault.containers.has(first)).toBe(false);
    expect(await rejection(vault.open(first))).toBeInstanceOf(NotFoundError);
    await vault.write({ text: 'going on', sessionId: second, recordId: recordId(9) });
    const states: (ErasureState | null)[] = [];
    const certificate = await followErasure(ordered, ({ state }) => states.push(state), GO_ON, scene.tab);
    expect(certificate).toMatchObject({ scope: 'part', verdict: 'VERIFIED', containers: 1, log: { index: 1, size: 2 } });
    const file = utf8(certificate?.text ?? '');
    expect(await checkCertificate(file, certificate?.log.verifierKey ?? '')).toEqual(certificate);
    expect(await rejection(checkCertificate(file.slice(0, -2), certificate?.log.verifierKey ?? ''))).toBeInstanceOf(InkvaultError);
    expect(logOfCertificate(file)).toBe(certificate?.log.origin);
    expect(states.at(-1)).toBe('done');
    expect(titles(await unlock(scene.device.tab(service.fetch)))).toEqual(['Other words']);
  });

  it('changes nothing before it is ordered', async () => {
    const before = scene.service.backup();
    await scene.vault.planErasure({ kind: 'sessions', ids: [first] }, GO_ON);
    expect(scene.service.backup()).toEqual(before);
  });

  it('takes its unsaved texts along, and no others', async () => {
    const { vault } = scene;
    const draft = { text: 'unsaved', selection: [0, 0], scroll: 0, updatedAt: 1 } as const;
    await vault.drafts.save({ ...draft, sessionId: first, recordId: recordId(20) });
    await vault.drafts.save({ ...draft, sessionId: second, recordId: recordId(21) });
    await erase({ kind: 'sessions', ids: [first] });
    expect((await vault.drafts.list()).map(({ sessionId }) => sessionId)).toEqual([second]);
  });

  it('is not erased with another secret', async () => {
    const wrong = { kind: 'passphrase', text: 'not the one at all' } as const;
    expect(await rejection(scene.vault.authorise(wrong))).toBeInstanceOf(UnlockError);
  });

  it('needs a new plan when another device wrote meanwhile', async () => {
    const { vault, service, device } = scene;
    const plan = await vault.planErasure({ kind: 'sessions', ids: [first] }, GO_ON);
    await (await unlock(device.tab(service.fetch))).write({ text: 'new', sessionId: first, recordId: recordId(30) });
    expect(await rejection(vault.orderErasure(plan, await vault.authorise(KNOWN)))).toMatchObject({ code: 'stale' });
    expect(await rejection(vault.orderErasure(plan, await vault.authorise(KNOWN)))).toBeInstanceOf(ConflictError);
    expect(service.vault.containers.has(first)).toBe(true);
    expect(await keptErasures(scene.tab)).toEqual([]);
    expect((await erase({ kind: 'sessions', ids: [first] })).plan.counts.records).toBe(3);
  });

  it('is ordered once when the answer gets lost', async () => {
    const { vault, service } = scene;
    let lost = 0;
    service.after = ({ path }) => {
      if (path.endsWith('/confirm') && lost++ === 0) throw new TypeError('lost');
    };
    await erase({ kind: 'sessions', ids: [first] });
    expect(lost).toBe(2);
    expect(titles(vault)).toEqual(['Other words']);
  });
});

describe('a part of a session', () => {
  it('goes, and the rest is the same under a new key', async () => {
    const { vault, service } = scene;
    const before = { ...service.vault.containers.get(first) };
    const { plan } = await erase({ kind: 'messages', sessionId: first, ids: [recordId(1)] });
    expect(plan).toMatchObject({ phrase: 'erase 1 message', messages: [{ session: 'First words', text: 'First words' }], counts: { records: 1, rekeyed: 1, resealed: 1 } });
    const after = service.vault.containers.get(first);
    expect(after).toMatchObject({ epoch: 2 });
    expect(after?.wrapped_key).not.toBe(before.wrapped_key);
    const other = await unlock(scene.device.tab(service.fetch));
    for (const one of [vault, other]) {
      expect(await textsOf(one, first)).toEqual(['and more']);
      expect(one.sessions().find(({ id }) => id === first)).toMatchObject({ title: 'and more', preview: 'and more', count: 1 });
    }
    await vault.write({ text: 'once more', sessionId: first, recordId: recordId(8) });
    await other.refresh();
    expect(await textsOf(other, first)).toEqual(['and more', 'once more']);
  });

  it('loses the earlier texts of a message alone', async () => {
    const { vault } = scene;
    await vault.editMessage(first, recordId(1), 'Better words');
    const { plan } = await erase({ kind: 'earlier', sessionId: first, messageId: recordId(1) });
    expect(plan).toMatchObject({ earlierTexts: 1, phrase: 'erase 1 earlier text', counts: { records: 0, rekeyed: 1, resealed: 2 } });
    expect(await vault.open(first)).toMatchObject([{ text: 'Better words', versions: [], editedAt: null }, { text: 'and more' }]);
  });
});

it('erases a notebook with its sessions, and goes on with a new key of the root', async () => {
  const { vault, service, device } = scene;
  const other = await unlock(device.tab(service.fetch));
  const fields = { kind: 'journal', notes: '', colour: null, date: null, programme: null, retention: null } as const;
  const notebook = await vault.saveNotebook({ title: 'Garden', ...fields });
  await vault.saveNotebook({ title: 'House', ...fields });
  await vault.change([first], { notebookId: notebook });
  const { plan } = await erase({ kind: 'notebook', id: notebook });
  expect(plan).toMatchObject({ phrase: 'erase 1 notebook and 1 session', notebooks: ['Garden'], counts: { rekeyed: 1, resealed: 1 } });
  await vault.write({ text: 'after it', sessionId: second, recordId: recordId(7) });
  const { changed, root } = await other.refresh();
  expect([changed.includes(first), root]).toEqual([true, true]);
  for (const one of [vault, other, await unlock(device.tab(service.fetch))]) {
    expect(one.notebooks().map(({ title }) => title)).toEqual(['House']);
    expect(titles(one)).toEqual(['Other words']);
    expect(await textsOf(one, second)).toEqual(['Other words', 'after it']);
  }
});

it('erases what was active before a moment', async () => {
  const { vault } = scene;
  const at = vault.sessions().find(({ id }) => id === second)?.activeAt ?? 0;
  expect((await erase({ kind: 'before', at })).plan.sessions.map(({ id }) => id)).toEqual([first]);
});

it('erases the trash: sessions, messages, notebooks, templates', async () => {
  const { vault } = scene;
  const third = (await vault.write({ text: 'Third', ...begins(4) })).sessionId;
  await vault.change([third], { trashed: true });
  await vault.trashMessage(first, recordId(2), true);
  const template = await vault.saveTemplate({ title: 'Mine', about: '', phases: [{ title: '', prompt: 'p', minutes: 0 }], tags: [] });
  await vault.trashTemplate(template);
  const { plan } = await erase({ kind: 'trash' });
  expect(plan.phrase).toBe('erase 1 session, 1 message and 1 template');
  for (const typed of [plan.phrase, ' Erase 1  session,\t1 message and 1 template\n', 'ERASE 1 SESSION, 1 MESSAGE AND 1 TEMPLATE\r\n']) {
    expect(plan.isConfirmedBy(typed)).toBe(true);
  }
  for (const typed of ['', 'erase', 'erase 1 session, 1 messageand 1 template', 'erase 1 session, 1 message and 1 template.']) {
    expect(plan.isConfirmedBy(typed)).toBe(false);
  }
  expect(titles(vault)).toEqual(['First words', 'Other words']);
  expect(await textsOf(vault, first)).toEqual(['First words']);
  expect(await rejection(vault.planErasure({ kind: 'trash' }, GO_ON))).toBeInstanceOf(NotFoundError);
});

describe('the whole vault', () => {
  it('ends everything in this browser, and the certificate can still be had', async () => {
    const { vault, service, device, tab } = scene;
    const neighbour = device.tab(service.fetch);
    const other = await unlock(neighbour);
    const reasons: string[] = [];
    other.onLocked((reason) => void reasons.push(reason));
    await vault.drafts.save({ text: 'unsaved', sessionId: first, recordId: recordId(20), selection: [0, 0], scroll: 0, updatedAt: 1 });
    const { plan, ordered } = await erase({ kind: 'everything' });
    expect(plan).toMatchObject({ whole: true, phrase: 'erase everything', counts: { containers: 2, records: 3 } });
    expect([service.vaults.size, service.logins.size, reasons]).toEqual([0, 0, ['erased']]);
    expect([tab.tab.get(), neighbour.tab.get()]).toEqual([null, null]);
    expect([...device.store.values.keys()]).toEqual([`erasure/${ordered.erasureId}`]);
    expect(await keptErasures(tab)).toEqual([ordered]);
    expect(await followErasure(ordered, () => undefined, GO_ON, tab)).toMatchObject({ scope: 'vault', containers: 2 });
    await leaveErasure(ordered, tab);
    expect(device.store.values.size).toBe(0);
    expect(await rejection(vault.open(first))).toBeInstanceOf(UnlockError);
  });

  it('is known to be ordered when the answer is lost with the login', async () => {
    const { service } = scene;
    let lost = 0;
    service.after = ({ path }) => {
      if (path.endsWith('/confirm') && lost++ === 0) throw new TypeError('lost');
    };
    const { ordered } = await erase({ kind: 'everything' });
    expect([ordered.whole, service.vaults.size]).toEqual([true, 0]);
  });
});

describe('an order that nobody answered', () => {
  it.each([[true, 'was taken'], [false, 'was not taken']])('is found out later: %s, it %s', async (isTaken) => {
    const { service, tab, device, vault } = scene;
    const plan = await vault.planErasure({ kind: 'everything' }, GO_ON);
    const authority = await vault.authorise(KNOWN);
    const drop = ({ path }: { path: string }) => {
      if (path.startsWith('/erasures/')) throw new TypeError('lost');
    };
    if (isTaken) service.after = drop;
    else service.before = drop;
    expect(await rejection(vault.orderErasure(plan, authority))).toMatchObject({ code: 'unknown' });
    [service.after, service.before] = [() => undefined, () => undefined];
    const [ordered] = await keptErasures(tab);
    if (ordered === undefined) throw new Error('not kept');
    const found = await followErasure(ordered, () => undefined, GO_ON, tab);
    expect(found?.scope).toBe(isTaken ? 'vault' : undefined);
    expect([...device.store.values.keys()].some((key) => key.startsWith('pin/'))).toBe(!isTaken);
  });
});

it('is not called unordered when the service has forgotten that of a whole vault', async () => {
  const { ordered } = await erase({ kind: 'everything' });
  scene.service.erasures.jobs.clear();
  const following = followErasure({ ...ordered, isTaken: false }, () => undefined, GO_ON, scene.tab);
  expect(await rejection(following)).toMatchObject({ code: 'not_found', message: expect.stringContaining('too long ago') });
});

it('refuses a service that takes back an order', async () => {
  const { ordered } = await erase({ kind: 'sessions', ids: [first] });
  scene.service.lie = ({ method }, answer) => (method === 'GET' ? { ...(answer as object), state: 'planned' } : answer);
  expect(await rejection(followErasure(ordered, () => undefined, GO_ON, scene.tab))).toBeInstanceOf(HostileDataError);
});

describe('another device', () => {
  it('keeps a text that was written for a session which is gone', async () => {
    const { service, device, vault } = scene;
    const other = await unlock(device.tab(service.fetch));
    await erase({ kind: 'sessions', ids: [first] });
    const refused = await rejection(other.write({ text: 'too late', sessionId: first, recordId: recordId(40) }));
    expect(refused).toMatchObject({ code: 'erased' });
    expect(titles(other)).toEqual(titles(vault));
  });

  const header = { type: 'session', title: 'First words', opening: '', preview: '', created_at: 1, updated_at: 1, zone: 'UTC', next_position: 0 };
  const parcel = (goesOn: boolean) => ({ sessions: [{ id: first, goesOn, header, records: [] }], root: [], trash: [] });

  it('does not begin a session anew that was erased while it took things in', async () => {
    const { service, device } = scene;
    const other = await unlock(device.tab(service.fetch));
    await erase({ kind: 'sessions', ids: [first] });
    const refused = await rejection(other.receiver().take(parcel(true)));
    expect(refused).toMatchObject({ code: 'erased', message: expect.stringContaining('of this import was erased') });
    expect(titles(other)).toEqual(['Other words']);
  });

  it('brings an erased session back by an import, under its id', async () => {
    const { vault } = scene;
    await erase({ kind: 'sessions', ids: [first] });
    await vault.receiver().take(parcel(false));
    expect(titles(vault).sort()).toEqual(['First words', 'Other words']);
    expect(await vault.open(first)).toEqual([]);
  });

  it.each([[0, 'before its first'], [1, 'after its first']])('is told when a session is erased while an export runs, (%d) %s frame', async (frames) => {
    const { service, device } = scene;
    const fetchSlowly: typeof fetch = async (input, init) => {
      const answer = await service.fetch(input, init);
      if (!String(input instanceof Request ? input.url : input).endsWith('/snapshot')) return answer;
      const data = new Uint8Array(await answer.arrayBuffer());
      const place = frames === 0 ? 0 : 4 + readU32(data, 0);
      const parts = [data.slice(0, place), data.slice(place)].filter((part) => part.length > 0);
      const body = new ReadableStream<Uint8Array>({
        async pull(controller) {
          if (parts.length === 1) {
            await erase({ kind: 'sessions', ids: [first] });
            await other.refresh();
          }
          const part = parts.shift();
          if (part === undefined) controller.close();
          else controller.enqueue(part);
        },
      }, { highWaterMark: 0 });
      return new Response(body, answer);
    };
    const other = await unlock(device.tab(fetchSlowly));
    const read = other.readWhole({ wanted: () => true, signal: GO_ON, onFault: () => undefined });
    expect(await rejection(read)).toMatchObject({ code: 'erased', message: expect.stringContaining('while the export ran') });
    expect(titles(other)).toEqual(['Other words']);
  });

  it('finds a session erased while it opens it', async () => {
    const { service, device } = scene;
    const other = await unlock(device.tab(service.fetch));
    await erase({ kind: 'sessions', ids: [first] });
    expect(await rejection(other.open(first))).toMatchObject({ code: 'erased' });
    expect(titles(other)).toEqual(['Other words']);
  });
});

it('is told apart from what a copy of the database from before shows', async () => {
  const { service, device } = scene;
  const before = service.backup();
  await erase({ kind: 'sessions', ids: [first] });
  service.restore(before);
  expect(await rejection(unlock(device.tab(service.fetch)))).toBeInstanceOf(RollbackError);
  service.before = ({ path }) => {
    if (path === '/containers') service.refuse(410, 'erased');
  };
  expect(await rejection(unlock(new Device().tab(service.fetch)))).toBeInstanceOf(ErasedError);
});

describe('a service that lies', () => {
  it('about how much would go is refused', async () => {
    scene.service.lie = ({ method, path }, answer) => (method === 'POST' && path === '/erasures' ? { ...(answer as object), records: 5 } : answer);
    expect(await rejection(scene.vault.planErasure({ kind: 'sessions', ids: [first] }, GO_ON))).toBeInstanceOf(HostileDataError);
  });

  it('about the head after an erasure is refused', async () => {
    const { service, vault } = scene;
    service.lie = ({ path }, answer) => {
      if (path !== '/changes' || service.vault.erasedSeq === 0) return answer;
      const head = fromBase64url((answer as Schemas['Changes']).head);
      head[40] = (head[40] ?? 0) ^ 1;
      return { ...(answer as object), head: toBase64url(head) };
    };
    expect(await rejection(erase({ kind: 'sessions', ids: [first] }))).toBeInstanceOf(HostileDataError);
    expect(await rejection(vault.open(second))).toBeInstanceOf(HostileDataError);
  });

  it('that says something was erased, and keeps a container back, is refused', async () => {
    const { service, vault } = scene;
    service.lie = ({ path }, answer) => {
      if (path === '/changes') return { ...(answer as object), erased_seq: service.vault.seq };
      if (path !== '/containers') return answer;
      const page = answer as Schemas['ContainerPage'];
      return { ...page, containers: page.containers.filter(({ container_id }) => container_id !== first) };
    };
    const other = await rejection(vault.write({ text: 'x', sessionId: second, recordId: recordId(50) }));
    expect(other).toBeInstanceOf(HostileDataError);
  });
});

it('checks that the log of a certificate goes on in the one shown', async () => {
  const { vault, tab } = scene;
  const { ordered } = await erase({ kind: 'sessions', ids: [first] });
  const certificate = await followErasure(ordered, () => undefined, GO_ON, tab);
  if (certificate === null) throw new Error('no certificate');
  // The log of this service never grows: a certificate of a larger one is of another history.
  expect(await rejection(vault.checkCertified(certificate))).toBeInstanceOf(HostileDataError);
});

it('refuses the certificate of another order', async () => {
  const { tab } = scene;
  const { ordered } = await erase({ kind: 'sessions', ids: [first] });
  const other = { ...ordered, hash: ordered.hash.map((byte) => byte ^ 1) };
  expect(await rejection(followErasure(other, () => undefined, GO_ON, tab))).toBeInstanceOf(InkvaultError);
  const later = { ...ordered, log: { ...ordered.log, size: 2 } };
  expect(await rejection(followErasure(later, () => undefined, GO_ON, tab))).toBeInstanceOf(InkvaultError);
});

it('shows the log, and refuses one that says something else than was signed', async () => {
  const { vault, service } = scene;
  expect((await vault.auditLog()).entries).toMatchObject([{ index: 0, event: 'login', kind: 'passphrase' }]);
  service.lie = ({ path }, answer) => {
    if (path !== '/audit') return answer;
    const page = answer as Schemas['AuditPage'];
    return { ...page, entries: page.entries.map((entry) => ({ ...entry, detail: entry.detail.replace('passphrase', 'recovery') })) };
  };
  expect(await rejection(vault.auditLog())).toBeInstanceOf(HostileDataError);
});

it('waits for a service that is away, or cannot go on', async () => {
  const { service, tab } = scene;
  service.erasures.problem = 'busy';
  const { ordered } = await erase({ kind: 'sessions', ids: [first] });
  const stop = new AbortController();
  const seen: unknown[] = [];
  const following = followErasure(ordered, (progress) => { seen.push(progress); stop.abort(); }, stop.signal, tab);
  await rejection(following);
  expect(seen).toEqual([{ state: 'requested', problem: 'busy', isAway: false }]);
});
