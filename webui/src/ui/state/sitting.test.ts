import { describe, expect, it } from 'vitest';
import type { SessionSummary } from '../../client/types.ts';
import { targetOf } from './sitting.ts';

const MINUTE = 60_000;
const NOW = 1_000 * MINUTE;

function session(id: string, minutesAgo: number, more: Partial<SessionSummary> = {}): SessionSummary {
  return {
    id, title: id, preview: '', createdAt: 0, updatedAt: 0, zone: 'UTC', count: 1, renamed: false, notebookId: null, phase: null,
    template: null, helper: null, tags: [], pinned: false, activeAt: NOW - minutesAgo * MINUTE, endedAt: null, resumedAt: null,
    archivedAt: null, trashedAt: null, thread: null, days: [], ...more,
  };
}

function target(sessionId: string | null, sessions: readonly SessionSummary[], isChosen = false): unknown {
  return targetOf({ sessionId, isChosen }, sessions, NOW, 5);
}

describe('a text that is saved', () => {
  it.each([0, 0.5, 4.99])('stays in a session that was active %s minutes ago', (minutes) => {
    expect(target('a', [session('a', minutes), session('b', 0)])).toEqual({ kind: 'stay' });
  });

  it.each([
    ['five minutes went by', session('a', 5, { notebookId: 'n' })],
    ['its clock is in the future', session('a', -6, { notebookId: 'n' })],
    ['it was ended', session('a', 0, { notebookId: 'n', endedAt: NOW })],
    ['it was put away', session('a', 0, { notebookId: 'n', archivedAt: NOW })],
    ['it lies in the trash', session('a', 0, { notebookId: 'n', trashedAt: NOW })],
  ])('begins a session in the same notebook when %s', (_, here) => {
    expect(target('a', [here])).toEqual({ kind: 'new', notebookId: 'n' });
  });

  it('goes to the session that another device has begun in the same notebook', () => {
    const sessions = [session('a', 9, { notebookId: 'n' }), session('b', 1, { notebookId: 'n' }), session('c', 0)];
    expect(target('a', [...sessions.slice(0, 2)])).toEqual({ kind: 'session', sessionId: 'b' });
    expect(target('a', sessions)).toEqual({ kind: 'new', notebookId: 'n' });
  });

  it('stays in a session that the writer resumed', () => {
    expect(target('a', [session('a', 1, { resumedAt: NOW - MINUTE })])).toEqual({ kind: 'stay' });
  });

  it('continues what goes on, from a page that opened on a new session', () => {
    expect(target(null, [session('a', 1)])).toEqual({ kind: 'session', sessionId: 'a' });
    expect(target(null, [session('a', 6)])).toEqual({ kind: 'stay' });
    expect(target(null, [session('a', 1, { notebookId: 'n' })])).toEqual({ kind: 'stay' });
  });

  it('begins the session that the writer asked for', () => {
    expect(target(null, [session('a', 1)], true)).toEqual({ kind: 'stay' });
  });
});
