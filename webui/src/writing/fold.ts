/**
 * Folding: texts that a reader takes for the same become the same, in any script.
 *
 * Accents, cases, widths, ligatures, the points of Arabic and Hebrew, characters without width, and the kinds of white
 * space, apostrophes and dashes make no difference. Marks that are letters to their readers stay: vowel signs of Indic
 * scripts and Thai, the voicing of kana. In this order: NFKD; lower case; the dropped characters go; letters are
 * replaced; each run of white space becomes one space. `vault/writing/fold.py` does the same.
 */

/** An explicit list: clients whose Unicode tables differ in age still fold alike. */
const DROPPED =
  /[\u0300-\u036F\u0483-\u0489\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0610-\u061A\u0640\u064B-\u065F\u0670\u06D6-\u06DC\u06DF-\u06E4\u06E7\u06E8\u06EA-\u06ED\u08D3-\u08E1\u08E3-\u08FF\u1AB0-\u1AFF\u1DC0-\u1DFF\u20D0-\u20FF\uFE00-\uFE0F\uFE20-\uFE2F\xAD\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF]+/g;
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i', ς: 'σ',
  '\u2018': "'", '\u2019': "'", '\u02BC': "'",
  '\u2010': '-', '\u2012': '-', '\u2013': '-', '\u2014': '-', '\u2015': '-', '\u2212': '-',
  // Arabic: alef maqsura and the Persian yeh as yeh, the Persian kaf as kaf, teh marbuta as heh, alef wasla as alef.
  '\u0649': '\u064A', '\u06CC': '\u064A', '\u06A9': '\u0643', '\u0629': '\u0647', '\u0671': '\u0627',
};
const TO_REPLACE = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'g');
const WHITE = /[\t-\r\x85\u1680\u2028\u2029]| {2,}/;
const WHITE_RUN = /[\t-\r \x85\u1680\u2028\u2029]+/g;
const PLAIN = /^[ -~]*$/;
/** A character with the marks after it. What normalising reorders or joins stays within one. */
const CLUSTER = /\P{M}\p{M}*|\p{M}+/uy;

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
  for (let start = 0; start < text.length;) {
    const end = clusterEnd(text, start);
    const part = fold(text.slice(start, end));
    // White space of several clusters is one run.
    const isSameRun = part.startsWith(' ') && folded.endsWith(' ');
    if (isSameRun) ends[ends.length - 1] = end;
    const added = isSameRun ? part.slice(1) : part;
    folded += added;
    for (let count = 0; count < added.length; count += 1) {
      starts.push(start);
      ends.push(end);
    }
    start = end;
  }
  return { folded, starts, ends };
}

/** Most characters stand alone, and no ASCII one is a mark. */
function clusterEnd(text: string, start: number): number {
  const next = start + 1;
  if (text.charCodeAt(start) < 0x80 && (next >= text.length || text.charCodeAt(next) < 0x80)) return next;
  CLUSTER.lastIndex = start;
  CLUSTER.test(text);
  return CLUSTER.lastIndex;
}

function foldLetters(text: string): string {
  return text.normalize('NFKD').toLowerCase().replace(DROPPED, '').replace(TO_REPLACE, (letter) => LETTERS[letter] ?? letter);
}
