import { expect, it } from 'vitest';
import { reasonText, shortened } from './words.ts';

it.each([['', ''], ['a'.repeat(60), 'a'.repeat(60)], ['a'.repeat(61), `${'a'.repeat(60)}…`], [`${'🌧'.repeat(59)} rain`, `${'🌧'.repeat(59)}…`]])(
  'shows the beginning of a long text (%#)', (text, shown) => {
    expect(shortened(text)).toBe(shown);
  },
);

it.each([['it is no object', 'it is not in a form that can be read'], ['it has no messages', 'it has no messages']])(
  'says why something was left out in words of a writer (%s)', (reason, said) => {
    expect(reasonText(reason)).toBe(said);
  },
);
