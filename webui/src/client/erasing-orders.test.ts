/** Orders whose answer is late, lost, refused or a lie: what stands is never called undone, and what was not made is forgotten. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HostileDataError, LockedError, RateLimitError, StorageError } from '../errors.ts';
import type { Asked } from './testing/fake-service.ts';
import { begin, begins, hurry, KNOWN, recordId, rejection } from './testing/scenario.ts';
import type { ErasureSelection } from './types.ts';
import { followErasure, keptErasures, leaveErasure } from './vault.ts';

const GO_ON = new AbortController().signal;
let scene: Awaited<ReturnType<typeof begin>>;
let first: string;

beforeEach(async () => {
  scene = await begin();
  first = (await scene.vault.write({ text: 'First words', ...begins(1) })).sessionId;
});
afterEach(() => vi.restoreAllMocks());

describe('an order that was not refused', () => {
  const draft = { text: 'unsaved', selection: [0, 0], scroll: 0, updatedAt: 1 } as const;
  const isConfirm = ({ path }: Asked) => path.endsWith('/confirm');

  async function orders(selection: ErasureSelection = { kind: 'sessions', ids: [first] }) {
    const { vault } = scene;
    await vault.drafts.save({ ...draft, sessionId: first, recordId: recordId(20) });
    const plan = await vault.planErasure(selection, GO_ON);
    return [plan, await vault.authorise(KNOWN)] as const;
  }

  async function follows() {
    const [ordered, ...others] = await keptErasures(scene.tab);
    if (ordered === undefined || others.length > 0) throw new Error('not kept');
    hurry();
    return followErasure(ordered, () => undefined, GO_ON, scene.tab);
  }
  const drafts = () => [...scene.device.store.values.keys()].filter((key) => key.startsWith('draft/'));

  it.each([
    ['too many requests', () => scene.service.refuse(429, 'rate_limited', 3)],
    ['the end of the login', () => scene.service.refuse(401, 'unauthorized')],
    ['a full disk', () => scene.service.refuse(507, 'storage')],
    ['nothing', () => { throw new TypeError('lost'); }],
  ])('stands, and takes its unsaved texts along, when reading it back is answered with %s', async (_, answer) => {
    const order = await orders();
    scene.service.before = ({ path }) => (path === '/changes' ? answer() : undefined);
    const ordered = await scene.vault.orderErasure(...order);
    expect([ordered.isTaken, await keptErasures(scene.tab), drafts()]).toEqual([true, [ordered], []]);
    scene.service.before = () => undefined;
    expect(await follows()).toMatchObject({ scope: 'part' });
  });

  it('stands when this browser can keep nothing any more; what it could not forget goes later', async () => {
    const { device: { store }, service } = scene;
    const order = await orders();
    const fails = () => Promise.reject(new StorageError('full'));
    service.after = (asked) => {
      if (isConfirm(asked)) for (const name of ['set', 'removeAll'] as const) vi.spyOn(store, name).mockImplementation(fails);
    };
    expect(await scene.vault.orderErasure(...order)).toMatchObject({ isTaken: true });
    vi.restoreAllMocks();
    expect(drafts()).toHaveLength(1);
    expect(await follows()).toMatchObject({ scope: 'part' });
    expect(drafts()).toEqual([]);
  });

  it('is kept when its answer is a lie, and followed later', async () => {
    const { service, vault } = scene;
    const order = await orders();
    service.lie = (asked, answer) => (isConfirm(asked) ? { ...(answer as object), records: 9 } : answer);
    expect(await rejection(vault.orderErasure(...order))).toBeInstanceOf(HostileDataError);
    expect(await follows()).toMatchObject({ scope: 'part' });
    expect(drafts()).toEqual([]);
  });

  it.each([
    ['too many requests', () => scene.service.refuse(429, 'rate_limited', 3)],
    ['the end of the login', () => scene.service.refuse(401, 'unauthorized')],
    ['a full disk', () => scene.service.refuse(507, 'storage')],
  ])('stands when the browser has sent it twice by itself, and %s is the answer to the second', async (_, answer) => {
    for (const selection of [{ kind: 'sessions', ids: [first] }, { kind: 'everything' }] as const) {
      const order = await orders(selection);
      scene.service.after = (asked) => (isConfirm(asked) ? answer() : undefined);
      expect(await scene.vault.orderErasure(...order)).toMatchObject({ isTaken: true });
      scene.service.after = () => undefined;
      expect(await follows()).toMatchObject({ scope: selection.kind === 'everything' ? 'vault' : 'part' });
      for (const each of await keptErasures(scene.tab)) await leaveErasure(each, scene.tab);
    }
  });

  it.each([
    ['no answer', () => { throw new TypeError('lost'); }],
    ['too many requests', () => scene.service.refuse(429, 'rate_limited', 3)],
    ['the end of the login', () => scene.service.refuse(401, 'unauthorized')],
  ])('may still be on its way after no answer, then %s: nobody says that nothing was erased', async (_, second) => {
    const { service, vault } = scene;
    const order = await orders({ kind: 'everything' });
    let sent = 0;
    let late: Asked | null = null;
    service.before = (asked) => {
      if (!isConfirm(asked)) return;
      late ??= asked;
      if ((sent += 1) > 1) second();
      throw new TypeError('timeout');
    };
    expect(await rejection(vault.orderErasure(...order))).toMatchObject({ code: 'unknown' });
    service.before = () => undefined;
    const { path, body } = late ?? { path: '', body: null };
    const { vaultId } = scene.vault;
    const login = scene.service.logins.keys().next().value ?? '';
    let asked = 0;
    // It arrives while the page asks how it stands.
    service.after = async ({ path: other }) => {
      if (other !== path.replace('/confirm', '') || (asked += 1) !== 2) return;
      await service.fetch(`${service.origin}/api/v1${path}`, { method: 'POST', body: JSON.stringify(body), headers: { 'Inkvault-Login': login } });
    };
    expect(await follows()).toMatchObject({ scope: 'vault' });
    expect([...scene.device.store.values.keys()].filter((key) => key.includes(vaultId))).toEqual([]);
  });
});

describe('an order that was refused', () => {
  it.each([
    ['too many requests', RateLimitError, () => scene.service.refuse(429, 'rate_limited', 3)],
    ['the end of the login', LockedError, () => scene.service.refuse(401, 'unauthorized')],
  ])('with %s is forgotten', async (_, kind, refuse) => {
    const { service, vault } = scene;
    const plan = await vault.planErasure({ kind: 'sessions', ids: [first] }, GO_ON);
    const authority = await vault.authorise(KNOWN);
    service.before = ({ path }) => (path.endsWith('/confirm') ? refuse() : undefined);
    expect(await rejection(vault.orderErasure(plan, authority))).toBeInstanceOf(kind);
    expect([await keptErasures(scene.tab), service.vault.containers.has(first)]).toEqual([[], true]);
  });
});
