import type { Vault } from '../../client/vault.ts';
import { Pen, type PenEvents } from './pen.ts';

/** The pens of a desk: one for each session that the writer was in, and one for each that has not begun. */
export class Pens {
  readonly #vault: Vault;
  readonly #events: PenEvents;
  /** The one of a session is the last that has unsaved text, else the last. */
  #pens: readonly Pen[] = [];

  constructor(vault: Vault, events: PenEvents) {
    this.#vault = vault;
    this.#events = events;
  }

  fresh(sessionId: string | null): Pen {
    const pen = new Pen(this.#vault, this.#events, sessionId);
    this.#pens = [...this.#pens, pen];
    return pen;
  }

  of(sessionId: string | null): Pen | null {
    const here = this.#pens.filter((pen) => pen.sessionId === sessionId);
    return here.findLast((pen) => pen.text !== '') ?? here.at(-1) ?? null;
  }

  all(): readonly Pen[] {
    return this.#pens;
  }

  /** Drops the pens of sessions that were erased, with their texts. */
  forget(sessionIds: readonly string[]): void {
    const gone = new Set<string | null>(sessionIds);
    for (const pen of this.#pens) if (gone.has(pen.sessionId)) pen.drop();
    this.#pens = this.#pens.filter((pen) => !gone.has(pen.sessionId));
  }

  /** Those whose text could not be saved. */
  failed(): readonly Pen[] {
    return this.#pens.filter((pen) => pen.attempt !== null);
  }

  async flush(): Promise<void> {
    await Promise.all(this.#pens.map((pen) => pen.flush()));
  }
}
