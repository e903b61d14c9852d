import { NotFoundError, type Vault } from '../../client/vault.ts';
import { held, sessionIn, type DeskView } from './desk-view.ts';
import type { Forms } from './forms.ts';
import type { Pen } from './pen.ts';
import type { Pens } from './pens.ts';
import { targetOf } from './sitting.ts';
import type { Store } from './store.ts';
import type { Whereabouts } from './whereabouts.ts';

const ERASED = 'This session was erased on another device. What you had not saved is still here; it begins a new session when you save it.';

/** What it shares with its desk. */
interface Shared {
  readonly vault: Vault;
  readonly view: Store<DeskView>;
  readonly pens: Pens;
  readonly forms: Forms;
  readonly where: Whereabouts;
  /** Whether the last look at the service is so long ago that a text must not be sent without another one. */
  readonly isStale: () => boolean;
  /** Looks at the service; whether it answered. */
  readonly refresh: () => Promise<boolean>;
  /** The drafts of this device are others now. */
  readonly onDrafts: () => Promise<void>;
}

/** Where unsaved texts go whose session has ended or was erased meanwhile. */
export class Rehoming {
  readonly #desk: Shared;

  constructor(desk: Shared) {
    this.#desk = desk;
  }

  /** The text of a session that has ended meanwhile moves to where the rule sends it, unless an earlier try has stored it. */
  async ofEnded(pen: Pen, isRetry: boolean): Promise<void> {
    const { vault, view, isStale, refresh } = this.#desk;
    // Without an answer nobody knows whether the earlier try was stored: the same id is sent to the same session.
    if ((isRetry || isStale()) && !(await refresh()) && isRetry) return;
    const { sessions, settings } = view.value;
    const standpoint = { sessionId: pen.sessionId, isChosen: pen.beginning !== null };
    const target = targetOf(standpoint, sessions, vault.now(), settings.continueMinutes);
    if (target.kind === 'stay' || (isRetry && (await this.#isStored(pen)))) return;
    if (target.kind === 'session') await pen.moveTo(target.sessionId);
    else await pen.moveTo(null, target.notebookId === null ? {} : { notebookId: target.notebookId });
    if (pen === view.value.pen) await this.#goAlong(pen);
  }

  /**
   * Texts for sessions that another device erased become texts of a session that has not begun: nothing unsaved is lost.
   * Resolves to whether the one on the page was among them.
   */
  async ofErased(): Promise<boolean> {
    const { vault, view, pens, forms, where, onDrafts } = this.#desk;
    const there = new Set<string | null>([null, ...vault.sessions().map(({ id }) => id)]);
    const homeless = pens.all().filter(({ sessionId }) => !there.has(sessionId));
    const isOnPage = homeless.includes(view.value.pen);
    for (const pen of homeless) await pen.stayBehind();
    if (homeless.length > 0) await onDrafts();
    if (!isOnPage) return false;
    view.set(held(vault));
    // A message in the middle of its change stays on the page, to be copied from.
    if (!forms.areHeld) view.set({ messages: [] });
    await where.stay(null);
    view.set({ fault: ERASED });
    return true;
  }

  async #isStored(pen: Pen): Promise<boolean> {
    const { vault, view } = this.#desk;
    return sessionIn(view.value, pen.lands) !== null && (await vault.open(pen.lands)).some(({ id }) => id === pen.recordId);
  }

  /** The page shows where its text has moved to, and comes back there, also when saving it fails. */
  async #goAlong(pen: Pen): Promise<void> {
    const { vault, view, where } = this.#desk;
    const { sessionId } = pen;
    await where.stay(sessionId);
    const messages = sessionId === null ? [] : await vault.open(sessionId);
    if (pen === view.value.pen && pen.sessionId === sessionId) view.set({ ...held(vault), messages });
  }
}

/** Whether a text could not be saved because its session was erased meanwhile. */
export function isOfErased(error: unknown): boolean {
  return error instanceof NotFoundError && error.code === 'erased';
}
