/** Texts counted and cut in code points, and trimmed by what Python takes for white space: as vault/transfer does. */

const HALF = /[\ud800-\udfff]/;
const SPACES = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const SPACE_RUN = new RegExp(`[${SPACES}]+`, 'g');
const SPACE_START = new RegExp(`^[${SPACES}]+`);
const VISIBLE = new RegExp(`[^${SPACES}]`);
const SPACE = new RegExp(`[${SPACES}]`);

/** How many code points; a half of a character is one. */
export function points(text: string): number {
  if (!HALF.test(text)) return text.length;
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** The first `most` code points. */
export function firstPoints(text: string, most: number): string {
  if (text.length <= most || !HALF.test(text)) return text.slice(0, most);
  return text.slice(0, unitsOf(text, 0, most));
}

/** `text` in parts of so many code points. */
export function* inParts(text: string, size: number): Generator<string> {
  const isPlain = !HALF.test(text);
  for (let start = 0; start < text.length;) {
    const end = isPlain ? start + size : unitsOf(text, start, size);
    yield text.slice(start, end);
    start = end;
  }
}

/** Where the code points end that begin at `start`. */
function unitsOf(text: string, start: number, count: number): number {
  let at = start;
  for (let taken = 0; taken < count && at < text.length; taken += 1) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return at;
}

/** As `text.split()`. */
export function words(text: string): string[] {
  return text.split(SPACE_RUN).filter((word) => word !== '');
}

/** As `text.strip()`. */
export function strip(text: string): string {
  return stripEnd(stripStart(text));
}

export function stripStart(text: string): string {
  return text.replace(SPACE_START, '');
}

/** Backwards by hand: a pattern would try at every space. */
export function stripEnd(text: string): string {
  return text.slice(0, endOf(text, (char) => SPACE.test(char)));
}

/** `text` without these characters at its ends. */
export function stripChars(text: string, chars: string): string {
  return stripCharsStart(stripCharsEnd(text, chars), chars);
}

export function stripCharsStart(text: string, chars: string): string {
  let start = 0;
  while (start < text.length && chars.includes(text.charAt(start))) start += 1;
  return text.slice(start);
}

export function stripCharsEnd(text: string, chars: string): string {
  return text.slice(0, endOf(text, (char) => chars.includes(char)));
}

function endOf(text: string, isDropped: (char: string) => boolean): number {
  let end = text.length;
  while (end > 0 && isDropped(text.charAt(end - 1))) end -= 1;
  return end;
}

/** Whether there is anything but white space. */
export function saysSomething(text: string): boolean {
  return VISIBLE.test(text);
}
