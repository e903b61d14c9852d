/** The vectors that the library's rules and the page's have in common (tests/vectors/writing). */
import { describe, expect, it } from 'vitest';
import type { Notebook, Retention, Role, SessionSummary } from '../client/types.ts';
import { activeSession, lastOfNotebook, standing } from './activity.ts';
import { fold, foldTraced } from './fold.ts';
import { insightsOf, type Sum } from './insights.ts';
import { dayFits, find, parseQuery, roleFits, sessionFits, textFits, type SessionFlag } from './query.ts';
import { planRetention, type Due } from './retention.ts';
import { countWords } from './words.ts';

// What each operation is given is described in tests/vectors/writing/README.md.
type Given = any;
interface VectorFile {
  readonly operation: string;
  readonly vectors: readonly { readonly name: string; readonly input: Given; readonly output: unknown }[];
}

const FILES = Object.values(
  import.meta.glob<string>('../../../tests/vectors/writing/*.json', { eager: true, query: '?raw', import: 'default' }),
).map((text) => JSON.parse(text) as VectorFile);

const NO_SESSION: SessionSummary = {
  id: '', title: '', preview: '', createdAt: 0, updatedAt: 0, zone: 'UTC', count: 1, renamed: false, notebookId: null,
  phase: null, template: null, helper: null, tags: [], pinned: false, activeAt: 0, endedAt: null, resumedAt: null,
  archivedAt: null, trashedAt: null, thread: null, days: [],
};

function sessionOf(given: Given): SessionSummary {
  return {
    ...NO_SESSION,
    id: given.id ?? '',
    count: given.count ?? 1,
    activeAt: given.active_at ?? given.updated_at ?? 0,
    endedAt: given.ended_at ?? null,
    resumedAt: given.resumed_at ?? null,
    archivedAt: given.archived_at ?? null,
    trashedAt: given.trashed_at ?? null,
    notebookId: given.notebook ?? null,
    phase: given.phase ?? null,
    pinned: given.pinned ?? false,
    days: given.days ?? [],
  };
}

function retentionOf(given: Given): Retention | null {
  return given && {
    archiveDays: given.archive_days ?? null, trashDays: given.trash_days ?? null, remindDays: given.remind_days ?? null,
  };
}

function notebookOf(id: string, retention: Retention | null = null): Notebook {
  return {
    id, title: 'N', kind: 'project', notes: '', colour: null, date: null, programme: null, retention, createdAt: 0,
    updatedAt: 0, zone: 'UTC', archivedAt: null, trashedAt: null,
  };
}

function dueOf({ sessionId: session, days, idleDays: idle_days, notebookId: notebook }: Due) {
  return { session, days, idle_days, notebook };
}

const sumOf = ({ words, seconds, sessions }: Sum) => ({ words, seconds, sessions });

/** Spans of UTF-16 units as those of code points. */
function points(text: string, spans: readonly (readonly [number, number])[]): number[][] {
  return spans.map((span) => span.map((unit) => [...text.slice(0, unit)].length));
}

const OPERATIONS: Readonly<Record<string, (given: Given) => unknown>> = {
  words: ({ text }) => countWords(text),
  standing: ({ session, now, limit }) => standing(sessionOf(session), now, limit),
  active_session: ({ sessions, now, limit }) => activeSession(sessions.map(sessionOf) as SessionSummary[], now, limit)?.id ?? null,
  last_of_notebook: ({ sessions, notebook }) => lastOfNotebook(sessions.map(sessionOf) as SessionSummary[], notebook)?.id ?? null,
  fold: ({ text }) => fold(text),
  query: ({ text }) => parseQuery(text),
  find({ query, text }) {
    const parsed = parseQuery(query);
    expect(foldTraced(text).folded).toBe(fold(text));
    return { fits: textFits(parsed, fold(text)), spans: points(text, find(parsed, text)) };
  },
  fits({ query, tags, notebook, is, day, role }) {
    const parsed = parseQuery(query);
    const has = (flag: SessionFlag) => is.includes(flag);
    const facts = {
      tags: tags.map(fold), notebook: notebook && fold(notebook),
      isPinned: has('pinned'), isArchived: has('archived'), isTrashed: has('trashed'),
    };
    return sessionFits(parsed, facts) && dayFits(parsed, day) && roleFits(parsed, role as Role | null);
  },
  retention({ sessions, notebooks, retention, now }) {
    const known = notebooks.map((given: Given) => notebookOf(given.id, retentionOf(given.retention)));
    const settings = { continueMinutes: 5, backupDays: 30, retention: retentionOf(retention) };
    const { archive, trash, remind } = planRetention(sessions.map(sessionOf), known, settings, now);
    return { archive: archive.map(dueOf), trash: trash.map(dueOf), remind: remind.map(dueOf) };
  },
  insights({ sessions, notebooks, today }) {
    const found = insightsOf(sessions.map(sessionOf), notebooks.map((id: string) => notebookOf(id)), today);
    return {
      days: found.days,
      total: sumOf(found.total),
      streak: found.streak,
      by_notebook: found.byNotebook.map((sum) => ({ notebook: sum.notebookId, ...sumOf(sum) })),
      by_phase: found.byPhase.map((sum) => ({ notebook: sum.notebookId, phase: sum.phase, ...sumOf(sum) })),
    };
  },
};

it('finds the vectors, and each operation has some', () => {
  expect(FILES.map((file) => file.operation).sort()).toEqual(Object.keys(OPERATIONS).sort());
});

describe.each(FILES)('$operation', ({ operation, vectors }) => {
  it.each(vectors)('$name', ({ input, output }) => {
    expect(OPERATIONS[operation]?.(input)).toEqual(output);
  });
});
