import type { Draft, MessageView, Place, SessionSummary, Vault } from '../../client/vault.ts';
import { Debounce } from './debounce.ts';
import { Pen, type Selection } from './pen.ts';
import { Store } from './store.ts';

/** Milliseconds between looks for what other devices wrote. */
const POLL = 20_000;

export type Screen = 'page' | 'settings';

export interface DeskView {
  readonly screen: Screen;
  readonly sessions: readonly SessionSummary[];
  /** Sessions left with an unsaved text on this device; null stands for one that has not begun. */
  readonly drafts: ReadonlySet<string | null>;
  readonly pen: Pen;
  readonly messages: readonly MessageView[];
  readonly loading: boolean;
  /** Whether the server answered last time. */
  readonly reachable: boolean;
  /** One sentence about something that did not work, until the writer has seen it. */
  readonly fault: string | null;
}

export interface DeskEvents {
  /** Sorts an error that ends everything from one that is only said; returns the sentence for the writer. */
  readonly onFault: (error: unknown) => string;
}

/** An open vault: its sessions, the one on the page, and a pen for each that has an unsaved text. */
export class Desk {
  readonly vault: Vault;
  readonly view: Store<DeskView>;
  /** Asks the page where it is; set by the composer while it stands. */
  where: (() => { selection: Selection; scroll: number }) | null = null;
  readonly #pens = new Map<string | null, Pen>();
  readonly #events: DeskEvents;
  readonly #placing = new Debounce(() => this.#keepPlace(), 500, 2_000);
  readonly #stop = new AbortController();
  #opening = 0;

  constructor(vault: Vault, events: DeskEvents) {
    this.vault = vault;
    this.#events = events;
    this.view = new Store<DeskView>({
      screen: 'page',
      sessions: vault.sessions(),
      drafts: new Set(),
      pen: this.#newPen(null),
      messages: [],
      loading: true,
      reachable: true,
      fault: null,
    });
  }

  get pen(): Pen {
    return this.view.value.pen;
  }

  /** Puts the writer back where they were, and starts to look for what other devices write. */
  async start(): Promise<void> {
    const place = await this.vault.place.load();
    await this.#listDrafts();
    const remembered = rememberedSession();
    const wanted = (remembered === undefined ? place?.sessionId : remembered) ?? null;
    await this.open(wanted !== null && this.#knows(wanted) ? wanted : null, place);
    this.#watch();
  }

  stop(): void {
    this.#stop.abort();
    this.#placing.cancel();
  }

  /** Opens a session; null is one that has not begun. `place` says where to stand when there is no draft. */
  async open(sessionId: string | null, place: Place | null = null): Promise<void> {
    const turn = ++this.#opening;
    void this.keep();
    this.view.set({ screen: 'page', loading: true });
    try {
      const messages = sessionId === null ? [] : await this.vault.open(sessionId);
      const pen = await this.#penFor(sessionId, messages, place);
      if (turn !== this.#opening) return;
      this.view.set({ pen, messages, loading: false, fault: null });
      await this.#stay(sessionId);
    } catch (error) {
      if (turn === this.#opening) this.view.set({ loading: false, fault: this.#events.onFault(error) });
    }
  }

  show(screen: Screen): void {
    void this.keep();
    this.view.set({ screen });
  }

  dismissFault(): void {
    this.view.set({ fault: null });
  }

  /** The caret or the page moved. */
  moved(): void {
    this.#note();
    this.#placing.touch();
  }

  async save(): Promise<void> {
    if (this.view.value.screen === 'page') await this.pen.save();
  }

  async rename(sessionId: string, title: string): Promise<void> {
    try {
      await this.vault.rename(sessionId, title.trim() === '' ? null : title.trim());
      this.view.set({ sessions: this.vault.sessions() });
    } catch (error) {
      this.view.set({ fault: this.#events.onFault(error) });
    }
  }

  /** Seals everything unsaved on this device, and the place. Never throws. */
  async keep(): Promise<void> {
    this.#note();
    this.#placing.touch();
    await Promise.all([...[...this.#pens.values()].map((pen) => pen.flush()), this.#placing.flush()]);
    await this.#listDrafts();
  }

  /** Looks for what other devices wrote, and tries again what could not be saved. */
  async look(): Promise<void> {
    if (document.visibilityState !== 'visible') return;
    try {
      const { changed } = await this.vault.refresh();
      const { sessionId } = this.pen;
      this.view.set({ reachable: true, ...(changed.length > 0 && { sessions: this.vault.sessions() }) });
      if (sessionId !== null && changed.includes(sessionId)) await this.#showMessages(sessionId);
    } catch (error) {
      this.#events.onFault(error);
      this.view.set({ reachable: false });
      return;
    }
    const failed = [...this.#pens.values()].filter((pen) => pen.attempt !== null);
    for (const pen of failed) await pen.retry();
    if (failed.length > 0) await this.#listDrafts();
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

  #newPen(sessionId: string | null): Pen {
    const pen = new Pen(this.vault, { onSettled: (from, home, messages) => this.#settled(from, home, messages), onFault: this.#events.onFault }, sessionId);
    this.#pens.set(sessionId, pen);
    return pen;
  }

  async #penFor(sessionId: string | null, messages: readonly MessageView[], place: Place | null): Promise<Pen> {
    const known = this.#pens.get(sessionId);
    if (known !== undefined && known.text !== '') return known;
    const pen = known ?? this.#newPen(sessionId);
    const draft = await this.vault.drafts.load(sessionId);
    if (draft !== null) {
      pen.takeUp(draft);
      // A crash may have come between the save of a session's first message and the removal of its draft.
      const begun = draft.sessionId === null && this.#knows(draft.newSessionId);
      await pen.settle(begun ? await this.vault.open(draft.newSessionId) : messages);
    } else if (place?.sessionId === sessionId) {
      pen.selection = place.selection;
      pen.scroll = place.scroll;
    }
    return pen;
  }

  #knows(sessionId: string): boolean {
    return this.view.value.sessions.some((session) => session.id === sessionId);
  }

  #settled(pen: Pen, home: string | null, messages: readonly MessageView[]): void {
    this.#pens.delete(home);
    this.#pens.set(pen.sessionId, pen);
    this.view.set({ sessions: this.vault.sessions(), reachable: true });
    void this.#listDrafts();
    if (pen !== this.pen) return;
    this.view.set({ messages });
    void this.#stay(pen.sessionId);
  }

  async #showMessages(sessionId: string): Promise<void> {
    const messages = await this.vault.open(sessionId);
    if (this.pen.sessionId === sessionId) this.view.set({ messages });
  }

  /** This is the session to come back to, after a refresh, a lock or a crash. */
  async #stay(sessionId: string | null): Promise<void> {
    rememberSession(sessionId);
    await this.#keepPlace(sessionId);
  }

  #note(): void {
    const here = this.where?.();
    if (here !== undefined) this.pen.moved(here.selection, here.scroll);
  }

  async #keepPlace(sessionId = this.pen.sessionId): Promise<void> {
    const { selection, scroll } = this.pen;
    // A lost place costs the writer a scroll; the text has its own draft.
    await this.vault.place.save({ sessionId, selection, scroll: scroll ?? 0 }).catch(() => undefined);
  }

  async #listDrafts(): Promise<void> {
    const drafts: Draft[] = await this.vault.drafts.list().catch(() => []);
    this.view.set({ drafts: new Set(drafts.map((draft) => draft.sessionId)) });
  }
}

// history.state survives a refresh and belongs to one tab. It holds the opaque id alone, never a word.
function rememberSession(sessionId: string | null): void {
  history.replaceState({ session: sessionId }, '');
}

function rememberedSession(): string | null | undefined {
  const state: unknown = history.state;
  if (typeof state !== 'object' || state === null || !('session' in state)) return undefined;
  return typeof state.session === 'string' ? state.session : null;
}
