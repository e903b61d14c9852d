import type { Undo } from '../../client/vault.ts';
import { Store } from './store.ts';

/** Something that was done and can be put back. */
export interface Undoable {
  /** One sentence for the writer. */
  readonly text: string;
  readonly undo: Undo;
}

/** Keeps the last thing that can be undone, until the next one or until it is dismissed. */
export class Undos {
  readonly view = new Store<{ readonly last: Undoable | null }>({ last: null });

  offer(text: string, undo: Undo): void {
    this.view.set({ last: { text, undo } });
  }

  dismiss(): void {
    this.view.set({ last: null });
  }

  /** Puts back what was done last; throws what the vault throws. */
  async run(): Promise<void> {
    const { last } = this.view.value;
    this.dismiss();
    await last?.undo();
  }
}
