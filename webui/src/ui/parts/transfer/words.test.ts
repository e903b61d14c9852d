import { expect, it } from 'vitest';
import { shortened } from './words.ts';

it.each([['', ''], ['a'.repeat(60), 'a'.repeat(60)], ['a'.repeat(61), `${'a'.repeat(60)}…`], [`${'🌧'.repeat(59)} rain`, `${'🌧'.repeat(59)}…`]])(
  'shows the beginning of a long text (%#)', (text, shown) => {
    expect(shortened(text)).toBe(shown);
  },
);
