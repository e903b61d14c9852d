import type { Vault } from '../../client/vault.ts';
import { Debounce } from './debounce.ts';
import type { Pen, Selection } from './pen.ts';

/** Where the writer is: the session, the caret, the scroll; to come back to after a refresh, a lock or a crash. */
export class Whereabouts {
  /** Asks the page where it is; set by the composer while it stands. */
  ask: (() => { selection: Selection; scroll: number }) | null = null;
  readonly #vault: Vault;
  readonly #pen: () => Pen;
  readonly #keeping = new Debounce(() => this.#keep(this.#pen().sessionId), 500, 2_000);

  constructor(vault: Vault, pen: () => Pen) {
    this.#vault = vault;
    this.#pen = pen;
  }

  stop(): void {
    this.#keeping.cancel();
  }

  /** The caret or the page moved. */
  moved(): void {
    const here = this.ask?.();
    if (here !== undefined) this.#pen().moved(here.selection, here.scroll);
    this.#keeping.touch();
  }

  /** Seals what was noted last. Never throws. */
  async flush(): Promise<void> {
    await this.#keeping.flush();
  }

  /** This is the session to come back to. */
  async stay(sessionId: string | null): Promise<void> {
    // Survives a refresh and belongs to one tab. It holds the opaque id alone, never a word.
    history.replaceState({ session: sessionId }, '');
    await this.#keep(sessionId);
  }

  async #keep(sessionId: string | null): Promise<void> {
    const { selection, scroll, writing } = this.#pen();
    // A lost place costs the writer a scroll; the text has its own draft.
    await this.#vault.place.save({ sessionId, selection, scroll: scroll ?? 0, writing }).catch(() => undefined);
  }
}

/** undefined when this tab has no memory of a session; null for one that had not begun. */
export function rememberedSession(): string | null | undefined {
  const state: unknown = history.state;
  if (typeof state !== 'object' || state === null || !('session' in state)) return undefined;
  return typeof state.session === 'string' ? state.session : null;
}
