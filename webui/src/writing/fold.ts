/**
 * Folding: texts that a reader takes for the same become the same, in any script. Accents, cases, widths, ligatures,
 * vowel points of Arabic and Hebrew, invisible characters and the kind of white space make no difference; vowel signs
 * that are letters to their readers (Devanagari, Thai, the Japanese voiced marks) do.
 *
 * In this order: NFKD; lower-case; `DROPPED` goes; `LETTERS` are replaced; each run of white space becomes one space.
 */

/** An explicit list: clients whose Unicode tables differ in age still fold alike. */
const DROPPED =
  /[\u0300-\u036F\u0483-\u0489\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0610-\u061A\u0640\u064B-\u065F\u0670\u06D6-\u06DC\u06DF-\u06E4\u06E7\u06E8\u06EA-\u06ED\u08D3-\u08E1\u08E3-\u08FF\u1AB0-\u1AFF\u1DC0-\u1DFF\u20D0-\u20FF\uFE00-\uFE0F\uFE20-\uFE2F\xAD\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF]+/g;
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i', ς: 'σ',
};
const TO_REPLACE = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'g');
const WHITE = /[\t-\r\x85\u1680\u2028\u2029]| {2,}/;
const WHITE_RUN = /[\t-\r \x85\u1680\u2028\u2029]+/g;
const PLAIN = /^[ -~]*$/;
/** A character with the marks after it. What normalising reorders or joins stays within one. */
const CLUSTER = /\P{M}\p{M}*|\p{M}+/gu;

export function fold(text: string): string {
  const lower = PLAIN.test(text) ? text.toLowerCase() : foldLetters(text);
  return WHITE.test(lower) ? lower.replace(WHITE_RUN, ' ') : lower;
}

/** A folded text, and where in the original each of its UTF-16 units came from. */
export interface Traced {
  readonly folded: string;
  /** Per unit of `folded`: the first unit of the original cluster it came from. */
  readonly starts: readonly number[];
  /** Likewise: the unit after that cluster. */
  readonly ends: readonly number[];
}

/** `folded` is what `fold` gives. */
export function foldTraced(text: string): Traced {
  let folded = '';
  const starts: number[] = [];
  const ends: number[] = [];
  for (const { 0: cluster, index } of text.matchAll(CLUSTER)) {
    for (const unit of fold(cluster)) {
      if (unit === ' ' && folded.endsWith(' ')) {
        ends[ends.length - 1] = index + cluster.length;
        continue;
      }
      folded += unit;
      for (let count = 0; count < unit.length; count += 1) {
        starts.push(index);
        ends.push(index + cluster.length);
      }
    }
  }
  return { folded, starts, ends };
}

function foldLetters(text: string): string {
  return text.normalize('NFKD').toLowerCase().replace(DROPPED, '').replace(TO_REPLACE, (letter) => LETTERS[letter] ?? letter);
}
