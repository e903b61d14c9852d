import { UnavailableError, type Undo } from '../../client/vault.ts';
import { Store } from './store.ts';

/** So many changes can be put back, one after the other. */
const KEPT = 50;

/** Something that was done and can be put back. */
export interface Undoable {
  /** One sentence for the writer. */
  readonly text: string;
  readonly undo: Undo;
}

/** What can be undone, the last of it first. */
export class Undos {
  /** `offered` is shown to the writer; `last` can be undone all the same when it is shown no more. */
  readonly view = new Store<{ readonly last: Undoable | null; readonly offered: Undoable | null }>({ last: null, offered: null });
  #done: readonly Undoable[] = [];

  offer(text: string, undo: Undo): void {
    const last = { text, undo };
    this.#done = [...this.#done.slice(1 - KEPT), last];
    this.view.set({ last, offered: last });
  }

  dismiss(): void {
    this.view.set({ offered: null });
  }

  /** Puts back what was done last; throws what the vault throws. Where the service was away, it can be tried again. */
  async run(): Promise<void> {
    const last = this.#done.at(-1);
    this.#done = this.#done.slice(0, -1);
    this.view.set({ last: this.#done.at(-1) ?? null, offered: null });
    try {
      await last?.undo();
    } catch (error) {
      if (last !== undefined && error instanceof UnavailableError) this.offer(last.text, last.undo);
      throw error;
    }
  }
}
