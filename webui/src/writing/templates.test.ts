import { expect, it } from 'vitest';
import { BUILT_IN, templateNamed } from './templates.ts';

it('has the built-in templates, the blank page first', () => {
  expect(BUILT_IN.map(({ name }) => name)).toEqual(['blank', 'expressive-writing', 'gratitude', 'morning-page', 'unsent-letter']);
});

it.each(BUILT_IN)('$name has all that is shown', (template) => {
  expect(template).toEqual({
    name: expect.stringMatching(/^[a-z0-9-]{1,31}$/),
    title: expect.stringMatching(/^.{1,200}$/),
    about: expect.stringMatching(/^.{1,2000}$/),
    kind: template.kind === null ? null : expect.stringMatching(/^(event|project|journal)$/),
    source: expect.any(String),
    care: expect.any(String),
    tags: expect.any(Array),
    phases: expect.any(Array),
    builtIn: true,
  });
  for (const phase of template.phases) {
    expect(phase).toEqual({ title: expect.any(String), prompt: expect.any(String), minutes: expect.any(Number) });
  }
});

it('finds one by its name, the own ones too', () => {
  const own = { ...templateNamed([], 'blank')!, name: 'ab'.repeat(16), builtIn: false };
  expect(templateNamed([own], own.name)).toBe(own);
  expect(templateNamed([own], 'nothing')).toBeNull();
  expect(templateNamed([own], null)).toBeNull();
});
