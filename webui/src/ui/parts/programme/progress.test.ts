import { expect, it } from 'vitest';
import type { Notebook, SessionSummary } from '../../../client/types.ts';
import { BUILT_IN, templateNamed } from '../../../writing/templates.ts';
import { beginningWith, progressOf } from './progress.ts';

const NOTEBOOK = { id: 'n' } as Notebook;
const PROGRAMME = templateNamed([], 'expressive-writing') ?? BUILT_IN[0];
if (PROGRAMME === undefined) throw new Error('there are no built-in templates');

function written(phase: number | null, more: Partial<SessionSummary> = {}): SessionSummary {
  return { phase, count: 2, trashedAt: null, ...more } as SessionSummary;
}

it('counts the phases that have something written, in whatever order', () => {
  expect(progressOf(PROGRAMME, [])).toEqual({ done: new Set(), next: 1 });
  expect(progressOf(PROGRAMME, [written(2), written(1), written(null)])).toEqual({ done: new Set([1, 2]), next: 3 });
  expect(progressOf(PROGRAMME, [written(1, { trashedAt: 1 }), written(2, { count: 0 })]).next).toBe(1);
  expect(progressOf(PROGRAMME, [1, 2, 3, 4].map((phase) => written(phase))).next).toBeNull();
});

it('begins a phase with its title, its prompt and its notebook', () => {
  expect(beginningWith(PROGRAMME, 2, NOTEBOOK)).toEqual({
    template: 'expressive-writing', phase: 2, title: PROGRAMME.phases[1]?.title, notebookId: 'n', prompt: PROGRAMME.phases[1]?.prompt,
  });
});

it('asks nothing of a blank page', () => {
  const blank = templateNamed([], 'blank');
  expect(blank && beginningWith(blank, 1, null)).toEqual({});
});
