import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fold } from '../../writing/fold.ts';
import { anyText } from '../../writing/testing/samples.ts';
import { SaidTexts } from './texts.ts';

it('gives the messages that have all words, as looking at each alone does', () => {
  const someTexts = fc.array(fc.oneof(fc.string({ unit: fc.constantFrom('a', 'b', '\0', ' '), maxLength: 6 }), anyText), { maxLength: 8 });
  const someTerms = fc.array(fc.oneof(fc.string({ unit: fc.constantFrom('a', 'b', '\0'), minLength: 1, maxLength: 3 }), anyText.map(fold)), { maxLength: 3 });
  fc.assert(fc.property(someTexts, someTerms, (texts, terms) => {
    const messages = texts.map((text, index) => ({ id: `m${index}`, role: 'writer', text, createdAt: 0, zone: 'UTC', trashedAt: null }) as const);
    const expected = messages.filter(({ text }) => terms.every((term) => fold(text).includes(term)));
    expect([...new SaidTexts(messages).having(terms)]).toEqual(expected);
  }), { numRuns: 1_000 });
});
