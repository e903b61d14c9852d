/** Counting words without Unicode tables, so that every client counts alike (FORMAT §5.4). */

const RANGES = {
  own: '\\u3040-\\u30FF\\u3400-\\u4DBF\\u4E00-\\u9FFF\\uF900-\\uFAFF\\u{20000}-\\u{3FFFF}',
  separators: '\\t-\\r \\x85\\xA0\\u1680\\u2000-\\u200A\\u2013-\\u2015\\u2028\\u2029\\u202F\\u205F\\u3000',
  letters:
    '0-9A-Za-z\\xAA\\xB5\\xBA\\xC0-\\u167F\\u1681-\\u1FFF\\u2070-\\u2FFF\\u3005-\\uFFFF\\u{10000}-\\u{10FFFF}',
};
/** A character of its own; or a piece up to and with its first letter, and what follows it in the same piece. */
const WORD = new RegExp(`[${RANGES.own}]|(?:(?![${RANGES.own}])[${RANGES.letters}])[^${RANGES.own}${RANGES.separators}]*`, 'gu');

/** The number of words in a text. */
export function countWords(text: string): number {
  let words = 0;
  WORD.lastIndex = 0;
  while (WORD.test(text)) words += 1;
  return words;
}
