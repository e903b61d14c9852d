/**
 * The typefaces of a PDF: which of them has a character, how wide text is, and shaping where a script needs it.
 *
 * Each glyph of a shaped word gets a code of its own, which says in the file's ToUnicode table which characters of the
 * word it stands for: what is read, searched and copied is the text and not the glyphs. The twin of
 * vault/transfer/pdf/typefaces.py.
 */
import bidiFactory from 'bidi-js';
import type { PdfDocument, PdfFont } from './pdfkit.ts';

export const bidi = bidiFactory();

export const REGULAR = 'Literata_400Regular';
export const BOLD = 'Literata_600SemiBold';
const EMOJI = 'NotoEmoji_400Regular';
/** In the order in which they are asked, and whether text in them is shaped. */
const FALLBACKS: readonly (readonly [name: string, isShaped: boolean])[] = [
  ['NotoSansHebrew_400Regular', true],
  ['NotoSansArabic_400Regular', true],
  ['NotoSansDevanagari_400Regular', true],
  ['NotoSans_400Regular', false],
  ['NotoSansSC_400Regular', false],
  ['NotoSansKR_400Regular', false],
  [EMOJI, true],
];
/** Characters that typefaces are fetched for; what is in none of these ranges is asked of all. */
const RANGES: Readonly<Record<string, RegExp>> = {
  NotoSansHebrew_400Regular: /[\u0590-\u05ff\ufb1d-\ufb4f]/u,
  NotoSansArabic_400Regular: /[\u0600-\u08ff\ufb50-\ufdff\ufe70-\ufeff]/u,
  NotoSansDevanagari_400Regular: /[\u0900-\u097f\ua8e0-\ua8ff]/u,
  NotoSansSC_400Regular: /[\u2e80-\u30ff\u3100-\u312f\u3190-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\u{20000}-\u{3ffff}]/u,
  NotoSansKR_400Regular: /[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff]/u,
  [EMOJI]: /[\p{So}\u{1f3fb}-\u{1f3ff}\u200d\ufe0f]/u,
};
/** Makes an emoji of the key before it, which by itself is a character of any typeface. */
const KEYCAP = '\u20e3';
const KEY = /[\d#*]$/;
const JOINER = /[\u200c\u200d\ufe0e\ufe0f]/;
const MARK = /\p{M}/u;
const SYMBOL = /\p{So}/u;
/** Codes are 16 bits wide. */
const MOST_CODES = 60_000;
/** How many shaped words of a typeface are remembered at most. */
const REMEMBERED = 10_000;

/** Gives the bytes of a typeface. */
export type LoadFace = (name: string) => Promise<Uint8Array>;

/** Where a glyph is put: its advance and its shift to the right and upwards, in thousandths of the size. */
export interface Place {
  readonly advance: number;
  readonly right: number;
  readonly up: number;
}

/** A run of one typeface, from left to right. Widths are in thousandths of the size. */
export interface Glyphs {
  readonly face: Face;
  readonly codes: readonly number[];
  readonly width: number;
  /** null where each glyph simply follows the one before. */
  readonly places: readonly Place[] | null;
}

/** One typeface in one document. */
export class Face {
  readonly #codes = new Map<string, number>();
  readonly #words = new Map<string, Glyphs>();

  constructor(readonly name: string, readonly font: PdfFont, readonly isShaped: boolean) {}

  has(char: string): boolean {
    return this.font.font.hasGlyphForCodePoint(char.codePointAt(0) ?? 0);
  }

  /** The glyphs of text that needs no shaping. */
  plain(text: string): Glyphs {
    const codes: number[] = [];
    let width = 0;
    for (const char of text) {
      const code = this.#codes.get(char) ?? this.#charCode(char, char);
      codes.push(code);
      width += this.advance(code);
    }
    return { face: this, codes, width, places: null };
  }

  /** The glyphs of text from right to left that needs no shaping: brackets are turned (UAX 9 L4). */
  mirrored(text: string): Glyphs {
    const codes = [...text].reverse().map((char) => this.#charCode(bidi.getMirroredCharacter(char) ?? char, char));
    return { face: this, codes, width: codes.reduce((sum, code) => sum + this.advance(code), 0), places: null };
  }

  /** The glyphs of words of one direction. */
  shape(text: string, isRightToLeft: boolean): Glyphs {
    const words = text.split(/(?<= )/).map((word) => this.#shapedWord(word, isRightToLeft));
    if (isRightToLeft) words.reverse();
    return {
      face: this,
      codes: words.flatMap(({ codes }) => codes),
      width: words.reduce((sum, word) => sum + word.width, 0),
      places: words.flatMap(({ places }) => places ?? []),
    };
  }

  /** A box that stands for a character no typeface has. */
  missing(char: string): number {
    return this.#code(0, char);
  }

  /** The width that the file's tables give a code. */
  advance(code: number): number {
    return this.font.widths[code] ?? 0;
  }

  /** Words come again and again: measured alone, set in a line, and in the next sentence. */
  #shapedWord(word: string, isRightToLeft: boolean): Glyphs {
    const key = `${String(isRightToLeft)} ${word}`;
    let found = this.#words.get(key);
    if (found === undefined) {
      if (this.#words.size > REMEMBERED) this.#words.clear();
      found = this.#shapeWord(word, isRightToLeft);
      this.#words.set(key, found);
    }
    return found;
  }

  #shapeWord(word: string, isRightToLeft: boolean): Glyphs {
    const run = this.font.font.layout(word, undefined, undefined, undefined, isRightToLeft ? 'rtl' : 'ltr');
    const { scale } = this.font;
    const meanings = meaningsOf(word, run.positions.map(({ xAdvance }) => xAdvance), isRightToLeft);
    return {
      face: this,
      codes: run.glyphs.map(({ id }, index) => this.#code(id, meanings[index] ?? '')),
      width: run.positions.reduce((sum, { xAdvance }) => sum + xAdvance * scale, 0),
      places: run.positions.map(({ xAdvance, xOffset, yOffset }) => (
        { advance: xAdvance * scale, right: xOffset * scale, up: yOffset * scale })),
    };
  }

  #charCode(shown: string, meaning: string): number {
    const code = this.#code(this.font.font.glyphForCodePoint(shown.codePointAt(0) ?? 0).id, meaning);
    if (shown === meaning) this.#codes.set(meaning, code);
    return code;
  }

  #code(glyph: number, meaning: string): number {
    const key = `${glyph} ${meaning}`;
    const known = this.#codes.get(key);
    if (known !== undefined) return known;
    const { subset, widths, unicode, font, scale } = this.font;
    if (subset.glyphs.length >= MOST_CODES) return subset.includeGlyph(glyph);
    const code = subset.glyphs.length;
    subset.glyphs.push(glyph);
    widths[code] = font.getGlyph(glyph).advanceWidth * scale;
    unicode[code] = [...meaning].map((char) => char.codePointAt(0) ?? 0);
    this.#codes.set(key, code);
    return code;
  }
}

/** The typefaces of one document, fetched when a text first needs them. */
export class Typefaces {
  readonly #faces = new Map<string, Face>();
  readonly #found = new Map<string, Face | null>();

  private constructor(readonly document: PdfDocument, readonly load: LoadFace, readonly regular: Face, readonly bold: Face) {}

  static async open(document: PdfDocument, load: LoadFace): Promise<Typefaces> {
    const [regular, bold] = [await faceOf(document, load, REGULAR, false), await faceOf(document, load, BOLD, false)];
    return new Typefaces(document, load, regular, bold);
  }

  /** Fetches what it takes to set `text`. To be called before anything else is done with it. */
  async ensure(text: string): Promise<void> {
    const odd = [...new Set(text)].filter((char) => !this.regular.has(char)).join('');
    if (odd === '') return;
    const placed = FALLBACKS.filter(([name]) => RANGES[name]?.test(odd));
    const isLeft = [...odd].some((char) => !Object.values(RANGES).some((range) => range.test(char)));
    for (const [name, isShaped] of isLeft ? FALLBACKS : placed) {
      if (this.#faces.has(name)) continue;
      this.#faces.set(name, await faceOf(this.document, this.load, name, isShaped));
      this.#found.clear();
    }
  }

  /** Whether `face` alone can draw `text`. */
  covers(face: Face, text: string): boolean {
    for (const char of new Set(text)) if (!face.has(char)) return false;
    return true;
  }

  /** `text` cut where the typeface changes. Marks, joiners and spaces stay with what they follow. */
  split(wanted: Face, text: string): { face: Face; text: string; isMissing: boolean }[] {
    const runs: { face: Face; text: string; isMissing: boolean }[] = [];
    for (const char of text) {
      const before = runs.at(-1);
      if (JOINER.test(char)) { // invisible, and of use to a shaper alone
        if (before?.face.isShaped === true) before.text += char;
        continue;
      }
      const emoji = char === KEYCAP && before !== undefined && KEY.test(before.text) ? this.#faces.get(EMOJI) : undefined;
      if (emoji !== undefined && before !== undefined) {
        runs.splice(-1, 1, ...(before.text.length > 1 ? [{ ...before, text: before.text.slice(0, -1) }] : []), { face: emoji, text: before.text.slice(-1) + char, isMissing: false });
        continue;
      }
      const face = this.#faceFor(wanted, char, before?.face);
      const [used, isMissing] = face === null ? [wanted, true] : [face, false];
      if (before !== undefined && before.face === used && before.isMissing === isMissing) before.text += char;
      else runs.push({ face: used, text: char, isMissing });
    }
    return runs;
  }

  #faceFor(wanted: Face, char: string, before: Face | undefined): Face | null {
    if (before !== undefined && MARK.test(char) && before.has(char)) return before;
    // Words of one script are shaped together.
    if (char === ' ' && before !== undefined && before.name !== EMOJI && before.has(char)) return before;
    const key = `${wanted.name} ${char}`;
    let found = this.#found.get(key);
    if (found === undefined) {
      const fallbacks = FALLBACKS.flatMap(([name]) => this.#faces.get(name) ?? []);
      const emoji = SYMBOL.test(char) ? fallbacks.filter(({ name }) => name === EMOJI) : [];
      found = [wanted, ...emoji, ...fallbacks].find((face) => face.has(char)) ?? null;
      this.#found.set(key, found);
    }
    return found;
  }
}

async function faceOf(document: PdfDocument, load: LoadFace, name: string, isShaped: boolean): Promise<Face> {
  document.registerFont(name, await load(name));
  document.font(name);
  return new Face(name, document._font, isShaped);
}

/**
 * What each glyph of a word stands for: the characters go to its glyphs in reading order, one each and the rest to the
 * last; glyphs without width (marks) stand for nothing where there are others.
 */
export function meaningsOf(word: string, advances: readonly number[], isRightToLeft: boolean): string[] {
  const meanings = advances.map(() => '');
  const wide = advances.flatMap((advance, index) => (advance === 0 ? [] : [index]));
  const seen = wide.length > 0 ? wide : [...advances.keys()];
  if (isRightToLeft) seen.reverse();
  // A mark that is placed over a letter goes with it, where each glyph that has a width is a letter.
  const letters = word.match(/^\p{M}+|\P{M}\p{M}*/gu) ?? [];
  const chars = letters.length === seen.length ? letters : [...word];
  const used = seen.slice(0, chars.length);
  used.forEach((index, place) => {
    meanings[index] = place === used.length - 1 ? chars.slice(place).join('') : chars[place] ?? '';
  });
  return meanings;
}
