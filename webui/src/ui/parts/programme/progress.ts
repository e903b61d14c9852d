/** How far a programme is (FORMAT §5.3: `programme` of a notebook, `phase` of a session). */
import type { Beginning, Notebook, SessionSummary, Template } from '../../../client/vault.ts';

export interface Progress {
  /** Phases, counted from 1, that have a session with something in it. */
  readonly done: ReadonlySet<number>;
  /** The first that is not done; null when all are. */
  readonly next: number | null;
}

export function progressOf(programme: Template, sessions: readonly SessionSummary[]): Progress {
  const begun = sessions.filter(({ count, trashedAt }) => count > 0 && trashedAt === null);
  const done = new Set(begun.flatMap(({ phase }) => phase ?? []));
  const next = programme.phases.findIndex((_, index) => !done.has(index + 1));
  return { done, next: next === -1 ? null : next + 1 };
}

/** What a session is to be that begins with a template; `phase` counts from 1. */
export function beginningWith(template: Template, phase: number, notebook: Notebook | null): Beginning {
  const { title, prompt } = template.phases[phase - 1] ?? { title: '', prompt: '' };
  return {
    ...(template.name !== 'blank' && { template: template.name }),
    ...(template.phases.length > 1 && { phase, title }),
    ...(notebook !== null && { notebookId: notebook.id }),
    ...(template.tags.length > 0 && { tags: template.tags }),
    ...(prompt !== '' && { prompt }),
  };
}
