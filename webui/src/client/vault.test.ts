import { beforeEach, describe, expect, it } from 'vitest';
import { begin, begins, HANDLE, PASSPHRASE, recordId, rejection, unlock } from './testing/scenario.ts';
import { Device } from './testing/platform.ts';
import { FakeService } from './testing/fake-service.ts';
import {
  ConflictError, forgetHandle, knownHandles, LockedError, NotFoundError, QuotaError, RateLimitError, serviceInfo,
  StorageError, UnavailableError, UnlockError, UsageError, Vault,
} from './vault.ts';

let scene: Awaited<ReturnType<typeof begin>>;
beforeEach(async () => {
  scene = await begin();
});

describe('creating', () => {
  it('opens the vault, and shows no new device on the one that made it', async () => {
    const { vault, device, tab } = scene;
    expect(vault.newDevice).toBeNull();
    expect(vault.sessions()).toEqual([]);
    expect(await knownHandles(tab)).toEqual([HANDLE]);
    expect((await vault.fingerprint()).seq).toBe(1);
    expect(device.store.values.size).toBeGreaterThan(0);
  });

  it('names a taken name', async () => {
    const other = new Device().tab(scene.service.fetch);
    const error = await rejection(Vault.create({ handle: ' ADA  Lovelace', passphrase: PASSPHRASE }, undefined, other));
    expect(error).toBeInstanceOf(ConflictError);
    expect(error).toHaveProperty('code', 'handle_taken');
  });

  it('refuses a name that this device knows as another vault, and asks nothing', async () => {
    scene.service.vaults.clear();
    await expect(Vault.create({ handle: HANDLE, passphrase: PASSPHRASE }, undefined, scene.tab)).rejects.toThrow(UsageError);
    expect(scene.service.traffic()).toEqual([]);
  });

  it.each([1, 2, 3])('makes one vault when %i answers are lost and the writer tries again', async (lost) => {
    const service = new FakeService();
    const tab = new Device().tab(service.fetch);
    let left = lost;
    service.after = () => {
      if (left-- > 0) throw new TypeError('network');
    };
    const create = () => Vault.create({ handle: 'grace', passphrase: PASSPHRASE }, undefined, tab);
    const { vault, recoveryKey } = await create().catch(create);
    expect(service.vaults.size).toBe(1);
    await vault.lock();
    await Vault.unlock({ handle: 'grace', secret: { kind: 'recovery', text: recoveryKey } }, undefined, tab);
  });

  it('refuses a passphrase that another device could read differently', async () => {
    const make = Vault.create({ handle: 'new', passphrase: 'fine until \u{E01F0}' }, undefined, scene.tab);
    await expect(make).rejects.toThrow(UsageError);
    expect(scene.service.traffic()).toEqual([]);
  });
});

describe('unlocking', () => {
  it('opens with passphrase and recovery key, whatever their spelling', async () => {
    const { tab, recoveryKey, vault } = scene;
    await vault.lock();
    await unlock(tab);
    const spelled = recoveryKey.toLowerCase().replaceAll('-', ' ');
    await Vault.unlock({ handle: 'Ada Lovelace', secret: { kind: 'recovery', text: spelled } }, undefined, tab);
  });

  it('says the same for a wrong passphrase and an unknown name', async () => {
    const wrong = await rejection(unlock(scene.tab, 'wrong'));
    const nobody = new Device().tab(scene.service.fetch);
    const unknown = await rejection(Vault.unlock({ handle: 'nobody', secret: { kind: 'passphrase', text: 'x' } }, undefined, nobody));
    expect(wrong).toBeInstanceOf(UnlockError);
    expect(wrong).not.toBeInstanceOf(LockedError);
    expect(unknown).toEqual(wrong);
  });

  it('asks nothing for a recovery key that cannot be one', async () => {
    const secret = { kind: 'recovery', text: 'ABCD' } as const;
    await expect(Vault.unlock({ handle: HANDLE, secret }, undefined, scene.tab)).rejects.toThrow(UsageError);
    expect(scene.service.traffic()).toEqual([]);
  });

  it('shows number and code on a new device, the same as on the old one', async () => {
    const { service, vault } = scene;
    await vault.write({ text: 'x', ...begins(1) });
    const vault2 = await unlock(new Device().tab(service.fetch));
    expect(vault2.newDevice).toEqual(await vault.fingerprint());
    expect(vault2.newDevice?.code).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
  });

  it('passes on what the service refuses', async () => {
    const { service, tab } = scene;
    service.before = () => service.refuse(429, 'rate_limited', 7);
    const error = await rejection(unlock(tab));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toHaveProperty('retryAfter', 7);
    service.before = () => {
      throw new TypeError('network');
    };
    await expect(unlock(tab)).rejects.toThrow(UnavailableError);
  });

  it('reads a vault of many pages', async () => {
    const { service, vault, device } = scene;
    for (let n = 1; n <= 7; n += 1) await vault.write({ text: `message ${n}`, ...begins(n) });
    const { id } = vault.sessions()[0] ?? { id: '' };
    for (let n = 8; n <= 12; n += 1) await vault.write({ text: `message ${n}`, sessionId: id, recordId: recordId(n) });
    service.pageItems = 2;
    const again = await unlock(device.tab(service.fetch));
    expect(again.sessions()).toEqual(vault.sessions());
    expect(await again.open(id)).toEqual(await vault.open(id));
  });

  it('takes in commits that fall between two pages', async () => {
    const { service, vault, device } = scene;
    for (let n = 1; n <= 5; n += 1) await vault.write({ text: `message ${n}`, ...begins(n) });
    service.pageItems = 2;
    let pages = 0;
    service.before = async ({ path }) => {
      if (path === '/containers' && ++pages === 2) await vault.change([vault.sessions()[0]?.id ?? ''], { title: 'in between' });
    };
    const again = await unlock(device.tab(service.fetch));
    expect(again.sessions()).toEqual(vault.sessions());
    expect(again.sessions()[0]?.title).toBe('in between');
  });

  it('catches up over many heads, a few in each answer', async () => {
    const { service, vault, device } = scene;
    const old = structuredClone([...device.store.values]);
    for (let n = 1; n <= 9; n += 1) await vault.write({ text: `message ${n}`, ...begins(n) });
    device.store.values.clear();
    for (const [key, value] of old) device.store.values.set(key, value);
    service.historyPage = 4;
    expect((await unlock(device.tab(service.fetch))).newDevice).toBeNull();
  });

  it('refuses an idle limit out of bounds', async () => {
    const secret = { kind: 'passphrase', text: PASSPHRASE } as const;
    await expect(Vault.unlock({ handle: HANDLE, secret, idleSeconds: 59 }, undefined, scene.tab)).rejects.toThrow(UsageError);
  });
});

describe('writing', () => {
  it('keeps any text as it was written', async () => {
    const { vault, tab } = scene;
    const texts = ['  spaces \n\n and\ttabs ', '👩‍👩‍👧 ﷽ \u202Eevil', 'a'.repeat(200_000), '\u0000\u001f"\\', 'é vs e\u0301'];
    const { sessionId } = await vault.write({ text: texts[0] ?? '', ...begins(1) });
    for (const [n, text] of texts.slice(1).entries()) await vault.write({ text, sessionId, recordId: recordId(n + 2) });
    const again = await unlock(tab);
    expect((await again.open(sessionId)).map((message) => message.text)).toEqual(texts);
  });

  it('titles a session by its opening until it is renamed', async () => {
    const { vault } = scene;
    const { sessionId } = await vault.write({ text: `The  first\nwords ${'and more '.repeat(40)}`, ...begins(1) });
    const titleOf = () => vault.sessions().find(({ id }) => id === sessionId);
    expect(titleOf()).toMatchObject({ title: expect.stringMatching(/^The first words and more.{26}$/), renamed: false, count: 1 });
    await vault.change([sessionId], { title: 'A title' });
    await vault.write({ text: 'the last words', sessionId, recordId: recordId(2) });
    expect(titleOf()).toMatchObject({ title: 'A title', preview: 'the last words', renamed: true, count: 2 });
    await vault.change([sessionId], { title: null });
    expect(titleOf()?.title).toMatch(/^The first words/);
    await expect(vault.change([sessionId], { title: 'x'.repeat(201) })).rejects.toThrow(UsageError);
    await expect(vault.change([sessionId], { title: ' ' })).rejects.toThrow(UsageError);
    await expect(vault.change([recordId(99)], { title: 'x' })).rejects.toThrow(NotFoundError);
  });

  it('begins a session with a title', async () => {
    const { vault } = scene;
    await vault.write({ text: 'words', ...begins(1), beginning: { title: 'Given' } });
    expect(vault.sessions()).toMatchObject([{ title: 'Given', renamed: true }]);
  });

  it('writes once, however often it is asked', async () => {
    const { vault, tab } = scene;
    const message = { text: 'once', ...begins(1) };
    const { sessionId } = await vault.write(message);
    expect(sessionId).toBe(message.newSessionId);
    await expect(vault.write(message)).resolves.toEqual({ sessionId });
    await expect(vault.write({ ...message, sessionId })).resolves.toEqual({ sessionId });
    // As after a crash between the save and the removal of the draft.
    const again = await unlock(tab);
    await again.write(message);
    await again.write({ ...message, sessionId });
    expect(await again.open(sessionId)).toHaveLength(1);
    expect(again.sessions()).toHaveLength(1);
  });

  it('is quiet after a save: the messages are known', async () => {
    const { vault, service } = scene;
    const { sessionId } = await vault.write({ text: 'a', ...begins(1) });
    service.traffic();
    await vault.write({ text: 'b', sessionId, recordId: recordId(2) });
    expect(await vault.open(sessionId)).toHaveLength(2);
    expect(service.traffic()).toEqual(['POST /commits', 'GET /changes']);
  });

  it('sends the same bytes again when the answer is lost', async () => {
    const { vault, service } = scene;
    let lost = 0;
    service.after = ({ path }) => {
      if (path === '/commits' && lost++ === 0) throw new TypeError('network');
    };
    const { sessionId } = await vault.write({ text: 'kept', ...begins(1) });
    const bodies = service.asked.filter(({ path }) => path === '/commits').map(({ body }) => JSON.stringify(body));
    expect(bodies).toHaveLength(2);
    expect(bodies[0]).toBe(bodies[1]);
    expect(await vault.open(sessionId)).toHaveLength(1);
  });

  it('sends the same bytes again after a fault of the service', async () => {
    const { vault, service } = scene;
    let faults = 0;
    service.after = ({ path }) => (path === '/commits' && faults++ === 0 ? service.refuse(500, 'internal') : undefined);
    await vault.write({ text: 'kept', ...begins(1) });
    const bodies = service.asked.filter(({ path }) => path === '/commits').map(({ body }) => JSON.stringify(body));
    expect(bodies).toHaveLength(2);
    expect(bodies[0]).toBe(bodies[1]);
    expect(service.vault.seq).toBe(2);
  });

  it.each(['/commits', '/changes'])('is not saved while %s gets no answer, and saved once afterwards', async (path) => {
    const { vault, service } = scene;
    service.after = (asked) => {
      if (asked.path === path) throw new TypeError('network');
    };
    const message = { text: 'kept', ...begins(1) };
    await expect(vault.write(message)).rejects.toThrow(UnavailableError);
    service.after = () => undefined;
    const { sessionId } = await vault.write(message);
    expect(await vault.open(sessionId)).toHaveLength(1);
    expect(service.vault.seq).toBe(2);
  });

  it('keeps both texts when two devices write at once', async () => {
    const { vault, service } = scene;
    const { sessionId } = await vault.write({ text: 'first', ...begins(1) });
    const other = await unlock(new Device().tab(service.fetch));
    await Promise.all([
      ...[2, 3, 4].map((n) => vault.write({ text: `here ${n}`, sessionId, recordId: recordId(n) })),
      ...[12, 13, 14].map((n) => other.write({ text: `there ${n}`, sessionId, recordId: recordId(n) })),
    ]);
    await vault.refresh();
    await other.refresh();
    const messages = await vault.open(sessionId);
    expect(messages.map(({ position }) => position)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(await other.open(sessionId)).toEqual(messages);
    expect(await vault.fingerprint()).toEqual(await other.fingerprint());
  });

  it('tells which sessions another device changed', async () => {
    const { vault, service } = scene;
    const other = await unlock(new Device().tab(service.fetch));
    expect(await vault.refresh()).toEqual({ changed: [], root: false });
    const { sessionId } = await other.write({ text: 'there', ...begins(1) });
    expect(await vault.refresh()).toEqual({ changed: [sessionId], root: false });
    expect(vault.sessions()).toEqual(other.sessions());
  });

  it('reads the records again when they change while they are read', async () => {
    const { vault, service } = scene;
    const { sessionId } = await vault.write({ text: 'a', ...begins(1) });
    const other = await unlock(new Device().tab(service.fetch));
    let writes = 0;
    service.before = async ({ path }) => {
      if (path.endsWith('/records') && writes++ === 0) await vault.write({ text: 'b', sessionId, recordId: recordId(2) });
      if (path === '/changes' && writes++ === 2) await vault.write({ text: 'c', sessionId, recordId: recordId(3) });
    };
    expect(await other.open(sessionId)).toHaveLength(3);
  });

  it.each([
    [403, 'quota_bytes', QuotaError], [507, 'storage', UnavailableError], [500, 'internal', UnavailableError],
  ])('passes on %i %s, and goes on afterwards', async (status, code, kind) => {
    const { vault, service } = scene;
    service.before = ({ path }) => (path === '/commits' ? service.refuse(status, code) : undefined);
    const message = { text: 'kept', ...begins(1) };
    await expect(vault.write(message)).rejects.toThrow(kind);
    service.before = () => undefined;
    await vault.write(message);
  });

  it('refuses what is too long for one message, and goes on', async () => {
    const { vault } = scene;
    const long = vault.write({ text: 'x'.repeat(2_100_000), ...begins(1) });
    await expect(long).rejects.toThrow(UsageError);
    await vault.write({ text: 'y', ...begins(1) });
  });

  it('says so when this browser stores nothing', async () => {
    const { vault, device } = scene;
    device.store.update = async () => {
      throw new StorageError('full');
    };
    await expect(vault.write({ text: 'y', ...begins(1) })).rejects.toThrow(StorageError);
  });
});

describe('resuming', () => {
  it('comes back to the same vault after a refresh', async () => {
    const { vault, tab, service } = scene;
    await vault.write({ text: 'x', ...begins(1) });
    service.traffic();
    const again = await Vault.resume(undefined, tab);
    expect(again?.sessions()).toEqual(vault.sessions());
    expect(again?.newDevice).toBeNull();
    expect(service.traffic()).toEqual(['GET /logins/current', 'GET /containers', 'GET /audit/checkpoint']);
  });

  it('is null without anything to resume, or when the login has ended', async () => {
    const { vault, tab, service, device } = scene;
    expect(await Vault.resume(undefined, device.tab(service.fetch))).toBeNull();
    service.logins.clear();
    expect(await Vault.resume(undefined, tab)).toBeNull();
    expect(tab.tab.get()).toBeNull();
    await vault.lock();
  });

  it('keeps what it needs while the service is away', async () => {
    const { tab, service } = scene;
    service.before = () => {
      throw new TypeError('network');
    };
    await expect(Vault.resume(undefined, tab)).rejects.toThrow(UnavailableError);
    service.before = () => undefined;
    expect(await Vault.resume(undefined, tab)).not.toBeNull();
  });

  it('keeps nothing in the tab that opens the vault by itself', async () => {
    const { tab, vault } = scene;
    expect(tab.tab.get()).not.toContain(PASSPHRASE);
    await vault.lock();
    expect(tab.tab.get()).toBeNull();
  });
});

describe('this device', () => {
  it('forgets a vault when asked', async () => {
    const { tab } = scene;
    await forgetHandle(' ADA lovelace ', tab);
    expect(await knownHandles(tab)).toEqual([]);
    expect((await unlock(tab)).newDevice).not.toBeNull();
  });

  it('refuses a damaged pin, which must not read as none', async () => {
    const { tab, device, vault } = scene;
    device.store.values.set(`pin/${vault.vaultId}`, { vaultId: vault.vaultId, seq: 'one' });
    await expect(unlock(tab)).rejects.toThrow(StorageError);
  });

  it('forgets what is damaged too', async () => {
    const { tab, device } = scene;
    device.store.values.set(`handle/${HANDLE}`, 'damaged');
    expect(await knownHandles(tab)).toEqual([]);
    await expect(unlock(tab)).rejects.toThrow(StorageError);
    await forgetHandle(HANDLE, tab);
    await unlock(tab);
    expect(await knownHandles(tab)).toEqual([HANDLE]);
  });

  it('asks the service what it is', async () => {
    expect(await serviceInfo(scene.tab)).toEqual({ signUp: true });
  });
});
