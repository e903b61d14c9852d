import fc from 'fast-check';
import { expect, it } from 'vitest';
import { conflicts, isSame, rebased } from './rebase.ts';

const BASE = { title: 'Garden', notes: 'Garlic.', tags: ['a'] };

it('keeps what the writer changed, and follows the vault in all else', () => {
  const theirs = { ...BASE, title: 'The garden', tags: ['a', 'b'] };
  const change = rebased({ base: BASE, mine: { ...BASE, notes: 'Garlic, leek.' } }, theirs);
  expect(change.mine).toEqual({ ...theirs, notes: 'Garlic, leek.' });
  expect(conflicts(change, theirs)).toEqual([]);
});

it('says what both have changed, unless they agree', () => {
  const theirs = { ...BASE, title: 'Theirs', notes: 'Both.' };
  const change = rebased({ base: BASE, mine: { ...BASE, title: 'Mine', notes: 'Both.' } }, theirs);
  expect(change).toEqual({ base: { ...BASE, notes: 'Both.' }, mine: { ...BASE, title: 'Mine', notes: 'Both.' } });
  expect(conflicts(change, theirs)).toEqual(['title']);
});

it('loses nothing of either: each field is the one or the other, and what is not shown of theirs is what the writer had before them', () => {
  const fields = fc.record({ a: fc.nat(2), b: fc.nat(2) });
  fc.assert(fc.property(fields, fields, fields, (base, mine, theirs) => {
    const change = rebased({ base, mine }, theirs);
    const shown = new Set(conflicts(change, theirs));
    for (const name of ['a', 'b'] as const) {
      expect([mine[name], theirs[name]]).toContain(change.mine[name]);
      if (mine[name] !== base[name]) expect(change.mine[name]).toBe(mine[name]);
      if (!shown.has(name) && change.mine[name] !== theirs[name]) expect(theirs[name]).toBe(base[name]);
    }
    expect(isSame(rebased(change, theirs), change)).toBe(true);
  }));
});
