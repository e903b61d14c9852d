import type { Beginning, Draft, ErasureSelection, FormOf, MessageView, Place, SessionChange, SessionSummary, Undo, Vault } from '../../client/vault.ts';
import { goesOn, standing, type Standing } from '../../writing/activity.ts';
import { deviceNow } from './clock.ts';
import { firstView, held, sessionIn, type Asking, type DeskView, type Screen } from './desk-view.ts';
import { Following } from './following.ts';
import { Forms } from './forms.ts';
import { Pen, type Selection } from './pen.ts';
import { Pens } from './pens.ts';
import { isOfErased, Rehoming } from './rehoming.ts';
import { Reminders } from './reminders.ts';
import { writingGoesOn } from './sitting.ts';
import { Store } from './store.ts';
import { Ticks } from './ticks.ts';
import { Undos } from './undo.ts';
import { watch } from './watch.ts';
import { rememberedSession, Whereabouts } from './whereabouts.ts';

export type { Asking, DeskView, Screen } from './desk-view.ts';

/** A look at the service is fresh for so long; before a message is written after a longer time, the page looks again. */
const FRESH = 30_000;
/** Typing moves a session on at most once in so many milliseconds. */
const TOUCH = 60_000;

export interface DeskEvents {
  /** Sorts an error that ends everything from one that is only said; returns the sentence for the writer. */
  readonly onFault: (error: unknown) => string;
  /** Tells a screen reader. */
  readonly onSay: (text: string) => void;
}

/** An open vault: its sessions, the one on the page, and a pen for each that has an unsaved text. */
export class Desk {
  readonly vault: Vault;
  readonly view: Store<DeskView>;
  readonly undos = new Undos();
  readonly forms: Forms;
  readonly where: Whereabouts;
  readonly reminders: Reminders;
  readonly ticks: Ticks;
  readonly #pens: Pens;
  readonly #following: Following;
  readonly #rehoming: Rehoming;
  readonly #events: DeskEvents;
  readonly #stop = new AbortController();
  #opening = 0;
  /** When the service was last looked at, by the device's clock. */
  #looked = deviceNow();
  /** When typing last moved a session on, by the service's clock. */
  #touched = 0;

  constructor(vault: Vault, events: DeskEvents) {
    this.vault = vault;
    this.#events = events;
    this.forms = new Forms(vault, events.onFault);
    this.where = new Whereabouts(vault, () => this.pen);
    this.#pens = new Pens(vault, {
      onSaving: (pen, isRetry) => this.#rehoming.ofEnded(pen, isRetry),
      onSettled: (pen, home, messages) => this.#settled(pen, home, messages),
      onFault: (error) => this.#fault(error),
    });
    this.view = new Store(firstView(vault, this.#pens.fresh(null)));
    this.ticks = new Ticks(() => vault.now(), this.view);
    this.reminders = new Reminders(vault, this.view, events.onFault);
    this.#following = new Following(vault, this.view, this.forms);
    this.#rehoming = new Rehoming({
      vault, view: this.view, pens: this.#pens, forms: this.forms, where: this.where,
      isStale: () => Math.abs(deviceNow() - this.#looked) > FRESH,
      refresh: () => this.#refresh(),
      onDrafts: () => this.#listDrafts(),
    });
  }

  get pen(): Pen {
    return this.view.value.pen;
  }

  /** The session on the page; null while it has not begun. */
  get session(): SessionSummary | null {
    return this.#find(this.pen.sessionId);
  }

  standing(session: SessionSummary): Standing {
    return standing(session, this.vault.now(), this.view.value.settings.continueMinutes);
  }

  /** Whether the session on the page takes no more messages unless it is resumed. */
  isOver(): boolean {
    const state = this.session === null ? 'new' : this.standing(this.session).state;
    return state !== 'new' && !goesOn(state);
  }

  /** The session that goes on, wherever the page is. */
  active(): SessionSummary | null {
    return this.#following.active();
  }

  /** Puts the writer back where they were, or where another device goes on, and starts to look for what others write. */
  async start(): Promise<void> {
    const place = await this.vault.place.load();
    await Promise.all([this.#listDrafts(), this.forms.takeUp(null)]);
    const remembered = rememberedSession();
    const kept = (remembered === undefined ? place?.sessionId : remembered) ?? null;
    const wanted = kept !== null && this.#find(kept) === null ? null : kept;
    const left = await this.#rehoming.ofLeft();
    await this.open(remembered === undefined ? this.#following.from(wanted) : wanted, place);
    this.#following.isOn = true;
    if (left !== null) this.view.set({ fault: left });
    void this.#rehome().catch((error: unknown) => this.complain(error));
    if (this.#stop.signal.aborted) return;
    this.ticks.start();
    watch(this.#stop.signal, () => void this.look(), () => void this.keep());
  }

  stop(): void {
    this.#stop.abort();
    // What is still being opened is no longer for anyone to see, or to hear of.
    this.#opening += 1;
    this.ticks.stop();
    this.where.stop();
  }

  /**
   * Opens a session; null is one that has not begun. `place` says where to stand when there is no draft, `messageId`
   * which message to bring into sight. Resolves to whether it is shown: it may fail, or come after something else or
   * after the lock.
   */
  async open(sessionId: string | null, place: Place | null = null, messageId: string | null = null): Promise<boolean> {
    const turn = ++this.#opening;
    void this.keep();
    this.view.set({ screen: 'page', asking: null, form: null, loading: true });
    try {
      const messages = sessionId === null ? [] : await this.vault.open(sessionId);
      if (sessionId !== null) await this.forms.takeUp(sessionId);
      const pen = await this.#penFor(sessionId, messages, place);
      const writing = place?.sessionId === sessionId ? place.writing : null;
      if (writing !== null && writingGoesOn(writing, deviceNow(), this.view.value.settings.continueMinutes)) pen.goOn(writing);
      if (turn !== this.#opening) return false;
      this.view.set({ pen, messages, loading: false, fault: null, sought: messageId });
      this.#following.isOn = this.session !== null && this.#following.goesOn(this.session);
      await this.where.stay(sessionId);
      return turn === this.#opening;
    } catch (error) {
      if (turn === this.#opening) this.view.set({ loading: false, fault: this.#events.onFault(error) });
      return false;
    }
  }

  /** A blank page for a session of its own, whichever goes on. A plain one takes up an unsaved text that has no session yet. */
  async begin(beginning: Beginning = {}): Promise<void> {
    if (Object.keys(beginning).length === 0) {
      const isShown = await this.open(null);
      if (isShown && this.pen.sessionId === null && this.pen.beginning === null) this.pen.shape(beginning);
      return;
    }
    this.#opening += 1;
    void this.keep();
    const pen = this.#pens.fresh(null);
    pen.shape(beginning);
    this.view.set({ screen: 'page', asking: null, form: null, pen, messages: [], sought: null, loading: false, fault: null });
    this.#following.isOn = false;
    await this.where.stay(null);
  }

  show(screen: Screen): void {
    void this.keep();
    this.view.set({ screen, form: null });
    void this.forms.takeUp(null);
  }

  /** Shows the form of a notebook or a template over its screen; null closes it. */
  fill(form: FormOf | null): void {
    this.view.set({ form });
  }

  /** Back to a form of a notebook or a template that was changed and not saved. */
  returnTo(form: FormOf): void {
    if (form.kind === 'notebook' && form.id !== null) this.showNotebook(form.id);
    else if (form.kind !== 'session') this.show(form.kind === 'notebook' ? 'notebooks' : 'templates');
    this.fill(form);
  }

  showNotebook(notebookId: string): void {
    this.view.set({ notebookId });
    this.show('notebook');
  }

  ask(asking: Asking | null): void {
    this.view.set({ asking, ...(asking === 'retention' && { owes: false }) });
  }

  /** Asks, step by step, whether this is to be erased; null ends the asking. */
  nuke(erasing: ErasureSelection | null): void {
    const isEditing = erasing !== null && this.forms.areHeld;
    this.view.set(isEditing ? { fault: 'A message is being edited. Save it or give it up first.' } : { erasing });
  }

  /** After an order of this page: what hangs on what is gone goes too, the texts for it that were not saved included. */
  async erased(ids: readonly string[]): Promise<void> {
    this.undos.forget();
    this.#pens.forget(ids);
    this.view.set({ erasing: null, sought: null, screen: 'page' });
    this.update();
    await this.forms.gone().then((gone) => this.forms.giveUp(gone).forget()).catch(() => undefined);
    await this.#listDrafts();
    const { sessionId } = this.pen;
    if (sessionId === null || ids.includes(sessionId)) await this.open(null);
    else await this.do(() => this.#showMessages(sessionId));
  }

  dismissFault(): void {
    this.view.set({ fault: null });
  }

  complain(error: unknown): void {
    this.view.set({ fault: this.#events.onFault(error) });
  }

  /** Something was done that can be put back. */
  did(text: string, undo: Undo): void {
    this.update();
    this.undos.offer(text, async () => {
      await undo();
      this.update();
      const { sessionId } = this.pen;
      if (sessionId !== null) await this.#showMessages(sessionId);
    });
  }

  /** Does something to the vault, and shows it; says what did not work. Resolves to whether it did. */
  async do(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      this.update();
      return true;
    } catch (error) {
      this.complain(error);
      return false;
    }
  }

  /** `text` says what was done, beside the offer to undo it. */
  change(ids: readonly string[], change: SessionChange, text: string): Promise<boolean> {
    return this.do(async () => this.did(text, await this.vault.change(ids, change)));
  }

  /** Takes from the vault what it holds now. */
  update(): void {
    this.view.set(held(this.vault));
  }

  typed(text: string, selection: Selection): void {
    this.pen.typed(text, selection);
    void this.#touch();
  }

  async save(): Promise<void> {
    if (this.view.value.screen === 'page') await this.pen.save();
  }

  /** Ends the session on the page, with what was typed in it. */
  async end(): Promise<void> {
    const { pen, session } = this;
    if (session === null) return;
    await pen.save();
    if (pen.text.trim() === '') await this.change([session.id], { ended: true }, 'The session has ended.');
  }

  /** Takes up again what has ended, was put away, or lies in the trash. */
  async resume(): Promise<void> {
    const { session } = this;
    if (session === null) return;
    const { state } = this.standing(session);
    const back = { ...(state === 'archived' && { archived: false }), ...(state === 'trashed' && { trashed: false }) };
    await this.do(() => this.vault.change([session.id], { ...back, ended: false }));
    this.#following.isOn = true;
  }

  async rename(sessionId: string, title: string): Promise<void> {
    await this.do(() => this.vault.change([sessionId], { title: title.trim() === '' ? null : title.trim() }));
  }

  async editMessage(messageId: string, text: string): Promise<boolean> {
    const { sessionId } = this.pen;
    return sessionId !== null && this.do(async () => {
      await this.vault.editMessage(sessionId, messageId, text);
      await this.#showMessages(sessionId);
    });
  }

  async trashMessage(messageId: string, trashed: boolean): Promise<void> {
    const { sessionId } = this.pen;
    if (sessionId === null) return;
    await this.do(async () => {
      const undo = await this.vault.trashMessage(sessionId, messageId, trashed);
      await this.#showMessages(sessionId);
      this.did(trashed ? 'The message is in the trash. Nothing is erased.' : 'The message is back.', undo);
    });
  }

  /** Seals everything unsaved on this device, and the place. Never throws. */
  async keep(): Promise<void> {
    this.where.moved();
    await Promise.all([this.#pens.flush(), this.forms.flush(), this.where.flush()]);
    await this.#listDrafts();
  }

  /** Looks for what other devices wrote, and tries again what could not be saved. */
  async look(): Promise<void> {
    if (document.visibilityState !== 'visible' || !(await this.#refresh())) return;
    const failed = this.#pens.failed();
    for (const pen of failed) await pen.retry();
    if (failed.length > 0) await this.#listDrafts();
    await this.#follow();
  }

  /** Whether the server answered. */
  async #refresh(): Promise<boolean> {
    try {
      const { changed, root } = await this.vault.refresh();
      const { sessionId } = this.pen;
      this.#looked = deviceNow();
      this.view.set({ reachable: true, ...((changed.length > 0 || root) && held(this.vault)) });
      if (await (changed.length > 0 || root ? this.#rehome() : this.#rehoming.ofErased())) return true;
      if (sessionId !== null && changed.includes(sessionId)) await this.#showMessages(sessionId);
      return true;
    } catch (error) {
      this.#events.onFault(error);
      this.view.set({ reachable: false });
      return false;
    }
  }

  /** What could not be saved because its session was erased meanwhile finds another home at once. */
  #fault(error: unknown): string {
    if (isOfErased(error)) void this.#rehome().catch((fault: unknown) => this.complain(fault));
    return this.#events.onFault(error);
  }

  /** Sees to what was not saved for what other devices have erased. Resolves to whether the page was of such a session. */
  async #rehome(): Promise<boolean> {
    // What cannot be found out now is at the next start: a form that leaves the page is kept.
    const sentence = await this.#rehoming.ofForms().catch(() => null);
    const isErased = await this.#rehoming.ofErased();
    if (sentence === null) return isErased;
    if (this.pen.sessionId === null && this.pen.text === '') await this.open(null);
    this.view.set({ fault: sentence });
    return isErased;
  }

  /** Goes along when another device goes on elsewhere, and nothing here holds the writer. */
  async #follow(): Promise<void> {
    const next = this.#following.next();
    if (next !== null && (await this.open(next.id))) this.#events.onSay(`Another device goes on in “${next.title}”; it is on the page now.`);
  }

  /** Typing is activity. Where the server does not answer, saving will say so. */
  async #touch(): Promise<void> {
    const { session } = this;
    const now = this.vault.now();
    if (session === null || !this.#following.goesOn(session)) return;
    if (Math.min(now - session.activeAt, Math.abs(now - this.#touched)) < TOUCH) return;
    this.#touched = now;
    try {
      await this.vault.touch(session.id);
      this.update();
    } catch (error) {
      this.#events.onFault(error);
    }
  }

  async #penFor(sessionId: string | null, messages: readonly MessageView[], place: Place | null): Promise<Pen> {
    const known = this.#pens.of(sessionId);
    if (known !== null && known.text !== '') return known;
    const pen = known ?? this.#pens.fresh(sessionId);
    const draft = await this.vault.drafts.load(sessionId);
    if (draft !== null) {
      pen.takeUp(draft);
      // A crash may have come between the save of a session's first message and the removal of its draft.
      const begun = draft.sessionId === null && this.#find(draft.newSessionId) !== null;
      await pen.settle(begun ? await this.vault.open(draft.newSessionId) : messages);
    } else if (place?.sessionId === sessionId) {
      pen.selection = place.selection;
      pen.scroll = place.scroll;
    }
    return pen;
  }

  #find(sessionId: string | null): SessionSummary | null {
    return sessionIn(this.view.value, sessionId);
  }

  #settled(pen: Pen, home: string | null, messages: readonly MessageView[]): void {
    this.#looked = deviceNow();
    this.view.set({ ...held(this.vault), reachable: true });
    void this.#listDrafts();
    if (pen !== this.pen) return;
    this.#following.isOn = true;
    this.view.set({ messages });
    // It came to a session that has an unsaved text of its own on this device.
    const isJoining = home !== pen.sessionId && this.view.value.drafts.has(pen.sessionId);
    void (isJoining && pen.text === '' ? this.open(pen.sessionId) : this.where.stay(pen.sessionId));
  }

  async #showMessages(sessionId: string): Promise<void> {
    const messages = await this.vault.open(sessionId);
    if (this.pen.sessionId !== sessionId) return;
    this.view.set({ messages });
  }

  async #listDrafts(): Promise<void> {
    const [drafts, forms] = await Promise.all([this.vault.drafts.list().catch((): Draft[] => []), this.forms.sessions()]);
    this.view.set({ drafts: new Set([...drafts.map((draft) => draft.sessionId), ...forms]) });
  }
}
