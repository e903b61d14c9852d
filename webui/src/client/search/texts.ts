/** All texts of a vault that a search looks at, folded once. */
import { fold } from '../../writing/fold.ts';
import type { SessionFacts } from '../../writing/query.ts';
import type { NotebookSeed, Said, SessionSeed } from './port.ts';

/** A text and what it folds to. */
export interface Folded {
  readonly text: string;
  readonly folded: string;
}
/** The messages of a session; their folded texts stand one after another, so that looking through them is quick. */
export class SaidTexts {
  readonly #folded: string;
  /** Where each folded text ends; a NUL stands between two. */
  readonly #ends: Uint32Array;

  constructor(readonly messages: readonly Said[]) {
    const texts = messages.map(({ text }) => fold(text));
    this.#folded = texts.join('\0');
    let end = -1;
    this.#ends = Uint32Array.from(texts, (text) => (end += 1 + text.length));
  }

  /** The messages that have all of these folded words; all messages when there are none. */
  *having(terms: readonly string[]): Generator<Said, void> {
    const [first = '', ...others] = terms;
    let start = 0;
    for (let index = 0, at = 0; (at = this.#folded.indexOf(first, at)) >= 0 && index < this.messages.length;) {
      while (at > (this.#ends[index] ?? Infinity)) start = 1 + (this.#ends[index++] ?? 0);
      const end = this.#ends[index] ?? 0;
      const message = this.messages[index];
      if (message === undefined) return;
      if (at + first.length > end) {
        // A word with a NUL in it, across two messages.
        at += 1;
        continue;
      }
      if (others.length === 0 || hasAll(this.#folded.slice(start, end), others)) yield message;
      at = start = end + 1;
      index += 1;
    }
  }
}

export interface KnownSession {
  readonly seed: SessionSeed;
  readonly title: Folded;
  readonly tags: readonly Folded[];
  /** null until its records were read. */
  readonly said: SaidTexts | null;
  /** What the messages were checked against; another one than the seed's says that newer ones are due. */
  readonly digest: bigint | null;
}

export interface KnownNotebook {
  readonly seed: NotebookSeed;
  readonly title: Folded;
  readonly notes: Folded;
}

const NOTHING = new SaidTexts([]);

export class Texts {
  readonly sessions = new Map<string, KnownSession>();
  /** Another one whenever anything of them changes. */
  notebooks: ReadonlyMap<string, KnownNotebook> = new Map();
  #notebookSeeds = '';

  know(sessions: readonly SessionSeed[], notebooks: readonly NotebookSeed[]): void {
    for (const seed of sessions) {
      const before = this.sessions.get(seed.id);
      const said = seed.count === 0 ? NOTHING : (before?.said ?? null);
      const digest = seed.count === 0 ? seed.digest : (before?.digest ?? null);
      this.sessions.set(seed.id, { seed, title: folded(seed.title), tags: seed.tags.map(folded), said, digest });
    }
    const shown = JSON.stringify(notebooks);
    if (shown === this.#notebookSeeds) return;
    this.#notebookSeeds = shown;
    this.notebooks = new Map(notebooks.map((seed) => [seed.id, { seed, title: folded(seed.title), notes: folded(seed.notes) }]));
  }

  /** Takes the messages of a session, unless its header says by now that there are newer ones. */
  say(sessionId: string, digest: bigint, messages: readonly Said[]): void {
    const known = this.sessions.get(sessionId);
    if (known?.seed.digest !== digest) return;
    const said = new SaidTexts(messages.filter(({ trashedAt }) => trashedAt === null));
    this.sessions.set(sessionId, { ...known, said, digest });
  }

  isRead(sessionId: string): boolean {
    const known = this.sessions.get(sessionId);
    return known === undefined || known.digest === known.seed.digest;
  }

  unread(): string[] {
    return [...this.sessions.keys()].filter((id) => !this.isRead(id));
  }

  /** 0 to 1: by records, which is what takes the time. */
  progress(): number {
    let [read, all] = [0, 0];
    for (const { seed, digest } of this.sessions.values()) {
      all += seed.count;
      if (digest === seed.digest) read += seed.count;
    }
    return all === 0 ? 1 : read / all;
  }

  factsOf({ seed, tags }: KnownSession): SessionFacts {
    const notebook = seed.notebookId === null ? null : (this.notebooks.get(seed.notebookId)?.title.folded ?? null);
    return { ...standingOf(seed), tags: tags.map((tag) => tag.folded), notebook, isPinned: seed.pinned };
  }
}

export function standingOf({ archivedAt, trashedAt }: Pick<SessionSeed, 'archivedAt' | 'trashedAt'>) {
  return { isArchived: archivedAt !== null, isTrashed: trashedAt !== null };
}

function hasAll(text: string, terms: readonly string[]): boolean {
  return terms.every((term) => text.includes(term));
}

/** One string where folding changes nothing. */
function folded(text: string): Folded {
  const result = fold(text);
  return { text, folded: result === text ? text : result };
}
