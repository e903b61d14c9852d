/** Text that must give the same bytes everywhere: handles, passphrases, excerpts (FORMAT §2, §5.3). */
import { MAX_HANDLE_BYTES, MAX_HANDLE_CODE_POINTS } from '../wire/limits.ts';
import { utf8, type Bytes } from './bytes.ts';
import { FormatError } from '../errors.ts';

const MAX_PASSPHRASE_BYTES = 1_024;
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]/u;

/** Each run of U+0020 and U+0009–U+000D as one space, none at the ends. */
export function squeeze(text: string): string {
  return text.replace(/[\x20\t-\r]+/g, ' ').replace(/^ | $/g, '');
}

/** Unicode code points, which `length` does not count. */
export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** Orders as the UTF-8 bytes of the texts do; `<` compares UTF-16 units, which differ beyond U+FFFF. */
export function compareCodePoints(a: string, b: string): number {
  for (let at = 0; at < a.length && at < b.length; at += 1) {
    if (a[at] === b[at]) continue;
    const [left, right] = [a.codePointAt(at) ?? 0, b.codePointAt(at) ?? 0];
    // Within a pair of which the first halves are the same, the second halves decide, which come out as themselves.
    return left - right;
  }
  return a.length - b.length;
}

/** The one spelling of a vault's name. */
export function normaliseHandle(handle: string): string {
  const name = squeeze(handle.normalize('NFKC').toLowerCase().normalize('NFKC'));
  const length = codePoints(name);
  if (length < 1 || length > MAX_HANDLE_CODE_POINTS || INVISIBLE.test(name) || utf8(name).length > MAX_HANDLE_BYTES) {
    throw new FormatError('handle', 'A vault name has 1 to 64 visible characters; choose another one.');
  }
  return name;
}

/** NFKC in UTF-8; nothing is trimmed or folded. */
export function passphraseBytes(passphrase: string): Bytes {
  const refusal = 'A passphrase has 1 to 1,024 bytes of plain text; choose another one.';
  if (!passphrase.isWellFormed()) throw new FormatError('passphrase with a lone surrogate', refusal);
  const data = utf8(passphrase.normalize('NFKC'));
  if (data.length < 1 || data.length > MAX_PASSPHRASE_BYTES) throw new FormatError('passphrase length', refusal);
  return data;
}

/**
 * Refuses a new passphrase with code points that are unassigned in this browser's Unicode tables: another device could
 * normalise them to other bytes.
 */
export function checkNewPassphrase(passphrase: string): void {
  passphraseBytes(passphrase);
  if (/\p{Cn}/u.test(passphrase)) {
    throw new FormatError('passphrase with unassigned code points', 'This passphrase has characters that not every device knows. Choose another one.');
  }
}

/** The first `count` code points of `text` after its white space is squeezed. */
export function excerpt(text: string, count: number): string {
  const squeezed = squeeze(text);
  let end = 0;
  let taken = 0;
  for (const point of squeezed) {
    if (taken === count) break;
    taken += 1;
    end += point.length;
  }
  return squeezed.slice(0, end);
}
