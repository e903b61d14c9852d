import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ownWords, ownWordsOfForm } from './own-words.ts';

const OLD: fc.Arbitrary<string[]> = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 30 });

describe('the words of a writer', () => {
  it.each([
    ['It rained all day.', 'It rained cats and dogs all day, sadly.', 'cats and dogs\nsadly'],
    ['', 'all of it', 'all of it'],
    ['kept', 'kept', ''],
    ['much goes here', 'much here', ''],
    ['one two', 'one\n\ntwo three', 'three'],
    ['First. Last.', 'First. A line\n\nand another. Last!', 'A line\n\nand another'],
    ['我喜欢猫', '我喜欢大狗和猫', '大狗和'],
  ])('of %j made %j are %j', (base, mine, own) => {
    expect(ownWords(base, mine)).toBe(own);
  });

  it('are found wherever they stand, and nothing of what was beside them', () => {
    fc.assert(fc.property(OLD, fc.array(fc.tuple(fc.nat(29), fc.stringMatching(/^[A-Z]{1,3}$/)), { maxLength: 9 }), fc.boolean(), (old, own, isLong) => {
      const words = [...old];
      for (const [place, word] of own) words.splice(Math.min(place, words.length), 0, word);
      // So much before and behind that they are not compared word by word.
      const much = (end: string): string => (isLong ? `${end} ${'a b c '.repeat(800)} ${end}` : '');
      const found = ownWords(`${old.join(' ')} ${much('old')}`, `${words.join(' ')} ${much('OLD')}`);
      const wanted = [...words.filter((word) => /[A-Z]/.test(word)), ...(isLong ? ['OLD', 'OLD'] : [])];
      expect(found.split(/\s+/).filter(Boolean)).toEqual(wanted);
    }), { numRuns: 60 });
  });

  it('are taken from text fields alone', () => {
    const base = JSON.stringify({ title: 'Garden', colour: 'red', phases: [{ title: 'Sow', prompt: 'What?', minutes: 5 }] });
    const mine = JSON.stringify({ title: 'Garden', colour: 'blue', phases: [{ title: 'Sow', prompt: 'What grew?', minutes: 7 }] });
    expect(ownWordsOfForm(base, mine)).toBe('grew');
    expect(ownWordsOfForm('{', mine)).toBe('');
  });
});
