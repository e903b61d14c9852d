import { newId, type FormDraft, type FormDrafts, type FormOf } from '../../client/vault.ts';
import { deviceNow } from './clock.ts';
import { Debounce } from './debounce.ts';
import { isSame, rebased, type Change } from '../../writing/rebase.ts';
import { Store } from './store.ts';

/** Milliseconds, as for the text that is being written. */
const PAUSE = 300;
const AT_LATEST = 800;

export interface FormView<T extends object> extends Change<T> {
  /** What the vault has by now. */
  readonly theirs: T;
  /** It holds what was changed before a lock, a refresh or a crash. */
  readonly isRestored: boolean;
  /** What it holds is sealed on this device as it is. */
  readonly isKept: boolean;
  /** Why it could not be sealed on this device; null when it is, or has nothing to seal. */
  readonly unkept: string | null;
}

/** What a form tells the forms of its desk. */
export interface FormEvents {
  readonly onChanged: () => void;
  readonly onTyped: () => void;
  /** This is what is kept for it now; null when nothing is. */
  readonly onKept: (form: Form, draft: FormDraft | null) => void;
  /** No longer on the page. */
  readonly onClosed: (form: Form) => void;
  /** Returns the sentence for the writer. */
  readonly onFault: (error: unknown) => string;
}

/** One form on the page: what it holds, its sealed draft, and what became elsewhere of what it changes. */
export class Form<T extends object = object> {
  readonly id: string;
  readonly view: Store<FormView<T>>;
  readonly #keeping = new Debounce(() => this.#keep(), PAUSE, AT_LATEST);
  /** Saved or given up: nothing of it is kept any more. */
  #isDone = false;
  /** What was sent to be saved. Without an answer nobody knows whether it is in the vault. */
  #sent: readonly T[] = [];

  constructor(readonly of: FormOf, theirs: T, draft: FormDraft | null, private readonly drafts: FormDrafts, private readonly events: FormEvents) {
    this.id = draft?.id ?? newId();
    const kept = draft === null ? null : changeIn(draft, theirs);
    const change = kept ?? { base: theirs, mine: theirs };
    this.view = new Store<FormView<T>>({ ...change, theirs, isRestored: kept !== null, isKept: kept !== null, unkept: null });
  }

  get isChanged(): boolean {
    const { base, mine } = this.view.value;
    return !this.#isDone && !isSame(base, mine);
  }

  set(patch: Partial<T>): void {
    this.view.set({ mine: { ...this.view.value.mine, ...patch }, isKept: false });
    this.events.onTyped();
    this.#keeping.touch();
    this.events.onChanged();
  }

  /** The vault has this by now. */
  follow(theirs: T): void {
    const { view } = this;
    if (isSame(theirs, view.value.theirs)) return;
    const { base, mine } = view.value;
    view.set({ ...rebased({ base: withSent(base, this.#sent, theirs), mine }, theirs), theirs });
    this.#keeping.touch();
    this.events.onChanged();
  }

  /** What is to be saved: what the writer changed, as `tidy` makes it; all else to the letter as the vault has it. */
  said(tidy: (mine: T) => T): T {
    const { mine, theirs } = this.view.value;
    const tidied = { ...tidy(mine) };
    for (const name of Object.keys(theirs) as (keyof T)[]) if (isSame(mine[name], theirs[name])) tidied[name] = theirs[name];
    return tidied;
  }

  /** This is about to be saved. Returns what of the vault's the writer knows: what is shown of it, and what was sent before. */
  sending(said: T): readonly T[] {
    const known = [this.view.value.theirs, ...this.#sent];
    this.#sent = [...this.#sent, said];
    return known;
  }

  /** Gives up what the writer made of one field, for what the vault has. */
  take(name: keyof T): void {
    const { base, theirs } = this.view.value;
    this.view.set({ base: { ...base, [name]: theirs[name] } });
    this.set({ [name]: theirs[name] } as unknown as Partial<T>);
  }

  /** What it restores is not sealed after all. */
  keepAgain(): void {
    this.view.set({ isKept: false });
    this.#keeping.touch();
  }

  /** Seals what is not yet sealed on this device, what could not be sealed before too. Never throws. */
  async flush(): Promise<void> {
    if (this.view.value.unkept !== null) this.#keeping.touch();
    await this.#keeping.flush();
  }

  /** This is in the vault. Returns whether it was all: what was typed while it was being saved is a change of it. */
  saved(sent: T): boolean {
    if (isSame(this.view.value.mine, sent)) {
      this.done();
      return true;
    }
    this.view.set({ base: sent, theirs: sent, isRestored: false });
    this.#keeping.touch();
    return false;
  }

  /** Nothing more of it is kept; what is stays, for its desk to remove. */
  end(): void {
    this.#isDone = true;
    this.#keeping.cancel();
    this.events.onKept(this, null);
    this.events.onChanged();
  }

  /** Saved, or given up. */
  done(): void {
    this.end();
    // Asked for after any save that is under way. Were it to fail: what is in the vault by then is not restored.
    this.drafts.remove(this).catch(() => undefined);
  }

  /** It leaves the page as it is. What it holds stays, for when the writer comes back to it. */
  close(): void {
    if (this.isChanged) this.events.onKept(this, this.draft);
    this.events.onClosed(this);
    void this.flush();
  }

  get draft(): FormDraft {
    const { id, of } = this;
    const { base, mine } = this.view.value;
    return { id, of, base: JSON.stringify(base), mine: JSON.stringify(mine), updatedAt: deviceNow() };
  }

  async #keep(): Promise<void> {
    if (this.#isDone) return;
    try {
      const draft = this.isChanged ? this.draft : null;
      this.events.onKept(this, draft);
      await (draft === null ? this.drafts.remove(this) : this.drafts.save(draft));
      const isKept = draft !== null && draft.mine === JSON.stringify(this.view.value.mine);
      this.view.set({ isKept, unkept: null });
    } catch (error) {
      this.view.set({ isKept: false, unkept: this.events.onFault(error) });
    }
    this.events.onChanged();
  }
}

/** What was sent from here is no change of anybody else's. */
function withSent<T extends object>(base: T, sent: readonly T[], theirs: T): T {
  const names = (Object.keys(theirs) as (keyof T)[]).filter((name) => sent.some((one) => isSame(one[name], theirs[name])));
  return names.reduce((next, name) => ({ ...next, [name]: theirs[name] }), base);
}

/** What a draft changes of what the vault has by now; null when nothing of it is left to change, or it cannot be read. */
export function changeIn<T extends object>({ base, mine }: FormDraft, theirs: T): Change<T> | null {
  const [before, after] = [readFields(base, theirs), readFields(mine, theirs)];
  if (before === null || after === null) return null;
  const change = rebased({ base: before, mine: after }, theirs);
  return isSame(change.base, change.mine) ? null : change;
}

/** A field that another version of this page did not have is as in `theirs`; null for what cannot be read. */
export function readFields<T extends object>(text: string, theirs: T): T | null {
  try {
    const said = JSON.parse(text) as Record<string, unknown>;
    return Object.fromEntries(Object.entries(theirs).map(([name, value]) => [name, name in said ? said[name] : value])) as T;
  } catch {
    return null;
  }
}
