/** From a paragraph to lines: words, breaks, and in which order their runs stand. The twin of vault/transfer/pdf/lines.py. */
import { bidi, type Face, type Glyphs, type Typefaces } from './typefaces.ts';

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
/** What is not drawn: controls, and marks that only steer a display. */
const CONTROLS = /[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u202a-\u202e\u2060-\u206f\ufeff]/g;
const OPENERS = '\\u2018\\u201c\\u3008\\u300a\\u300c\\u300e\\u3010\\u3014\\u3016\\u3018\\uff08\\uff3b\\uff5b';
const CLOSERS = '\\u2019\\u201d\\u3001\\u3002\\u3009\\u300b\\u300d\\u300f\\u3011\\u3015\\u3017\\u3019\\u30fb\\u30fc\\uff01\\uff09\\uff0c\\uff0e\\uff1a\\uff1b\\uff1f\\uff3d\\uff5d';
const WIDE = '\\u2e80-\\u30ff\\u3100-\\u31ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uac00-\\ud7af\\uf900-\\ufaff\\uff00-\\uffef\\u{1f300}-\\u{1faff}\\u{20000}-\\u{3ffff}';
/** East Asian text breaks between its characters, but not before a closing mark or after an opening one. */
const PIECE = new RegExp(
  `[${OPENERS}]*[${WIDE}][\\u200d\\ufe0f\\u{1f3fb}-\\u{1f3ff}${CLOSERS}]*(?:(?<=\\u200d)[${WIDE}\\u2600-\\u27bf][\\u200d\\ufe0f]*)*|[^${WIDE}]+`, 'gu',
);
const IS_WIDE = new RegExp(`[${WIDE}]`, 'u');
const MARK = /\p{M}/u;
/** How many widths of words are remembered at most. */
const REMEMBERED = 10_000;

/** One line: its runs from left to right, the points it takes and may take, and at which side it stands. */
export interface Line {
  readonly runs: readonly Glyphs[];
  readonly width: number;
  readonly measure: number;
  readonly isRightToLeft: boolean;
}

interface Word {
  /** The spaces before it. */
  readonly space: string;
  readonly text: string;
  readonly width: number;
}

/** Breaks paragraphs of one typeface and size; the typefaces have been made sure of. */
export class Breaker {
  readonly #points: number;
  readonly #widths = new Map<string, number>();
  readonly #space: number;

  constructor(readonly typefaces: Typefaces, readonly face: Face, size: number) {
    this.#points = size / 1000;
    this.#space = this.width(' ');
  }

  /** Breaks one paragraph (text without line feeds) into lines at most `measure` points wide. */
  paragraph(given: string, measure: number): Line[] {
    const text = given.replace(CONTROLS, '').replaceAll('\t', '    ').normalize('NFC');
    if (RIGHT_TO_LEFT.test(text)) return this.#mixed(text, measure);
    return this.#fill(text, measure).map(({ shown, width }) => ({ runs: this.#glyphs(shown, 0), width, measure, isRightToLeft: false }));
  }

  /** Points that `text` takes in one line. */
  width(text: string): number {
    let found = this.#widths.get(text);
    if (found === undefined) {
      if (this.#widths.size > REMEMBERED) this.#widths.clear();
      found = this.#points * this.#glyphs(text, 0).reduce((sum, run) => sum + run.width, 0);
      this.#widths.set(text, found);
    }
    return found;
  }

  /** The text of each line, as much as fits. Spaces at a break belong to neither line. */
  #fill(text: string, measure: number): { shown: string; width: number }[] {
    const lines: { shown: string; width: number }[] = [];
    let [shown, used] = ['', 0];
    for (const word of this.#words(text, measure)) {
      const needed = word.width + word.space.length * this.#space;
      if (shown !== '' && used + needed > measure) {
        lines.push({ shown, width: used });
        [shown, used] = [word.text, word.width];
      } else {
        shown += word.space + word.text;
        used += needed;
      }
    }
    lines.push({ shown, width: used });
    return lines;
  }

  * #words(text: string, measure: number): Generator<Word> {
    let space = '';
    const isWide = IS_WIDE.test(text);
    for (const part of text.split(' ')) {
      if (part === '') {
        space += ' ';
        continue;
      }
      for (const piece of isWide ? part.match(PIECE) ?? [] : [part]) {
        const width = this.width(piece);
        if (width <= measure) yield { space, text: piece, width };
        else yield* this.#cut(space, piece, measure);
        space = '';
      }
      space = ' ';
    }
  }

  /** A word wider than a line, in parts that are not. */
  * #cut(before: string, text: string, measure: number): Generator<Word> {
    let [space, part, used] = [before, '', 0];
    for (const char of text) {
      const width = this.width(char);
      if (used + width > measure && part !== '' && !MARK.test(char)) {
        yield { space, text: part, width: used };
        [space, part, used] = ['', '', 0];
      }
      part += char;
      used += width;
    }
    yield { space, text: part, width: used };
  }

  /** Lines of a paragraph with text from right to left: levels for the whole, order line by line (UAX 9 L2). */
  #mixed(text: string, measure: number): Line[] {
    const { levels, paragraphs } = bidi.getEmbeddingLevels(text);
    const isRightToLeft = (paragraphs[0]?.level ?? 0) % 2 === 1;
    let start = 0;
    return this.#fill(text, measure).map(({ shown }) => {
      start = text.indexOf(shown, start);
      const runs = this.#ordered(shown, levels.subarray(start, start + shown.length));
      start += shown.length;
      return { runs, width: this.#points * runs.reduce((sum, run) => sum + run.width, 0), measure, isRightToLeft };
    });
  }

  #ordered(text: string, levels: Uint8Array): Glyphs[] {
    let parts: { level: number; run: Glyphs }[] = [];
    for (let start = 0, end = 1; end <= text.length; end++) {
      if (end < text.length && levels[end] === levels[start]) continue;
      const level = levels[start] ?? 0;
      parts.push(...this.#glyphs(text.slice(start, end), level).map((run) => ({ level, run })));
      start = end;
    }
    for (let level = Math.max(0, ...levels); level > 0; level--) parts = reversedFrom(parts, level);
    return parts.map(({ run }) => run);
  }

  /** `text`, all of one level, as runs in reading order. */
  #glyphs(text: string, level: number): Glyphs[] {
    if (level === 0 && this.typefaces.covers(this.face, text)) return [this.face.plain(text)];
    return this.typefaces.split(this.face, text).map(({ face, text: part, isMissing }) => {
      if (isMissing) return boxes(face, part);
      if (face.isShaped) return face.shape(part, level % 2 === 1 || (RIGHT_TO_LEFT.test(part) && level === 0));
      return level % 2 === 1 ? face.mirrored(part) : face.plain(part);
    });
  }
}

function boxes(face: Face, text: string): Glyphs {
  const codes = [...text].map((char) => face.missing(char));
  return { face, codes, width: codes.reduce((sum, code) => sum + face.advance(code), 0), places: null };
}

/** `parts` with each stretch of this level and above turned round. */
function reversedFrom<T extends { readonly level: number }>(parts: readonly T[], level: number): T[] {
  const result: T[] = [];
  let stretch: T[] = [];
  for (const part of parts) {
    if (part.level >= level) {
      stretch.unshift(part);
    } else {
      result.push(...stretch, part);
      stretch = [];
    }
  }
  return [...result, ...stretch];
}
