import { describe, expect, it } from 'vitest';
import { begin, begins, KNOWN, recordId, rejection, unlock } from './testing/scenario.ts';
import { LockedError, type LockReason, Vault } from './vault.ts';

const DRAFT = { ...begins(7), text: 'last words', selection: [0, 0], scroll: 0, updatedAt: 1 } as const;

describe('locking', () => {
  it('ends everything here, and says so to the service', async () => {
    const { vault, service, tab } = await begin();
    await vault.lock();
    expect(service.traffic()).toEqual(['DELETE /logins/current']);
    expect(service.logins.size).toBe(0);
    expect(tab.tab.get()).toBeNull();
    expect(() => vault.sessions()).toThrow(LockedError);
    for (const work of [vault.refresh(), vault.heartbeat(), vault.slots(), vault.drafts.list(), vault.drafts.save(DRAFT)]) {
      await work.then(() => undefined, (error: unknown) => expect(error).toBeInstanceOf(LockedError));
    }
    expect(service.traffic()).toEqual([]);
    await vault.lock();
    expect(service.traffic()).toEqual([]);
  });

  it('leaves nothing to resume from the first moment, though a last draft is still being sealed', async () => {
    const { vault, tab } = await begin();
    let sealed = (): void => undefined;
    vault.onLocked(() => new Promise<void>((resolve) => (sealed = resolve)));
    const locked = vault.lock();
    expect(tab.tab.get()).toBeNull();
    sealed();
    await locked;
  });

  it('locks the other tabs of this browser', async () => {
    const { vault, service, device } = await begin();
    const others = [await unlock(device.tab(service.fetch)), await unlock(device.tab(service.fetch))];
    const heard: LockReason[] = [];
    for (const other of others) {
      other.onLocked(async (reason) => {
        await other.drafts.save(DRAFT);
        heard.push(reason);
      });
    }
    await vault.lock();
    await expect.poll(() => heard).toEqual(['elsewhere', 'elsewhere']);
    for (const other of others) expect(() => other.sessions()).toThrow(LockedError);
    expect(device.store.values.has(`draft/${vault.vaultId}/${'0'.repeat(32)}/${recordId(7)}`)).toBe(true);
  });

  it('locks when the service has ended the login, after a last draft', async () => {
    const { vault, service } = await begin();
    let reason: LockReason | null = null;
    vault.onLocked(async (why) => {
      await vault.drafts.save(DRAFT);
      reason = why;
    });
    service.logins.clear();
    expect(await rejection(vault.write({ text: 'x', ...begins(1) }))).toBeInstanceOf(LockedError);
    await expect.poll(() => reason).toBe('ended');
    await expect.poll(() => vault.drafts.list().catch(() => 'locked')).toBe('locked');
  });

  it('does not wait for busy listeners when the page locks, and waits for them otherwise', async () => {
    const { vault, service } = await begin();
    let release: () => void = () => undefined;
    vault.onLocked(() => new Promise((resolve) => (release = resolve)));
    service.logins.clear();
    await expect(vault.heartbeat()).rejects.toThrow(LockedError);
    await vault.drafts.save(DRAFT);
    // A lock while the writer still types: the page seals first and then locks, from within the listener.
    await vault.lock();
    await expect(vault.drafts.save(DRAFT)).rejects.toThrow(LockedError);
    release();
    expect(service.traffic()).toEqual(['POST /logins/current/heartbeat']);
  });

  it('leaves one tab without touching the others', async () => {
    const { vault, service, device, tab } = await begin();
    const other = await unlock(device.tab(service.fetch));
    service.traffic();
    await vault.leave();
    expect(() => vault.sessions()).toThrow(LockedError);
    expect(tab.tab.get()).toBeNull();
    expect(service.traffic()).toEqual([]);
    await other.heartbeat();
  });

  it('drops the keys when the service is away', async () => {
    const { vault, service, tab } = await begin();
    service.before = () => {
      throw new TypeError('network');
    };
    await vault.lock();
    expect(tab.tab.get()).toBeNull();
    expect(() => vault.sessions()).toThrow(LockedError);
  });

  it('writes no slot with a dropped key when locked in the middle of a change', async () => {
    const { vault, service, tab, recoveryKey } = await begin();
    const { argon2id } = tab;
    const slow = Object.assign(tab, { argon2id });
    let derived = 0;
    slow.argon2id = async (...args) => {
      if (++derived === 2) await vault.leave();
      return argon2id(...args);
    };
    const change = vault.changePassphrase({ current: KNOWN, next: 'another passphrase' });
    expect(await rejection(change)).toBeInstanceOf(LockedError);
    expect(derived).toBe(2);
    expect(service.vault.seq).toBe(1);
    const again = await Vault.unlock({ handle: vault.handle, secret: { kind: 'recovery', text: recoveryKey } }, undefined, tab);
    expect(await again.slots()).toHaveLength(2);
  });
});
