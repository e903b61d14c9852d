/** What is shown of sessions in lists. */
import { sessionsOf, type Contents, type OpenSession } from './contents.ts';
import { lastActive } from './counting.ts';
import type { Root } from './root.ts';
import type { SessionSummary } from './types.ts';
import type { Unlocked } from './unlocked.ts';

/** Makes the list anew only for what changed: with 10,000 sessions it is asked for after every save. */
export class Summaries {
  #contents: Contents | null = null;
  #root: Root | null = null;
  #known = new WeakMap<OpenSession, SessionSummary>();
  #all: readonly SessionSummary[] = [];

  constructor(private readonly unlocked: Unlocked) {}

  /** The latest activity first. */
  all(): readonly SessionSummary[] {
    const { contents, root } = this.unlocked;
    if (contents === this.#contents && root === this.#root) return this.#all;
    // Whether a notebook is there is part of what is shown.
    if (root.records !== this.#root?.records) this.#known = new WeakMap();
    this.#all = sessionsOf(contents).map((session) => this.#summaryOf(session, root)).sort(latestFirst);
    this.#contents = contents;
    this.#root = root;
    return this.#all;
  }

  #summaryOf(session: OpenSession, root: Root): SessionSummary {
    const known = this.#known.get(session);
    if (known !== undefined) return known;
    const made = summaryOf(session, root);
    this.#known.set(session, made);
    return made;
  }
}

function summaryOf({ id, header }: OpenSession, root: Root): SessionSummary {
  const { type: _, digest: __, extra: ___, nextPosition: ____, notebook, title, opening, days, ...rest } = header;
  return {
    ...rest,
    id,
    title: title ?? opening,
    renamed: title !== null,
    activeAt: lastActive(header),
    notebookId: notebook !== null && root.get(notebook)?.type === 'notebook' ? notebook : null,
    days: days.map(({ day, words, seconds }) => ({ day, words, seconds })),
  };
}

function latestFirst(a: SessionSummary, b: SessionSummary): number {
  return b.activeAt - a.activeAt || (a.id < b.id ? -1 : 1);
}
