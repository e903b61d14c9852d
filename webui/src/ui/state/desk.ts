import { NotFoundError } from '../../client/vault.ts';
import type { Beginning, Draft, ErasureSelection, MessageView, Place, SessionChange, SessionSummary, Undo, Vault } from '../../client/vault.ts';
import { activeSession, goesOn, standing, type Standing } from '../../writing/activity.ts';
import { isBackupDue } from '../../writing/backups.ts';
import { isNothingDue, planRetention, type RetentionPlan } from '../../writing/retention.ts';
import { deviceNow } from './clock.ts';
import { held, type Asking, type DeskView, type Screen } from './desk-view.ts';
import { Forms } from './forms.ts';
import { Pen, type Selection } from './pen.ts';
import { Pens } from './pens.ts';
import { targetOf } from './sitting.ts';
import { Store } from './store.ts';
import { Undos } from './undo.ts';
import { rememberedSession, Whereabouts } from './whereabouts.ts';

export type { Asking, DeskView, Screen } from './desk-view.ts';

/** Milliseconds between looks for what other devices wrote. */
const POLL = 20_000;
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
  readonly forms = new Forms();
  readonly where: Whereabouts;
  readonly #pens: Pens;
  readonly #events: DeskEvents;
  readonly #stop = new AbortController();
  #opening = 0;
  /** When the service was last looked at, by the device's clock. */
  #looked = deviceNow();
  /** When typing last moved a session on, by the service's clock. */
  #touched = 0;
  /** The page shows what goes on, wherever that is, until the writer opens or begins something else. */
  #follows = true;

  constructor(vault: Vault, events: DeskEvents) {
    this.vault = vault;
    this.#events = events;
    this.where = new Whereabouts(vault, () => this.pen);
    this.#pens = new Pens(vault, {
      onSaving: (pen, isRetry) => this.#rehome(pen, isRetry),
      onSettled: (pen, home, messages) => this.#settled(pen, home, messages),
      onFault: (error) => this.#fault(error),
    });
    this.view = new Store<DeskView>({
      screen: 'page',
      notebookId: null,
      asking: null,
      erasing: null,
      ...held(vault),
      drafts: new Set(),
      pen: this.#pens.fresh(null),
      messages: [],
      sought: null,
      loading: true,
      reachable: true,
      owes: false,
      owesBackup: false,
      fault: null,
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
    const { sessions, settings } = this.view.value;
    return activeSession(sessions, this.vault.now(), settings.continueMinutes);
  }

  /** Puts the writer back where they were, or where another device goes on, and starts to look for what others write. */
  async start(): Promise<void> {
    const place = await this.vault.place.load();
    await this.#listDrafts();
    const remembered = rememberedSession();
    const kept = (remembered === undefined ? place?.sessionId : remembered) ?? null;
    const wanted = kept !== null && this.#find(kept) === null ? null : kept;
    await this.open(remembered === undefined ? this.#whereItGoesOn(wanted) : wanted, place);
    this.#follows = true;
    if (!this.#stop.signal.aborted) this.#watch();
  }

  stop(): void {
    this.#stop.abort();
    // What is still being opened is no longer for anyone to see, or to hear of.
    this.#opening += 1;
    this.where.stop();
  }

  /**
   * Opens a session; null is one that has not begun. `place` says where to stand when there is no draft, `messageId`
   * which message to bring into sight. Resolves to whether it is shown: it may fail, or come after something else or
   * after the lock.
   */
  async open(sessionId: string | null, place: Place | null = null, messageId: string | null = null): Promise<boolean> {
    if (this.#isHeld()) return false;
    const turn = ++this.#opening;
    void this.keep();
    this.view.set({ screen: 'page', asking: null, loading: true });
    try {
      const messages = sessionId === null ? [] : await this.vault.open(sessionId);
      const pen = await this.#penFor(sessionId, messages, place);
      if (turn !== this.#opening) return false;
      this.view.set({ pen, messages, loading: false, fault: null, sought: messageId });
      this.#follows = this.session !== null && goesOn(this.standing(this.session).state);
      await this.where.stay(sessionId);
      return turn === this.#opening;
    } catch (error) {
      if (turn === this.#opening) this.view.set({ loading: false, fault: this.#events.onFault(error) });
      return false;
    }
  }

  /** A blank page for a session of its own, whichever goes on. A plain one takes up an unsaved text that has no session yet. */
  async begin(beginning: Beginning = {}): Promise<void> {
    if (this.#isHeld()) return;
    if (Object.keys(beginning).length === 0) {
      const isShown = await this.open(null);
      if (isShown && this.pen.sessionId === null && this.pen.beginning === null) this.pen.shape(beginning);
      return;
    }
    this.#opening += 1;
    void this.keep();
    const pen = this.#pens.fresh(null);
    pen.shape(beginning);
    this.view.set({ screen: 'page', asking: null, pen, messages: [], sought: null, loading: false, fault: null });
    this.#follows = false;
    await this.where.stay(null);
  }

  show(screen: Screen): void {
    if (this.#isHeld()) return;
    void this.keep();
    this.view.set({ screen });
  }

  /** Whether a message is being edited, which going elsewhere would lose: then that is said. Dialogs ask by themselves. */
  #isHeld(): boolean {
    const isHeld = this.forms.areHeld && document.querySelector('dialog[open]') === null;
    if (isHeld) this.view.set({ fault: 'A message is being edited. Save it or give it up first.' });
    return isHeld;
  }

  showNotebook(notebookId: string): void {
    this.view.set({ notebookId });
    this.show('notebook');
  }

  /** What the retention policies are due for now. */
  due(): RetentionPlan {
    const { sessions, notebooks, settings } = this.view.value;
    return planRetention(sessions, notebooks, settings, this.vault.now());
  }

  /** Brings up, once, what the policies are due for, and a backup that is; of backups nothing is said before `quietUntil`. */
  remind(quietUntil: number): void {
    const { sessions, settings, backupAt } = this.view.value;
    const now = this.vault.now();
    this.view.set({ owes: !isNothingDue(this.due()), owesBackup: now >= quietUntil && isBackupDue(sessions, settings, backupAt, now) });
  }

  /** A backup of everything was made, and read back; all devices are to know. Resolves to why they cannot, or null. */
  async backedUp(begunAt: number): Promise<string | null> {
    this.view.set({ owesBackup: false });
    try {
      await this.vault.noteBackup(begunAt);
      this.update();
      return null;
    } catch (error) {
      return this.#events.onFault(error);
    }
  }

  ask(asking: Asking | null): void {
    this.view.set({ asking, ...(asking === 'retention' && { owes: false }) });
  }

  /** Asks, step by step, whether this is to be erased; null ends the asking. */
  nuke(erasing: ErasureSelection | null): void {
    if (erasing === null || !this.#isHeld()) this.view.set({ erasing });
  }

  /** After an order of this page: what hangs on what is gone goes too, the texts for it that were not saved included. */
  async erased(ids: readonly string[]): Promise<void> {
    this.undos.forget();
    this.#pens.forget(ids);
    this.view.set({ erasing: null, sought: null });
    this.update();
    await this.#listDrafts();
    const { sessionId } = this.pen;
    if (sessionId === null || ids.includes(sessionId)) await this.open(null);
    else await this.do(() => this.#showMessages(sessionId));
  }

  dismissDue(): void {
    this.view.set({ owes: false });
  }

  dismissBackup(): void {
    this.view.set({ owesBackup: false });
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
    this.#follows = true;
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
    await Promise.all([this.#pens.flush(), this.where.flush()]);
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
      if (await this.#rescue()) return true;
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
    if (error instanceof NotFoundError && error.code === 'erased') void this.#rescue().catch((fault: unknown) => this.complain(fault));
    return this.#events.onFault(error);
  }

  /** Texts for sessions that another device erased become texts of a session that has not begun: nothing unsaved is lost. */
  async #rescue(): Promise<boolean> {
    const there = new Set<string | null>([null, ...this.vault.sessions().map(({ id }) => id)]);
    const homeless = this.#pens.all().filter(({ sessionId }) => !there.has(sessionId));
    const isOnPage = homeless.includes(this.pen);
    for (const pen of homeless) await pen.stayBehind();
    if (homeless.length > 0) await this.#listDrafts();
    if (!isOnPage) return false;
    this.update();
    // A message in the middle of its change stays on the page, to be copied from.
    if (!this.forms.areHeld) this.view.set({ messages: [] });
    await this.where.stay(null);
    this.view.set({ fault: 'This session was erased on another device. What you had not saved is still here; it begins a new session when you save it.' });
    return true;
  }

  /** Goes along when another device goes on elsewhere, and nothing here holds the writer. */
  async #follow(): Promise<void> {
    const { pen, session } = this;
    const active = this.active();
    const { screen, asking, loading } = this.view.value;
    const isHeld = this.forms.areHeld || screen !== 'page' || asking !== null || loading || pen.text !== '' || pen.beginning !== null;
    if (!this.#follows || isHeld || active === null || active.id === session?.id) return;
    if (session !== null && goesOn(this.standing(session).state)) return;
    if (await this.open(active.id)) this.#events.onSay(`Another device goes on in “${active.title}”; it is on the page now.`);
  }

  /** Where a writer who comes back goes on: not in what has ended, when something else goes on and nothing is unsaved here. */
  #whereItGoesOn(wanted: string | null): string | null {
    const session = this.#find(wanted);
    if (this.view.value.drafts.has(wanted) || (session !== null && goesOn(this.standing(session).state))) return wanted;
    return this.active()?.id ?? wanted;
  }

  /** The text of a session that has ended meanwhile moves to where the rule sends it, unless an earlier try has stored it. */
  async #rehome(pen: Pen, isRetry: boolean): Promise<void> {
    const isStale = isRetry || Math.abs(deviceNow() - this.#looked) > FRESH;
    // Without an answer nobody knows whether the earlier try was stored: the same id is sent to the same session.
    if (isStale && !(await this.#refresh()) && isRetry) return;
    const { sessions, settings } = this.view.value;
    const standpoint = { sessionId: pen.sessionId, isChosen: pen.beginning !== null };
    const target = targetOf(standpoint, sessions, this.vault.now(), settings.continueMinutes);
    if (target.kind === 'stay' || (isRetry && (await this.#isStored(pen)))) return;
    if (target.kind === 'session') await pen.moveTo(target.sessionId);
    else await pen.moveTo(null, target.notebookId === null ? {} : { notebookId: target.notebookId });
    if (pen === this.pen) await this.#goAlong(pen);
  }

  async #isStored(pen: Pen): Promise<boolean> {
    return this.#find(pen.lands) !== null && (await this.vault.open(pen.lands)).some(({ id }) => id === pen.recordId);
  }

  /** The page shows where its text has moved to, and comes back there, also when saving it fails. */
  async #goAlong(pen: Pen): Promise<void> {
    const { sessionId } = pen;
    await this.where.stay(sessionId);
    const messages = sessionId === null ? [] : await this.vault.open(sessionId);
    if (pen === this.pen && pen.sessionId === sessionId) this.view.set({ ...held(this.vault), messages });
  }

  /** Typing is activity. Where the server does not answer, saving will say so. */
  async #touch(): Promise<void> {
    const { session } = this;
    const now = this.vault.now();
    if (session === null || !goesOn(this.standing(session).state)) return;
    if (Math.min(now - session.activeAt, Math.abs(now - this.#touched)) < TOUCH) return;
    this.#touched = now;
    try {
      await this.vault.touch(session.id);
      this.update();
    } catch (error) {
      this.#events.onFault(error);
    }
  }

  #watch(): void {
    const { signal } = this.#stop;
    const timer = window.setInterval(() => void this.look(), POLL);
    signal.addEventListener('abort', () => window.clearInterval(timer));
    for (const name of ['focus', 'online']) window.addEventListener(name, () => void this.look(), { signal });
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'hidden') void this.keep();
    }, { signal });
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
    return this.view.value.sessions.find((session) => session.id === sessionId) ?? null;
  }

  #settled(pen: Pen, home: string | null, messages: readonly MessageView[]): void {
    this.#looked = deviceNow();
    this.view.set({ ...held(this.vault), reachable: true });
    void this.#listDrafts();
    if (pen !== this.pen) return;
    this.#follows = true;
    this.view.set({ messages });
    // It came to a session that has an unsaved text of its own on this device.
    const isJoining = home !== pen.sessionId && this.view.value.drafts.has(pen.sessionId);
    void (isJoining && pen.text === '' ? this.open(pen.sessionId) : this.where.stay(pen.sessionId));
  }

  async #showMessages(sessionId: string): Promise<void> {
    const messages = await this.vault.open(sessionId);
    if (this.pen.sessionId !== sessionId) return;
    const left = new Set(messages.map(({ id }) => id));
    const isHeld = this.forms.areHeld && this.view.value.messages.some(({ id }) => !left.has(id));
    this.view.set(isHeld ? { fault: 'Something of this session was erased on another device. Save or copy what you are changing, then open the session again.' } : { messages });
  }

  async #listDrafts(): Promise<void> {
    const drafts: Draft[] = await this.vault.drafts.list().catch(() => []);
    this.view.set({ drafts: new Set(drafts.map((draft) => draft.sessionId)) });
  }
}
