import { NotFoundError, ServiceError, type Undo } from '../../client/vault.ts';
import { Store } from './store.ts';

/** So many changes can be put back, one after the other. */
const KEPT = 50;

/** Something that was done and can be put back. */
export interface Undoable {
  /** One sentence for the writer. */
  readonly text: string;
  readonly undo: Undo;
}

export interface UndosView {
  /** Can be undone, also when it is shown no more. */
  readonly last: Undoable | null;
  /** Shown to the writer. */
  readonly offered: Undoable | null;
  /** The sentence of what was just undone. */
  readonly undone: string | null;
}

/** What can be undone, the last of it first. */
export class Undos {
  readonly view = new Store<UndosView>({ last: null, offered: null, undone: null });
  #done: readonly Undoable[] = [];
  #isRunning = false;

  offer(text: string, undo: Undo): void {
    const last = { text, undo };
    this.#done = [...this.#done.slice(1 - KEPT), last];
    this.view.set({ last, offered: last, undone: null });
  }

  /** Something was erased: what it was must not be put back, nor stay in memory. */
  forget(): void {
    this.#done = [];
    this.view.set({ last: null, offered: null, undone: null });
  }

  dismiss(): void {
    this.view.set({ offered: null, undone: null });
  }

  /**
   * Puts back what was done last, unless something is being put back already; throws what the vault throws. It can be
   * tried again where the service refused it, but for what is no longer there.
   */
  async run(): Promise<void> {
    const last = this.#done.at(-1);
    if (last === undefined || this.#isRunning) return;
    this.#isRunning = true;
    this.#done = this.#done.slice(0, -1);
    this.view.set({ last: this.#done.at(-1) ?? null, offered: null, undone: null });
    try {
      await last.undo();
      // What was done meanwhile is offered still.
      if (this.view.value.offered === null) this.view.set({ undone: last.text });
    } catch (error) {
      if (error instanceof ServiceError && !(error instanceof NotFoundError)) this.offer(last.text, last.undo);
      throw error;
    } finally {
      this.#isRunning = false;
    }
  }
}
