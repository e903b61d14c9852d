import { NotFoundError, type FormOf, type Vault } from '../../client/vault.ts';
import { held, sessionIn, type DeskView } from './desk-view.ts';
import { isOf, type Forms } from './forms.ts';
import type { Pen } from './pen.ts';
import type { Pens } from './pens.ts';
import { targetOf } from './sitting.ts';
import type { Store } from './store.ts';
import type { Whereabouts } from './whereabouts.ts';

const ERASED = 'This session was erased on another device. What you had not saved is still here; it begins a new session when you save it.';
const ERASED_BEFORE = 'A session was erased on another device. What you had not saved for it is kept as the unsaved text of a new session.';
const ERASED_FORM = 'What you were changing was erased on another device.';
const OWN_WORDS = `${ERASED_FORM} The words that you had added are kept as the unsaved text of a new session.`;

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
    const { vault, view, pens, where, onDrafts } = this.#desk;
    const there = this.#there();
    const homeless = pens.all().filter(({ sessionId }) => !there.has(sessionId));
    const isOnPage = homeless.includes(view.value.pen);
    for (const pen of homeless) await pen.stayBehind();
    if (homeless.length > 0) await onDrafts();
    if (!isOnPage) return false;
    view.set({ ...held(vault), messages: [] });
    await where.stay(null);
    view.set({ fault: ERASED });
    return true;
  }

  /** At the start: the same, of texts that an earlier page has left. The sentence for the writer; null when there are none. */
  async ofLeft(): Promise<string | null> {
    const { vault, pens, onDrafts } = this.#desk;
    const there = this.#there();
    let sentence: string | null = null;
    for (const { sessionId } of await vault.drafts.list()) {
      const draft = there.has(sessionId) ? null : await vault.drafts.load(sessionId);
      if (draft === null) continue;
      const pen = pens.fresh(sessionId);
      pen.takeUp(draft);
      await pen.stayBehind();
      sentence = ERASED_BEFORE;
    }
    if (sentence !== null) await onDrafts();
    return sentence;
  }

  /**
   * What was changed of something that another device erased is given up, since it holds what is erased. The words that
   * the writer has added to it are nowhere else: they become a text of a session that has not begun. The sentence for
   * the writer; null when there is nothing of the kind.
   */
  async ofForms(): Promise<string | null> {
    const { view, pens, forms, onDrafts } = this.#desk;
    const gone = await forms.gone();
    if (gone.length === 0) return null;
    const { form, messages } = view.value;
    const isGone = (of: FormOf): boolean => gone.some((draft) => isOf(draft.of, of));
    // In one go: no key that is pressed meanwhile gets lost.
    const { words, forget } = forms.giveUp(gone);
    const ids = new Set(gone.map(({ of }) => of.id));
    view.set({ form: form !== null && isGone(form) ? null : form, messages: messages.filter(({ id }) => !ids.has(id)) });
    if (words !== '') {
      const pen = pens.fresh(null);
      pen.shape({});
      pen.typed(words, [words.length, words.length]);
      // Sealed in their new home before the old one goes.
      await pen.flush();
    }
    await forget();
    await onDrafts();
    return words === '' ? ERASED_FORM : OWN_WORDS;
  }

  #there(): ReadonlySet<string | null> {
    return new Set([null, ...this.#desk.vault.sessions().map(({ id }) => id)]);
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
