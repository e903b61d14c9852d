import type { SessionSummary, Vault } from '../../client/vault.ts';
import { activeSession, goesOn, standing } from '../../writing/activity.ts';
import { sessionIn, type DeskView } from './desk-view.ts';
import type { Forms } from './forms.ts';
import type { Store } from './store.ts';

/** What goes on, wherever that is, and whether the page goes along. */
export class Following {
  /** The page shows what goes on until the writer opens or begins something else. */
  isOn = true;
  readonly #vault: Vault;
  readonly #view: Store<DeskView>;
  readonly #forms: Forms;

  constructor(vault: Vault, view: Store<DeskView>, forms: Forms) {
    this.#vault = vault;
    this.#view = view;
    this.#forms = forms;
  }

  /** The session that goes on, wherever the page is. */
  active(): SessionSummary | null {
    const { sessions, settings } = this.#view.value;
    return activeSession(sessions, this.#vault.now(), settings.continueMinutes);
  }

  goesOn(session: SessionSummary): boolean {
    return goesOn(standing(session, this.#vault.now(), this.#view.value.settings.continueMinutes).state);
  }

  /** Where a writer who comes back goes on: not in what has ended, when something else goes on and nothing is unsaved here. */
  from(wanted: string | null): string | null {
    const session = sessionIn(this.#view.value, wanted);
    if (this.#view.value.drafts.has(wanted) || (session !== null && this.goesOn(session))) return wanted;
    return this.active()?.id ?? wanted;
  }

  /** Where another device goes on, when nothing here holds the writer; null is to stay. */
  next(): SessionSummary | null {
    const { pen, screen, asking, loading } = this.#view.value;
    const session = sessionIn(this.#view.value, pen.sessionId);
    const active = this.active();
    const isHeld = this.#forms.areHeld || screen !== 'page' || asking !== null || loading || pen.text !== '' || pen.beginning !== null;
    if (!this.isOn || isHeld || active === null || active.id === session?.id) return null;
    return session !== null && this.goesOn(session) ? null : active;
  }
}
