/** A device, an honest service and an open vault: where most tests begin. */
import { vi } from 'vitest';
import { Vault } from '../vault.ts';
import { Device } from './platform.ts';
import { FakeService } from './fake-service.ts';

export const HANDLE = 'ada lovelace';
export const PASSPHRASE = 'correct horse battery staple';
export const KNOWN = { kind: 'passphrase', text: PASSPHRASE } as const;

export async function begin() {
  const service = new FakeService();
  const device = new Device();
  const tab = device.tab(service.fetch);
  const { vault, recoveryKey } = await Vault.create({ handle: HANDLE, passphrase: PASSPHRASE }, undefined, tab);
  service.traffic();
  return { service, device, tab, vault, recoveryKey };
}

export function unlock(tab: ReturnType<Device['tab']>, passphrase = PASSPHRASE): Promise<Vault> {
  return Vault.unlock({ handle: HANDLE, secret: { kind: 'passphrase', text: passphrase } }, undefined, tab);
}

/** The same id for the same number. */
export function recordId(number: number): string {
  return number.toString(16).padStart(32, '0');
}

/** A first message, and the session that begins with it. */
export function begins(number: number) {
  return { sessionId: null, newSessionId: recordId(number + 0x10_0000), recordId: recordId(number) };
}

/** What a promise was rejected with; fails when it was not. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`resolved with ${JSON.stringify(value)}`);
    },
    (reason: unknown) => reason,
  );
}

/** Waits for what comes by itself, and no longer than it takes. */
export function soon<T>(check: () => T): Promise<T> {
  return vi.waitFor(check, { interval: 1, timeout: 5_000 });
}

/** Pauses end at once, until mocks are restored. */
export function hurry(): void {
  const { setTimeout: wait } = globalThis;
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((work: () => void) => wait(work, 0)) as typeof setTimeout);
}
