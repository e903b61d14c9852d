/** What is kept on this device: sealed, in the class of drafts (FORMAT §5), each item for one tab. */
import { toHex, type Bytes } from '../core/bytes.ts';
import type { Payload } from '../core/canonical.ts';
import * as envelope from '../core/envelope.ts';
import { EnvelopeClass, type Context } from '../core/envelope.ts';
import { LockedError } from '../errors.ts';
import type { Stored } from './store.ts';
import type { Unlocked } from './unlocked.ts';

/** As it lies in the store: sealed, with the ids of its context. */
export interface SealedItem {
  readonly containerId: Bytes;
  readonly recordId: Bytes;
  readonly envelope: Bytes;
}

/** Seals what stays on this device. Does so until the keys are dropped, whatever the server did. */
export class DeviceSeal {
  constructor(private readonly unlocked: Unlocked) {}

  async seal(containerId: Bytes, recordId: Bytes, payload: Payload): Promise<Stored> {
    return { containerId, recordId, envelope: await envelope.seal(this.#key(), this.#context(containerId, recordId), payload) };
  }

  /** null for what does not open or cannot be read: one damaged item must not take the others with it. */
  async open<T>(stored: Stored, parse: (payload: Payload, item: SealedItem) => T): Promise<T | null> {
    const key = this.#key();
    try {
      const item = stored as unknown as SealedItem;
      return parse(await envelope.open(key, this.#context(item.containerId, item.recordId), item.envelope), item);
    } catch {
      return null;
    }
  }

  #key(): CryptoKey {
    if (!this.unlocked.gate.hasKeys) throw new LockedError();
    return this.unlocked.login.keyring.draftKey;
  }

  #context(containerId: Bytes, recordId: Bytes): Context {
    return { cls: EnvelopeClass.DRAFT, vaultId: this.unlocked.login.keyring.vaultId, containerId, recordId, version: 1 };
  }
}

/**
 * Unsaved texts of one type, by container and id. All types lie under one prefix, so that they go together when their
 * session or their vault is erased.
 */
export class KeptTexts {
  readonly #seal: DeviceSeal;
  /** Ids of those that are this tab's, with what gives them back. */
  readonly #claims = new Map<string, () => void>();
  /** Saving and removing happen in the order they were asked for. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(private readonly unlocked: Unlocked) {
    this.#seal = new DeviceSeal(unlocked);
    unlocked.gate.atClose(() => this.#release());
  }

  /** Sealed, and this tab's, when it resolves. */
  save(containerId: Bytes, recordId: Bytes, payload: Payload): Promise<void> {
    return this.#inTurn(async () => {
      const sealed = await this.#seal.seal(containerId, recordId, payload);
      await this.unlocked.login.platform.store.set(this.#key(containerId, recordId), sealed);
      await this.claim(toHex(recordId));
    });
  }

  remove(containerId: Bytes, recordId: Bytes): Promise<void> {
    return this.#inTurn(async () => {
      await this.unlocked.login.platform.store.remove(this.#key(containerId, recordId));
      const id = toHex(recordId);
      this.#claims.get(id)?.();
      this.#claims.delete(id);
    });
  }

  /** What `parse` makes of all; what it refuses, such as one of another type, is left out. Latest first. */
  async list<T extends { readonly updatedAt: number }>(parse: (payload: Payload, item: SealedItem) => T): Promise<T[]> {
    // What was asked to be removed is not shown again.
    await this.#queue;
    const stored = await this.unlocked.login.platform.store.list(this.#prefix());
    const opened = await Promise.all(stored.map((item) => this.#seal.open(item, parse)));
    return opened.filter((item) => item !== null).sort((a, b) => b.updatedAt - a.updatedAt);
  }

  /** Whether this one is this tab's from now on: another tab of this browser may have it. */
  async claim(id: string): Promise<boolean> {
    if (this.#claims.has(id)) return true;
    const give = await this.unlocked.login.platform.claim(`draft/${id}`);
    if (give === null) return false;
    this.#claims.set(id, give);
    // What was still under way at the lock takes nothing from whoever unlocks next.
    if (!this.unlocked.gate.hasKeys) this.#release();
    return true;
  }

  /** Gives all of this tab back to the others. */
  #release(): void {
    for (const give of this.#claims.values()) give();
    this.#claims.clear();
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  #prefix(): string {
    return `draft/${this.unlocked.login.vaultId}/`;
  }

  #key(containerId: Bytes, recordId: Bytes): string {
    return `${this.#prefix()}${toHex(containerId)}/${toHex(recordId)}`;
  }
}
