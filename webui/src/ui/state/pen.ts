import { newId, UsageError, type Beginning, type Draft, type Home, type MessageView, type Vault, type Writing } from '../../client/vault.ts';
import { deviceNow } from './clock.ts';
import { Debounce } from './debounce.ts';
import { Store } from './store.ts';

/** Milliseconds: a draft is sealed after a short pause, and at the latest so long after a keystroke. */
const PAUSE = 300;
const AT_LATEST = 800;
/** A longer pause between two keystrokes is no writing: it counts as this much. */
const THINKING = 30_000;

export type SaveState =
  | { readonly name: 'empty' }
  /** Typed, not yet sealed on this device. */
  | { readonly name: 'typing' }
  /** Sealed on this device, not on the server. */
  | { readonly name: 'kept' }
  | { readonly name: 'unkept'; readonly why: string }
  | { readonly name: 'saving' }
  | { readonly name: 'saved'; readonly at: number }
  | { readonly name: 'unsaved'; readonly why: string };

export interface PenView {
  readonly save: SaveState;
  /** What the session is to be that begins with this text; null unless the writer asked for a new one. */
  readonly beginning: Beginning | null;
  /** When the writer began to write here, by the device's clock; null before the first key. */
  readonly began: number | null;
  /** Grows when `text` was changed by the program: the text area must take it over. */
  readonly revision: number;
}

export type Selection = readonly [start: number, end: number];

/** What a pen tells its desk. */
export interface PenEvents {
  /** Before a text is sent, for the first time or again: the last moment to give the pen another home. */
  readonly onSaving: (pen: Pen, isRetry: boolean) => Promise<void>;
  /** The text is among these messages now, and no longer the pen's. `home` is the session that the pen had before. */
  readonly onSettled: (pen: Pen, home: string | null, messages: readonly MessageView[]) => void;
  /** Returns the sentence for the writer. */
  readonly onFault: (error: unknown) => string;
}

/**
 * One unsaved text: what is in the text area, its sealed draft, and its way to the server.
 *
 * The record id stays the same until the server is known to hold the text, so a retry cannot save it twice. What was
 * typed meanwhile stays, under a new id.
 */
export class Pen {
  readonly view = new Store<PenView>({ save: { name: 'empty' }, beginning: null, began: null, revision: 0 });
  text = '';
  selection: Selection = [0, 0];
  /** Pixels; null when the writer has not been here yet. */
  scroll: number | null = null;
  lastTyped = 0;
  /** The text that a failed save tried to store; null when none failed. */
  attempt: string | null = null;
  /** Milliseconds that the writer spent on this text. */
  #spent = 0;
  /** The id that a session takes which begins with this text. */
  #newSessionId = newId();
  readonly #drafting = new Debounce(() => this.#keep(), PAUSE, AT_LATEST);
  readonly #vault: Vault;
  readonly #events: PenEvents;

  constructor(vault: Vault, events: PenEvents, public sessionId: string | null, public recordId = newId()) {
    this.#vault = vault;
    this.#events = events;
  }

  get beginning(): Beginning | null {
    return this.view.value.beginning;
  }

  get #home(): Home {
    const { sessionId } = this;
    return sessionId === null ? { sessionId, newSessionId: this.#newSessionId } : { sessionId };
  }

  /** The session that holds the text if it was stored, whatever became of the answer. */
  get lands(): string {
    return this.sessionId ?? this.#newSessionId;
  }

  /** Says what the session is to be that begins with this text. */
  shape(beginning: Beginning): void {
    this.view.set({ beginning });
    if (this.text !== '') this.#drafting.touch();
  }

  takeUp(draft: Draft): void {
    if (draft.sessionId === null) this.#newSessionId = draft.newSessionId;
    this.view.set({ beginning: draft.beginning ?? null });
    this.recordId = draft.recordId;
    this.text = draft.text;
    this.selection = draft.selection;
    this.scroll = draft.scroll;
    this.#show({ name: 'kept' }, true);
  }

  /** Since when the writer has been writing here, and until when; null before the first key. */
  get writing(): Writing | null {
    const { began } = this.view.value;
    return began === null ? null : { began, typed: this.lastTyped };
  }

  /** The writing goes on that had begun before a refresh or a lock. */
  goOn({ began, typed }: Writing): void {
    this.lastTyped = typed;
    this.view.set({ began });
  }

  typed(text: string, selection: Selection): void {
    // Half a character cannot be stored; the whole rest would differ from what is.
    this.text = text.toWellFormed();
    this.selection = selection;
    const now = deviceNow();
    if (this.lastTyped !== 0) this.#spent += Math.min(Math.max(0, now - this.lastTyped), THINKING);
    this.lastTyped = now;
    if (this.view.value.began === null) this.view.set({ began: now });
    this.#drafting.touch();
    if (text === '') this.attempt = null;
    if (this.view.value.save.name === 'saving' || this.attempt !== null) return;
    this.#show({ name: text === '' ? 'empty' : 'typing' });
  }

  /** The caret or the page moved: kept with the draft, where there is one. */
  moved(selection: Selection, scroll: number): void {
    this.selection = selection;
    this.scroll = scroll;
    if (this.text !== '') this.#drafting.touch();
  }

  /** Seals what is not yet sealed on this device, what could not be sealed before too. Never throws. */
  async flush(): Promise<void> {
    if (this.view.value.save.name === 'unkept') this.#drafting.touch();
    await this.#drafting.flush();
  }

  /** Sends the text; where the server turns out to hold an earlier version of it, sends the rest as well. */
  async save(text = this.text): Promise<void> {
    if (this.view.value.save.name === 'saving' || text.trim() === '') return;
    this.#show({ name: 'saving' });
    const isRetry = this.attempt !== null;
    this.attempt = text;
    try {
      await this.#events.onSaving(this, isRetry);
      const seconds = Math.round(this.#spent / 1000);
      const { sessionId } = await this.#vault.write({
        ...this.#home, text, recordId: this.recordId, ...(seconds > 0 && { seconds }), ...(this.beginning !== null && { beginning: this.beginning }),
      });
      const stored = await this.settle(await this.#vault.open(sessionId), sessionId);
      if (stored === null) throw new Error('a message that was read back is not in its session');
      if (stored !== text) await this.save();
    } catch (error) {
      // The client would not send it: nothing can be stored, and what is sent next is sent for the first time.
      if (error instanceof UsageError) this.attempt = null;
      this.#show({ name: 'unsaved', why: this.#events.onFault(error) });
    }
  }

  /** The text and its draft move to another session, or with null to one that begins with it. */
  async moveTo(sessionId: string | null, beginning: Beginning | null = null): Promise<void> {
    await this.flush();
    const from = { sessionId: this.sessionId, recordId: this.recordId };
    this.sessionId = sessionId;
    this.view.set({ beginning, began: null });
    // Nothing is stored under the old id. With one of its own the new draft is this tab's, whatever becomes of the old one.
    this.recordId = newId();
    // Sealed in its new home before the old one goes: there is a draft at any moment.
    await this.#keep();
    await this.#vault.drafts.remove(from.sessionId, from.recordId).catch(() => undefined);
  }

  /** Its session was erased by another device: the text stays, and begins a session when it is saved. */
  async stayBehind(): Promise<void> {
    this.attempt = null;
    this.#show({ name: this.text === '' ? 'empty' : 'typing' });
    await this.moveTo(null, {});
  }

  /** Its session was erased, and what was typed for it goes too. */
  drop(): void {
    this.#drafting.cancel();
    this.text = '';
    this.attempt = null;
    this.#show({ name: 'empty' }, true);
  }

  /** Tries a failed save again, unless the writer has changed what it was about. */
  async retry(): Promise<void> {
    const { attempt } = this;
    if (attempt !== null && this.text.startsWith(attempt)) await this.save(attempt);
  }

  /**
   * Compares the text with what is stored under its record id, keeps only the rest, and returns the stored text. The
   * rule is the same after a save, a lost answer, or a crash between the save and the removal of the draft.
   */
  async settle(messages: readonly MessageView[], sessionId = this.sessionId): Promise<string | null> {
    const stored = messages.find((message) => message.id === this.recordId)?.text;
    if (stored === undefined) return null;
    await this.flush();
    const before = { sessionId: this.sessionId, recordId: this.recordId };
    const rest = this.text.startsWith(stored) ? this.text.slice(stored.length).replace(/^\s+/, '') : this.text;
    const shift = this.text.length - rest.length;
    this.selection = [Math.max(0, this.selection[0] - shift), Math.max(0, this.selection[1] - shift)];
    this.text = rest;
    this.attempt = null;
    this.sessionId = sessionId;
    this.view.set({ beginning: null });
    this.#spent = 0;
    this.recordId = newId();
    this.#newSessionId = newId();
    this.#show({ name: 'saved', at: deviceNow() }, true);
    // Both are asked for at once, so that nobody finds the old draft meanwhile; one that stays behind all the same is
    // settled when it is next taken up.
    const kept = this.#keep();
    const removed = this.#vault.drafts.remove(before.sessionId, before.recordId).catch(() => undefined);
    this.#events.onSettled(this, before.sessionId, messages);
    await Promise.all([kept, removed]);
    return stored;
  }

  async #keep(): Promise<void> {
    try {
      if (this.text === '') {
        await this.#vault.drafts.remove(this.sessionId, this.recordId);
        return;
      }
      const { recordId, text, selection, beginning } = this;
      const about = { recordId, text, selection, scroll: this.scroll ?? 0, updatedAt: deviceNow() };
      await this.#vault.drafts.save({ ...this.#home, ...about, ...(beginning !== null && { beginning }) });
      const { name } = this.view.value.save;
      if ((name === 'typing' || name === 'unkept') && text === this.text) this.#show({ name: 'kept' });
    } catch (error) {
      this.#show({ name: 'unkept', why: this.#events.onFault(error) });
    }
  }

  #show(save: SaveState, takeOver = false): void {
    this.view.set({ save, revision: this.view.value.revision + (takeOver ? 1 : 0) });
  }
}
