import type { FormDraft, FormOf, Vault } from '../../client/vault.ts';
import { deviceNow } from './clock.ts';
import { changeIn, Form, readFields, type FormEvents } from './form.ts';
import { heldOf, templateContent, type Held, type TemplateContent } from './form-fields.ts';
import { ownWordsOfForm } from './own-words.ts';
import { Store } from './store.ts';

function ask(event: Event): void {
  event.preventDefault();
}

export interface FormsView {
  /** How many forms on the page hold changed text. */
  readonly count: number;
  /** How many, on the page or not, could not be sealed on this device: a lock loses what they hold. */
  readonly unkept: number;
  /** What this tab keeps for forms, whether they are on the page or not. */
  readonly kept: readonly FormDraft[];
}

/** The forms beside the composer, and what is kept on this device of those that were changed and not saved. */
export class Forms {
  readonly view = new Store<FormsView>({ count: 0, unkept: 0, kept: [] });
  /** When the writer last typed in one, by the device's clock. */
  lastTyped = 0;
  readonly #vault: Vault;
  readonly #onFault: (error: unknown) => string;
  readonly #onPage = new Set<Form>();
  /** Left the page before what they hold could be sealed. */
  readonly #unsealed = new Set<Form>();
  /** Ids of drafts that were saved or given up here: a list from just before may still have them. */
  readonly #done = new Set<string>();

  constructor(vault: Vault, onFault: (error: unknown) => string) {
    this.#vault = vault;
    this.#onFault = onFault;
  }

  get areHeld(): boolean {
    return this.view.value.count > 0;
  }

  /** Whether something is kept for such a form that the vault, which has `theirs`, does not have. */
  restores<T extends object>(of: FormOf, theirs: T): boolean {
    return this.#kept(of).some((draft) => changeIn(draft, theirs) !== null);
  }

  /** Whether there is such a form with changed text, on the page or kept. */
  holds<T extends object>(of: FormOf, theirs: T): boolean {
    return this.restores(of, theirs) || [...this.#onPage].some((form) => form.isChanged && isOf(form.of, of));
  }

  /** A form of a notebook or a template that is not on the page, and has something to restore; null when there is none. */
  unsaved(held: Held): FormOf | null {
    const left = this.view.value.kept.filter((draft) => !this.#isOnPage(draft) && changes(draft, heldOf(held, draft)));
    return left[0]?.of ?? null;
  }

  /** What such a form of a template began with that is kept; null when none is. */
  baseOf(of: FormOf): TemplateContent | null {
    const [draft] = this.#kept(of);
    return draft === undefined ? null : readFields(draft.base, templateContent(undefined));
  }

  /** A form comes onto the page; with what is kept for it. `theirsOf` says what the vault has, for a new one by its id. */
  open<T extends object>(of: FormOf, theirsOf: (id: string | null) => T): Form<T> {
    const all = this.#kept(of);
    const draft = all.find((one) => changes(one, theirsOf(one.id))) ?? null;
    const form = new Form(of, theirsOf(draft?.id ?? null), draft, this.#vault.forms, this.#events());
    this.#onPage.add(form as unknown as Form);
    if (this.#left(form.id)) form.keepAgain();
    this.#count();
    // A crash may have come between the save and the removal of the draft.
    for (const one of all) if (!changes(one, theirsOf(one.id))) void this.#forget(one).catch(() => undefined);
    return form;
  }

  /** What this device keeps for forms of a session, or with null for those of notebooks and templates, becomes this tab's. Never throws. */
  async takeUp(sessionId: string | null): Promise<void> {
    const isWanted = (of: FormOf): boolean => (of.kind === 'message' ? of.sessionId === sessionId : sessionId === null);
    const found = await this.#vault.forms.take(isWanted).catch(() => []);
    const fresh = found.filter(({ id }) => !this.#done.has(id) && this.#find(id) === null);
    if (fresh.length > 0) this.view.set({ kept: [...fresh, ...this.view.value.kept] });
  }

  /** Seals what is not yet sealed on this device. Never throws. */
  async flush(): Promise<void> {
    await Promise.all([...this.#onPage, ...this.#unsealed].map((form) => form.flush()));
  }

  /** Sessions with a message that was changed and not saved. Never throws. */
  async sessions(): Promise<string[]> {
    const drafts = await this.#vault.forms.list().catch(() => []);
    return drafts.flatMap(({ of }) => (of.kind === 'message' ? [of.sessionId] : []));
  }

  /** What was changed, on this page or in no other tab either, of things that were erased. */
  async gone(): Promise<FormDraft[]> {
    const onPage = [...this.#onPage].map(({ draft }) => draft);
    const gone = new Map<string, FormDraft>();
    for (const draft of [...(await this.#vault.forms.list()), ...onPage]) {
      if (!(await this.#vault.forms.isThere(draft.of))) gone.set(draft.id, draft);
    }
    const own = new Set(onPage.map(({ id }) => id));
    const isGone = (of: FormOf): boolean => [...gone.values()].some((draft) => isOf(draft.of, of));
    if (gone.size > 0) for (const { id } of await this.#vault.forms.take(isGone)) own.add(id);
    return [...gone.values()].filter(({ id }) => own.has(id));
  }

  /**
   * Gives these up: none is on the page or comes back to it. What is the writer's own in them, and nowhere else; and what
   * removes them from this device, when that is kept. It never throws.
   */
  giveUp(drafts: readonly FormDraft[]): { readonly words: string; readonly forget: () => Promise<void> } {
    const onPage = new Map([...this.#onPage].map((form) => [form.id, form]));
    const words = drafts.map((draft) => {
      const form = onPage.get(draft.id);
      const { base, mine } = form?.draft ?? draft;
      form?.end();
      this.#left(draft.id);
      this.#keep(draft.id, null);
      return ownWordsOfForm(base, mine);
    });
    const forget = async (): Promise<void> => {
      await Promise.allSettled(drafts.map((draft) => this.#vault.forms.remove(draft)));
    };
    return { words: words.filter((each) => each !== '').join('\n'), forget };
  }

  async #forget(draft: Pick<FormDraft, 'id' | 'of'>): Promise<void> {
    this.#left(draft.id);
    this.#keep(draft.id, null);
    await this.#vault.forms.remove(draft);
  }

  #events(): FormEvents {
    return {
      onTyped: () => {
        this.lastTyped = deviceNow();
      },
      onChanged: () => this.#count(),
      onKept: ({ id }, draft) => this.#keep(id, draft),
      onClosed: (form) => {
        this.#onPage.delete(form);
        if (form.isChanged) this.#unsealed.add(form);
        this.#count();
      },
      onFault: this.#onFault,
    };
  }

  /** What this tab keeps for such a form that is not on the page. */
  #kept(of: FormOf): FormDraft[] {
    return this.view.value.kept.filter((draft) => isOf(draft.of, of) && !this.#isOnPage(draft));
  }

  #isOnPage({ id }: FormDraft): boolean {
    return [...this.#onPage].some((form) => form.id === id);
  }

  #find(id: string): FormDraft | null {
    return this.view.value.kept.find((draft) => draft.id === id) ?? null;
  }

  #keep(id: string, draft: FormDraft | null): void {
    if (draft === null) this.#done.add(id);
    const others = this.view.value.kept.filter((one) => one.id !== id);
    this.view.set({ kept: draft === null ? others : [draft, ...others] });
  }

  /** Whether what such a form held is not sealed; another one sees to that from now on, or it is given up. */
  #left(id: string): boolean {
    const left = [...this.#unsealed].filter((form) => form.id === id);
    for (const form of left) this.#unsealed.delete(form);
    return left.length > 0;
  }

  /** The browser asks before it leaves the page while something would be lost. */
  #count(): void {
    for (const form of this.#unsealed) if (form.view.value.isKept || !form.isChanged) this.#unsealed.delete(form);
    const changed = [...this.#onPage].filter(({ isChanged }) => isChanged);
    const unkept = [...changed, ...this.#unsealed].filter(({ view }) => view.value.unkept !== null).length;
    const { value } = this.view;
    if (changed.length !== value.count || unkept !== value.unkept) this.view.set({ count: changed.length, unkept });
    if (unkept > 0) window.addEventListener('beforeunload', ask);
    else window.removeEventListener('beforeunload', ask);
  }
}

function changes<T extends object>(draft: FormDraft, theirs: T | null): boolean {
  return theirs !== null && changeIn(draft, theirs) !== null;
}

export function isOf(a: FormOf, b: FormOf): boolean {
  return a.kind === b.kind && a.id === b.id && sessionOf(a) === sessionOf(b);
}

function sessionOf(of: FormOf): string | null {
  return 'sessionId' in of ? of.sessionId : null;
}
