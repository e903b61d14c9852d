/** Which words of a changed text are the writer's own, when what it was made of is to be forgotten. */

/** More cells than this are not compared word by word. */
const MOST_CELLS = 4_000_000;
/** What a writer types into a form as text; the rest is chosen from lists. */
const TEXTS = new Set(['text', 'title', 'notes', 'about', 'prompt']);

/** The words of `mine` that are not of `base`, in their order; a line for each run of them. */
export function ownWords(base: string, mine: string): string {
  const [before, after] = [wordsOf(base).map(({ word }) => word), wordsOf(mine)];
  const same = (i: number, j: number): boolean => before.at(i) === after.at(j)?.word;
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && same(start, start)) start += 1;
  let end = 0;
  while (end < most - start && same(-1 - end, -1 - end)) end += 1;
  const old = before.slice(start, before.length - end);
  const fresh = after.slice(start, after.length - end);
  const words = fresh.map(({ word }) => word);
  return runs(fresh, old.length * words.length <= MOST_CELLS ? added(old, words) : strange(old, words));
}

/** Of the text fields of a form. Both are as its draft has them, in JSON. */
export function ownWordsOfForm(base: string, mine: string): string {
  try {
    return ownWords(textsIn(JSON.parse(base)).join('\n'), textsIn(JSON.parse(mine)).join('\n'));
  } catch {
    return '';
  }
}

interface Word {
  readonly word: string;
  /** White space and punctuation before it. */
  readonly gap: string;
}

/** Words as languages have them. What stands between them is no sign of what was before: a full stop is everywhere. */
function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  let gap = '';
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: 'word' }).segment(text)) {
    if (/^[\p{P}\p{Z}\s]*$/u.test(segment)) gap += segment;
    else {
      words.push({ word: segment, gap });
      gap = '';
    }
  }
  return words;
}

/** Whether each word is outside of a longest common subsequence (Wagner and Fischer, 1974). */
function added(old: readonly string[], fresh: readonly string[]): boolean[] {
  const width = fresh.length + 1;
  const lengths = new Uint32Array((old.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = fresh.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] = old[i] === fresh[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const isOwn = fresh.map(() => true);
  for (let [i, j] = [0, 0]; i < old.length && j < fresh.length;) {
    if (old[i] === fresh[j]) {
      isOwn[j] = false;
      [i, j] = [i + 1, j + 1];
    } else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  }
  return isOwn;
}

/** Of texts too long for that: whether it is nowhere in what was. Rather too little is kept than what is to be gone. */
function strange(old: readonly string[], fresh: readonly string[]): boolean[] {
  const known = new Set(old);
  return fresh.map((word) => !known.has(word));
}

function runs(words: readonly Word[], isOwn: readonly boolean[]): string {
  const found: string[] = [];
  words.forEach(({ word, gap }, index) => {
    if (isOwn[index] !== true) return;
    if (isOwn[index - 1] === true) found.push(`${found.pop() ?? ''}${gap}${word}`);
    else found.push(word);
  });
  return found.join('\n');
}

function textsIn(value: unknown, name = ''): string[] {
  if (typeof value === 'string') return TEXTS.has(name) ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => textsIn(inner, key));
}
