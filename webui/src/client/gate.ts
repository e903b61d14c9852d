/** Decides whether anything may still be done with an open vault: not after hostile data, not after the lock. */
import { HostileDataError, LockedError } from '../errors.ts';
import type { LockListener, LockReason } from './types.ts';

export class Gate {
  #phase: 'open' | 'ending' | 'closed' = 'open';
  #refusal: HostileDataError | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  readonly #listeners = new Set<LockListener>();
  readonly #closers: (() => void)[] = [];

  /** Work on the vault's contents: one after another. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(() => this.run(work));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  /** After data that no correct writer can have made, everything further is refused with the same error (FORMAT §7.1). */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.check();
    try {
      return await work();
    } catch (error) {
      if (error instanceof HostileDataError) this.#refusal ??= error;
      if (error instanceof LockedError) void this.end('ended');
      throw error;
    }
  }

  /** To be asked again before each use of a key and each request. */
  check(): void {
    if (this.#refusal !== null) throw this.#refusal;
    if (this.#phase !== 'open') throw new LockedError();
  }

  /** Whether there is a login that can be ended: the one request allowed after hostile data. */
  get hasLogin(): boolean {
    return this.#phase === 'open';
  }

  /** Whether the keys are still there: drafts are sealed until the very end. */
  get hasKeys(): boolean {
    return this.#phase !== 'closed';
  }

  /** `closer` forgets keys and what hangs on them; it runs once, last. */
  atClose(closer: () => void): void {
    this.#closers.push(closer);
  }

  onLocked(listener: LockListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells the listeners, waits for them, drops the keys. A lock of this page while listeners are busy does not wait. */
  async end(reason: LockReason): Promise<void> {
    if (this.#phase === 'open') {
      this.#phase = 'ending';
      await Promise.allSettled([...this.#listeners].map(async (listener) => listener(reason)));
    } else if (reason !== 'here') {
      return;
    }
    if (!this.hasKeys) return;
    this.#phase = 'closed';
    this.#listeners.clear();
    for (const closer of this.#closers) closer();
  }
}
