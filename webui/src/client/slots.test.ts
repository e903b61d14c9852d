import { describe, expect, it } from 'vitest';
import { FLOOR } from '../core/params.ts';
import { parseSlotHeader } from '../core/keyslot.ts';
import { cheapArgon2id, Device } from './testing/platform.ts';
import { begin, begins, HANDLE, KNOWN, PASSPHRASE, rejection, unlock } from './testing/scenario.ts';
import { ConflictError, IntegrityError, UnavailableError, UnlockError, UsageError, Vault, type Secret } from './vault.ts';
import { fromBase64url } from '../wire/encodings.ts';

const NEXT = 'a longer and better passphrase';

function open(tab: ReturnType<Device['tab']>, secret: Secret): Promise<Vault> {
  return Vault.unlock({ handle: HANDLE, secret }, undefined, tab);
}

describe('the passphrase', () => {
  it('is changed: the old one opens nothing, this login goes on, also after a refresh', async () => {
    const { vault, tab, service } = await begin();
    await vault.changePassphrase({ current: KNOWN, next: NEXT });
    await vault.write({ text: 'goes on', ...begins(1) });
    expect((await vault.slots()).filter(({ current }) => current)).toMatchObject([{ kind: 'passphrase' }]);
    expect(await Vault.resume(undefined, tab)).not.toBeNull();
    await expect(unlock(tab)).rejects.toThrow(UnlockError);
    expect((await unlock(tab, NEXT)).sessions()).toHaveLength(1);
    expect(service.vault.slots.size).toBe(2);
  });

  it('is not changed by someone who does not know it', async () => {
    const { vault, service } = await begin();
    const error = await rejection(vault.changePassphrase({ current: { kind: 'passphrase', text: 'wrong' }, next: NEXT }));
    expect(error).toBeInstanceOf(UnlockError);
    expect(service.vault.seq).toBe(1);
    await vault.heartbeat();
  });

  it('is changed from a login that another secret opened', async () => {
    const { vault, tab, recoveryKey } = await begin();
    await vault.lock();
    const again = await open(tab, { kind: 'recovery', text: recoveryKey });
    await again.changePassphrase({ current: KNOWN, next: NEXT });
    expect(await again.slots()).toMatchObject([{ kind: expect.any(String) }, { kind: expect.any(String) }]);
    await unlock(tab, NEXT);
  });

  it('is set anew by whoever has the recovery key or a passkey alone, and goes on under the same login', async () => {
    const { vault, tab, recoveryKey, service } = await begin();
    await vault.addPasskey('laptop');
    for (const [secret, next] of [[{ kind: 'recovery', text: recoveryKey }, NEXT], [{ kind: 'passkey' }, 'yet another passphrase']] as const) {
      const again = await open(tab, secret);
      await again.changePassphrase({ current: secret, next });
      expect((await again.slots()).filter(({ kind }) => kind === 'passphrase')).toHaveLength(1);
      expect((await again.slots()).filter(({ current }) => current)).toMatchObject([{ kind: secret.kind }]);
      expect(await Vault.resume(undefined, tab)).not.toBeNull();
      await unlock(tab, next);
    }
    await expect(unlock(tab)).rejects.toThrow(UnlockError);
    await expect(unlock(tab, NEXT)).rejects.toThrow(UnlockError);
    expect(service.vault.slots.size).toBe(3);
  });

  it('changed on two devices at once stays with the first', async () => {
    const { vault, service, recoveryKey } = await begin();
    const other = await open(new Device().tab(service.fetch), { kind: 'recovery', text: recoveryKey });
    service.before = async ({ path }) => {
      service.before = () => undefined;
      if (path !== '/logins/challenge') throw new Error('the proof comes first');
    };
    const first = vault.changePassphrase({ current: KNOWN, next: NEXT });
    const second = other.changePassphrase({ current: KNOWN, next: 'the second one' });
    const results = await Promise.allSettled([first, second]);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const failed = results.find((result) => result.status === 'rejected');
    expect(failed?.reason instanceof ConflictError || failed?.reason instanceof UnlockError).toBe(true);
    expect(service.vault.slots.size).toBe(2);
  });

  it('survives a lost answer', async () => {
    const { vault, service, tab } = await begin();
    let lost = 0;
    service.after = ({ path }) => {
      if (path === '/commits' && lost++ < 2) throw new TypeError('network');
    };
    await expect(vault.changePassphrase({ current: KNOWN, next: NEXT })).rejects.toThrow(UnavailableError);
    await unlock(tab, NEXT);
  });
});

describe('a weak slot', () => {
  it('is replaced right after it was used', async () => {
    const { service, tab, vault, device } = await begin();
    await weaken(vault, service, tab);
    await vault.lock();
    const steps: string[] = [];
    const again = await Vault.unlock(
      { handle: HANDLE, secret: { kind: 'passphrase', text: PASSPHRASE } }, (step) => steps.push(step), tab);
    expect(steps).toContain('upgrade');
    expect(costs(service)).toEqual([131_072]);
    await again.write({ text: 'goes on', ...begins(1) });
    expect(await Vault.resume(undefined, tab)).not.toBeNull();
    await unlock(device.tab(service.fetch));
  });

  it('ends everything when its replacement is lied about', async () => {
    const { service, tab, vault } = await begin();
    await weaken(vault, service, tab);
    service.lie = ({ path }, answer) => (path === '/commits' ? { ...(answer as object), seq: 1 } : answer);
    expect(await rejection(unlock(tab))).toBeInstanceOf(IntegrityError);
  });

  it('still opens the vault when it cannot be replaced', async () => {
    const { service, tab, vault } = await begin();
    await weaken(vault, service, tab);
    service.before = ({ path }) => (path === '/commits' ? service.refuse(507, 'storage') : undefined);
    expect((await unlock(tab)).sessions()).toEqual([]);
    expect(costs(service)).toEqual([65_536]);
  });
});

/** Replaces the passphrase slot by one of the floor's costs, as an older client would have made it. */
async function weaken(vault: Vault, service: Awaited<ReturnType<typeof begin>>['service'], tab: ReturnType<Device['tab']>): Promise<void> {
  const params = await import('../core/params.ts');
  const original = { ...params.PROFILE };
  Object.assign(params.PROFILE, FLOOR);
  try {
    await vault.changePassphrase({ current: KNOWN, next: PASSPHRASE });
  } finally {
    Object.assign(params.PROFILE, original);
  }
  expect(costs(service)).toEqual([65_536]);
  expect(tab.argon2id).toBe(cheapArgon2id);
}

function costs(service: Awaited<ReturnType<typeof begin>>['service']): number[] {
  return [...service.vault.slots.values()].map(({ slot }) => parseSlotHeader(fromBase64url(slot).slice(0, 44)).params.mKib).filter(Boolean);
}

describe('the recovery key', () => {
  it('is replaced: the old one opens nothing', async () => {
    const { vault, tab, recoveryKey } = await begin();
    const next = await vault.replaceRecoveryKey();
    await expect(open(tab, { kind: 'recovery', text: recoveryKey })).rejects.toThrow(UnlockError);
    await open(tab, { kind: 'recovery', text: next });
  });

  it('is checked without a second open login', async () => {
    const { vault, service, recoveryKey } = await begin();
    await vault.checkSecret({ kind: 'recovery', text: recoveryKey });
    await vault.checkSecret({ kind: 'passphrase', text: PASSPHRASE });
    await expect(vault.checkSecret({ kind: 'passphrase', text: 'wrong' })).rejects.toThrow(UnlockError);
    expect(service.logins.size).toBe(1);
    await vault.heartbeat();
  });
});

describe('passkeys', () => {
  it('open the vault, on a device that knows them and on one that does not', async () => {
    const { vault, tab, device, service } = await begin();
    await vault.addPasskey('laptop');
    await vault.addPasskey('phone');
    expect((await vault.slots()).map(({ label }) => label).sort()).toEqual(['', '', 'laptop', 'phone']);
    expect((await open(tab, { kind: 'passkey' })).vaultId).toBe(vault.vaultId);
    const elsewhere = new Device();
    elsewhere.passkeys.credentials.push(...device.passkeys.credentials);
    expect((await open(elsewhere.tab(service.fetch), { kind: 'passkey' })).vaultId).toBe(vault.vaultId);
    device.passkeys.tellsUser = false;
    await open(tab, { kind: 'passkey' });
  });

  it('of another vault, or removed ones, open nothing', async () => {
    const { vault, tab, device, service } = await begin();
    await expect(open(tab, { kind: 'passkey' })).rejects.toThrow(UnlockError);
    await vault.addPasskey('laptop');
    const { id } = (await vault.slots()).find(({ kind }) => kind === 'passkey') ?? { id: '' };
    const [credential] = device.passkeys.credentials.splice(0);
    device.passkeys.credentials.push({ ...credential!, userId: new Uint8Array(32) });
    await expect(open(tab, { kind: 'passkey' })).rejects.toThrow(UnlockError);
    await vault.removeSlot(id);
    await vault.removeSlot(id);
    service.traffic();
    await expect(open(tab, { kind: 'passkey' })).rejects.toThrow(UnlockError);
    expect(service.traffic()).toEqual(['POST /logins/challenge']);
  });

  it('are at most as many as there is room for', async () => {
    const { vault } = await begin();
    for (let n = 0; n < 14; n += 1) await vault.addPasskey(`key ${n}`);
    await expect(vault.addPasskey('one more')).rejects.toThrow(UsageError);
    await expect(vault.addPasskey('x'.repeat(101))).rejects.toThrow(UsageError);
  });
});

describe('slots', () => {
  it('keeps the one in use', async () => {
    const { vault } = await begin();
    const { id } = (await vault.slots()).find(({ current }) => current) ?? { id: '' };
    await expect(vault.removeSlot(id)).rejects.toThrow(UsageError);
  });

  it.each([
    ['one hidden', (slots: unknown[]) => slots.slice(1)],
    ['one doubled', (slots: unknown[]) => [slots[0], slots[0]]],
  ])('are refused with %s', async (_, lie) => {
    const { vault, service } = await begin();
    service.lie = ({ path }, answer) => (path === '/slots' ? { slots: lie((answer as { slots: unknown[] }).slots) } : answer);
    await expect(vault.slots()).rejects.toThrow(IntegrityError);
    await expect(vault.refresh()).rejects.toThrow(IntegrityError);
  });
});
