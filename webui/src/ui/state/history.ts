import {
  HostileDataError, undoOf, UnlockError, UsageError, type SearchUpdate, type SessionChange, type SessionSummary, type Undo,
} from '../../client/vault.ts';
import type { HistoryFilter } from '../../writing/history.ts';
import type { Desk } from './desk.ts';
import { Store } from './store.ts';

/** What is asked of the writer about some sessions. */
export type Question = 'rename' | 'tags' | 'move' | 'details' | 'export';

export interface HistoryView {
  readonly filter: HistoryFilter;
  /** Whether the filters are unfolded. */
  readonly unfolded: boolean;
  readonly query: string;
  /** null while nothing is looked for, and until the first answer. */
  readonly found: SearchUpdate | null;
  /** null: the writer is not choosing several. */
  readonly selected: ReadonlySet<string> | null;
  /** 0 to 1 while many sessions are being changed. */
  readonly progress: number | null;
  readonly asking: { readonly question: Question; readonly ids: readonly string[] } | null;
}

const NO_FILTER: HistoryFilter = { shelf: 'open' };

/** What the shelf shows of an open vault: a filter, a search, a selection; and what is done to sessions from there. */
export class History {
  readonly view = new Store<HistoryView>({
    filter: NO_FILTER, unfolded: false, query: '', found: null, selected: null, progress: null, asking: null,
  });
  readonly desk: Desk;
  #search = new AbortController();
  /** Where a choice of several in a row begins. */
  #anchor: string | null = null;

  constructor(desk: Desk) {
    this.desk = desk;
  }

  /** Looks for a text, or again for the same one in what has changed. */
  look(query: string): void {
    this.#search.abort();
    this.#search = new AbortController();
    const { signal } = this.#search;
    const isEmpty = query.trim() === '';
    this.view.set({ query, ...(isEmpty && { found: null }) });
    if (isEmpty) return;
    this.desk.vault.searcher().query(query, (found) => {
      if (!signal.aborted) this.view.set({ found });
    }, signal);
  }

  stop(): void {
    this.#search.abort();
  }

  filterBy(filter: HistoryFilter): void {
    this.view.set({ filter });
  }

  clear(): void {
    this.view.set({ filter: NO_FILTER });
  }

  unfold(unfolded: boolean): void {
    this.view.set({ unfolded });
  }

  select(ids: Iterable<string>): void {
    this.view.set({ selected: new Set(ids) });
  }

  selectNone(): void {
    this.#anchor = null;
    this.view.set({ selected: null });
  }

  toggle(id: string): void {
    const selected = new Set(this.view.value.selected);
    if (!selected.delete(id)) selected.add(id);
    this.#anchor = id;
    this.view.set({ selected });
  }

  /** Adds all from the one chosen last to this one; `order` is that of the list. */
  extend(id: string, order: readonly string[]): void {
    const to = order.indexOf(id);
    const from = this.#anchor === null ? to : order.indexOf(this.#anchor);
    const range = from < 0 ? [id] : order.slice(Math.min(from, to), Math.max(from, to) + 1);
    this.#anchor ??= id;
    this.view.set({ selected: new Set([...(this.view.value.selected ?? []), ...range]) });
  }

  ask(question: Question, ids: readonly string[]): void {
    this.view.set({ asking: { question, ids } });
  }

  answered(): void {
    this.view.set({ asking: null });
  }

  /** One change of sessions, which can be undone. Those chosen for it are chosen no longer once it is made. */
  async change(ids: readonly string[], change: SessionChange, text: string): Promise<void> {
    const { desk } = this;
    this.view.set({ progress: 0 });
    const work = () => desk.vault.change(ids, change, (count, total) => this.view.set({ progress: count / total }));
    const done = await desk.do(() => doing(desk, text, work));
    this.view.set({ progress: null });
    if (done) this.selectNone();
  }

  /** The later one goes into the one that was begun first, after its messages. */
  async merge(one: SessionSummary, other: SessionSummary): Promise<void> {
    const [into, from] = one.createdAt <= other.createdAt ? [one, other] : [other, one];
    const { desk } = this;
    const done = await desk.do(async () => {
      await checkSaved(desk, [into, from]);
      await doing(desk, `Merged into ${quoted(into)}. The other is in the trash.`, () => desk.vault.merge(into.id, from.id));
    });
    if (!done) return;
    this.selectNone();
    if (desk.pen.sessionId === from.id || desk.pen.sessionId === into.id) await desk.open(into.id);
  }
}

/** Offers to undo what `work` does; where it fails, what was done of it until then. The shelf shows it either way. */
export async function doing(desk: Desk, text: string, work: () => Promise<Undo>): Promise<void> {
  try {
    desk.did(text, await work());
  } catch (error) {
    // Where the vault has closed there is nothing to show, and the cause must reach the writer.
    if (error instanceof HostileDataError || error instanceof UnlockError) throw error;
    const undo = undoOf(error);
    if (undo === null) desk.update();
    else desk.did('It was done in part only.', undo);
    throw error;
  }
}

/** Throws UsageError while one of the sessions has a text on this device that is not saved: it would stay behind. */
async function checkSaved(desk: Desk, sessions: readonly SessionSummary[]): Promise<void> {
  await desk.keep();
  const { drafts } = desk.view.value;
  const unsaved = sessions.find(({ id }) => drafts.has(id) || (desk.pen.sessionId === id && desk.pen.text !== ''));
  if (unsaved === undefined) return;
  const name = quoted(unsaved);
  throw new UsageError(`${name.charAt(0).toUpperCase()}${name.slice(1)} has a text that is not saved. Open it, save the text or clear it, and merge then.`);
}

/** “Title”, or "Untitled". */
export function quoted({ title }: SessionSummary): string {
  return title === '' ? 'the session without a title' : `“${title}”`;
}
