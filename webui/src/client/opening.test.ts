/** Lies on the three ways to an unlocked vault that only one of them meets. */
import { describe, expect, it } from 'vitest';
import { importKey } from '../core/aead.ts';
import { randomBytes, randomId, toHex } from '../core/bytes.ts';
import { SetDigest } from '../core/digest.ts';
import * as envelope from '../core/envelope.ts';
import { firstHistory, headPayload, nextHistory, type Head } from '../core/head.ts';
import { Keyring } from '../core/keyring.ts';
import { sealHead } from './commits.ts';
import { headContext, openHead } from './contents.ts';
import { FakeService } from './testing/fake-service.ts';
import { Device } from './testing/platform.ts';
import { begin, KNOWN, PASSPHRASE, recordId, rejection } from './testing/scenario.ts';
import { IntegrityError, Vault } from './vault.ts';

describe('coming back after a refresh', () => {
  const lies: [string, object][] = [
    ['another login', { login_id: recordId(1) }],
    ['another vault', { vault_id: recordId(1) }],
    ['a longer idle limit', { idle_seconds: 3_600 }],
    ['another share', { resume_share: 'A'.repeat(43) }],
  ];
  it.each(lies)('refuses %s, and asks nothing more', async (_, lie) => {
    const { service, tab } = await begin();
    service.lie = (_asked, answer) => ({ ...(answer as object), ...lie });
    expect(await rejection(Vault.resume(undefined, tab))).toBeInstanceOf(IntegrityError);
    expect(service.traffic()).toEqual(['GET /logins/current']);
  });

  it('unlocks anew when the page went away in the middle of a change of its slot', async () => {
    const { service, tab, vault } = await begin();
    const before = tab.tab.get() ?? '';
    await vault.changePassphrase({ current: KNOWN, next: 'another passphrase' });
    tab.tab.set(before);
    expect(await Vault.resume(undefined, tab)).toBeNull();
    expect(tab.tab.get()).toBeNull();
    expect(service.logins.size).toBe(1);
  });
});

describe('making a vault', () => {
  it.each([
    ['another number', { seq: 2 }],
    ['another hash', { head_hash: 'A'.repeat(43) }],
  ])('refuses an answer with %s, and binds nothing', async (_, lie) => {
    const service = new FakeService();
    const device = new Device();
    service.lie = (_asked, answer) => ({ ...(answer as object), ...lie });
    const made = Vault.create({ handle: 'grace', passphrase: PASSPHRASE }, undefined, device.tab(service.fetch));
    expect(await rejection(made)).toBeInstanceOf(IntegrityError);
    expect(service.traffic()).toEqual(['POST /vaults']);
    expect(device.store.values.size).toBe(0);
  });

  it('refuses a service that does not show the slot it was given', async () => {
    const service = new FakeService();
    service.lie = ({ path }, answer) => {
      if (path !== '/logins/challenge') return answer;
      const { slots, ...rest } = answer as { slots: string[] };
      return { ...rest, slots: slots.slice(1) };
    };
    const made = Vault.create({ handle: 'grace', passphrase: PASSPHRASE }, undefined, new Device().tab(service.fetch));
    expect(await rejection(made)).toBeInstanceOf(IntegrityError);
  });
});

describe('a head', () => {
  const vaultId = randomId();

  async function head(seq: number, history: Head['history']): Promise<Head> {
    const entry = { id: randomId(), kind: 'recovery', hash: randomBytes(32), label: '', createdAt: 1, extra: {} } as const;
    return { seq, containers: 1, digest: SetDigest.empty, history, slotEpoch: 1, slots: [entry], audit: null, extra: {} };
  }

  it('is the first only with the history of a first one', async () => {
    const keyring = await Keyring.derive(vaultId, randomBytes(32));
    const key = await importKey(randomBytes(32));
    const first = await firstHistory(vaultId);
    const right = await sealHead(keyring, key, await head(1, first));
    expect((await openHead(keyring, key, 1, right)).seen).toMatchObject({ vaultId: toHex(vaultId), seq: 1, history: first });
    const wrong = await sealHead(keyring, key, await head(1, await nextHistory(first, randomBytes(32))));
    await expect(openHead(keyring, key, 1, wrong)).rejects.toThrow(IntegrityError);
  });

  it('says the number it was sealed under', async () => {
    const keyring = await Keyring.derive(vaultId, randomBytes(32));
    const key = await importKey(randomBytes(32));
    const payload = headPayload(await head(2, await firstHistory(vaultId)));
    const bytes = await envelope.seal(key, headContext(vaultId, 3), payload);
    await expect(openHead(keyring, key, 3, bytes)).rejects.toThrow(IntegrityError);
  });
});
