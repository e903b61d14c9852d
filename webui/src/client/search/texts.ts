/** All texts of a vault that a search looks at, folded once. */
import { fold } from '../../writing/fold.ts';
import type { SessionFacts } from '../../writing/query.ts';
import type { NotebookSeed, Said, SessionSeed } from './port.ts';

/** A text and what it folds to. */
export interface Folded {
  readonly text: string;
  readonly folded: string;
}
export type FoldedMessage = Folded & Pick<Said, 'id' | 'role' | 'createdAt' | 'zone'>;

export interface KnownSession {
  readonly seed: SessionSeed;
  readonly title: Folded;
  readonly tags: readonly Folded[];
  /** null until its records were read. */
  readonly messages: readonly FoldedMessage[] | null;
  /** What the messages were checked against; another one than the seed's says that newer ones are due. */
  readonly digest: bigint | null;
}

export interface KnownNotebook {
  readonly seed: NotebookSeed;
  readonly title: Folded;
  readonly notes: Folded;
}

export class Texts {
  readonly sessions = new Map<string, KnownSession>();
  /** Another one whenever anything of them changes. */
  notebooks: ReadonlyMap<string, KnownNotebook> = new Map();
  #notebookSeeds = '';

  know(sessions: readonly SessionSeed[], notebooks: readonly NotebookSeed[]): void {
    for (const seed of sessions) {
      const before = this.sessions.get(seed.id);
      const messages = seed.count === 0 ? [] : (before?.messages ?? null);
      const digest = seed.count === 0 ? seed.digest : (before?.digest ?? null);
      this.sessions.set(seed.id, { seed, title: folded(seed.title), tags: seed.tags.map(folded), messages, digest });
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
    const texts = messages.filter(({ trashedAt }) => trashedAt === null)
      .map(({ id, role, text, createdAt, zone }) => ({ id, role, createdAt, zone, ...folded(text) }));
    this.sessions.set(sessionId, { ...known, messages: texts, digest });
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

/** One string where folding changes nothing. */
function folded(text: string): Folded {
  const result = fold(text);
  return { text, folded: result === text ? text : result };
}
