/** The memory behind trusted-state.ts: which vault a name is, and the highest head accepted of each, per device. */
import { ForkError, RollbackError, StorageError } from '../errors.ts';
import { equal, type Bytes } from '../core/bytes.ts';
import type { KeptCheckpoint } from '../core/head.ts';
import type { KeyValueStore, Stored } from './store.ts';
import { checkBinding, laterLog, type Pin } from './trusted-state.ts';

const HANDLE = 'handle/';
const PIN = 'pin/';

interface Binding {
  readonly handle: string;
  readonly vaultId: string;
  readonly openedAt: number;
}

export class Pins {
  constructor(private readonly store: KeyValueStore) {}

  /** The vault that `handle` was opened as on this device. */
  async binding(handle: string): Promise<string | null> {
    const value = await this.store.get(HANDLE + handle);
    return value === undefined ? null : asBinding(value).vaultId;
  }

  async pin(vaultId: string): Promise<Pin | null> {
    const value = await this.store.get(PIN + vaultId);
    return value === undefined ? null : asPin(value);
  }

  /** A name that is bound is never bound anew in passing, not by another tab either: it is forgotten first. */
  async bind(handle: string, vaultId: string, openedAt: number): Promise<void> {
    await this.store.update(HANDLE + handle, (value) => {
      checkBinding(value === undefined ? null : asBinding(value).vaultId, vaultId);
      return { handle, vaultId, openedAt };
    });
  }

  /** The checkpoint of the vault's log that was accepted last. */
  async log(vaultId: string): Promise<KeptCheckpoint | null> {
    const value = await this.store.get(PIN + vaultId);
    return value === undefined ? null : asLog(value);
  }

  /** Raises the pin, and the checkpoint of the log. What another tab raised higher stays. */
  async accept(pin: Pin, log: KeptCheckpoint | null = null): Promise<void> {
    await this.store.update(PIN + pin.vaultId, (value) => {
      const [kept, keptLog] = value === undefined ? [null, null] : [asPin(value), asLog(value)];
      if (kept?.seq === pin.seq && !equal(kept.headHash, pin.headHash)) throw new RollbackError(`another head ${pin.seq}`);
      checkLogs(keptLog, log);
      const next = laterLog(keptLog, log);
      const audit = next === null ? null : { key: next.key, origin: next.origin, size: next.size, root: next.root };
      return { ...(kept !== null && kept.seq > pin.seq ? kept : pin), audit };
    });
  }

  /** Latest first. */
  async handles(): Promise<string[]> {
    const bindings = (await this.store.list(HANDLE)).filter(isBinding);
    return bindings.toSorted((a, b) => b.openedAt - a.openedAt).map((binding) => binding.handle);
  }

  /** Names that stood for a vault, and what was seen of it. */
  async forgetVault(vaultId: string): Promise<void> {
    const bindings = (await this.store.list(HANDLE)).filter(isBinding);
    for (const binding of bindings) if (binding.vaultId === vaultId) await this.store.remove(HANDLE + binding.handle);
    await this.store.remove(PIN + vaultId);
  }

  /** The vault that the name stood for; null for none, or for a note of it so damaged that nobody knows. */
  async forget(handle: string): Promise<string | null> {
    const value = await this.store.get(HANDLE + handle);
    const vaultId = isBinding(value) ? value.vaultId : null;
    if (vaultId !== null) await this.store.remove(PIN + vaultId);
    await this.store.remove(HANDLE + handle);
    return vaultId;
  }
}

// A damaged pin must never read as "no pin": that would pass a roll-back off as a new device.
const DAMAGED = 'What this device remembers of the vault is damaged. Forget the vault on this device and unlock again.';

function asBinding(value: Stored): Binding {
  if (!isBinding(value)) throw new StorageError(DAMAGED);
  return value;
}

function isBinding(value: Stored | undefined): value is Stored & Binding {
  const { handle, vaultId, openedAt } = fieldsOf(value);
  return typeof handle === 'string' && typeof vaultId === 'string' && typeof openedAt === 'number';
}

function asPin(value: Stored): Pin {
  const { vaultId, seq, headHash, history } = fieldsOf(value);
  if (typeof vaultId !== 'string' || typeof seq !== 'number' || !isHash(headHash) || !isHash(history)) throw new StorageError(DAMAGED);
  return { vaultId, seq, headHash, history };
}

/** null for a pin from before there were logs. */
function asLog(value: Stored): KeptCheckpoint | null {
  const { audit = null } = fieldsOf(value);
  if (audit === null) return null;
  const { key, origin, size, root } = fieldsOf(audit);
  if (!isHash(key) || typeof origin !== 'string' || typeof size !== 'number' || !isHash(root)) throw new StorageError(DAMAGED);
  return { key, origin, size, root, extra: {} };
}

function checkLogs(kept: KeptCheckpoint | null, log: KeptCheckpoint | null): void {
  if (kept === null || log === null) return;
  const isOther = !equal(kept.key, log.key) || (kept.size === log.size && !equal(kept.root, log.root));
  if (isOther) throw new ForkError('another tab saw another log', 'log');
}

function isHash(value: Stored | undefined): value is Bytes {
  return value instanceof Uint8Array && value.length === 32;
}

/** The fields of a stored object; none of anything else. */
function fieldsOf(value: Stored | undefined): { readonly [name: string]: Stored | undefined } {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
  return isObject ? (value as { readonly [name: string]: Stored }) : {};
}
