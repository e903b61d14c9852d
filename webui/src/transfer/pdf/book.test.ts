import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { ATTACHMENT, printBook, type Book, type Entry, type PrintOptions } from './book.ts';
import { Breaker } from './lines.ts';
import { Pages } from './pages.ts';
import { meaningsOf, type LoadFace } from './typefaces.ts';

const FONTS = new URL('../../../../vault/server/page/fonts/', import.meta.url);
const SHARED = JSON.parse(readFileSync(new URL('../../../../tests/support/book.json', import.meta.url), 'utf8')) as SharedBook;
const FOLDER = mkdtempSync(join(tmpdir(), 'book-'));
const load: LoadFace = async (name) => new Uint8Array(await readFile(new URL(`${name}.ttf`, FONTS)));

interface SharedBook extends Omit<Book, 'parts'> {
  readonly parts: { title: string; about: string; chapters: { title: string; about: string; entries: { role: string; text: string }[] }[] }[];
}

afterAll(() => rmSync(FOLDER, { recursive: true }));

function entryOf(text: string, role = 'writer'): Entry {
  return { who: role, isOwn: role === 'writer', day: '21 November 2026', time: '09:05', text };
}

function bookOf(texts: readonly string[], chapters = 1): Book {
  const chapter = (_: unknown, index: number) => ({ title: `Sitting number ${index}`, about: '', entries: () => texts.map((text) => entryOf(text)) });
  return { title: 'Lantern', subtitle: 'A vault', facts: [], language: 'en', parts: [{ title: 'Letters', about: '', chapters: Array.from({ length: chapters }, chapter) }] };
}

async function printed(book: Book, options: Partial<PrintOptions> = {}): Promise<string> {
  const parts = await printBook(book, {
    paper: 'a4', attachment: null, load, signal: new AbortController().signal, onChapter: () => undefined, ...options,
  });
  const path = join(FOLDER, 'book.pdf');
  writeFileSync(path, Buffer.concat(parts));
  return path;
}

function textOf(path: string, ...options: string[]): string {
  return execFileSync('pdftotext', [...options, path, '-'], { encoding: 'utf8' });
}

/** Without what lines add, and the marks of direction that readers put in. */
function squeezed(text: string): string {
  return text.normalize('NFC').replace(/[\s\u200e\u200f\u202a-\u202e]+/gu, '');
}

describe('a book', () => {
  it('has the words of the vault in the order of the vault, in every script', async () => {
    const parts = SHARED.parts.map((part) => ({
      ...part,
      chapters: part.chapters.map((chapter) => ({ ...chapter, entries: () => chapter.entries.map(({ text, role }) => entryOf(text, role)) })),
    }));
    const found = squeezed(textOf(await printed({ ...SHARED, parts })));
    let place = 0;
    for (const text of SHARED.parts.flatMap((part) => part.chapters.flatMap(({ title, entries }) => [title, ...entries.map((entry) => entry.text)]))) {
      place = found.indexOf(squeezed(text), place);
      expect(place, text).toBeGreaterThan(0);
    }
  });

  it('has letters with marks where they belong', async () => {
    // Readers differ in where they give the marks.
    expect(squeezed(textOf(await printed(bookOf(['בְּרֵאשִׁית בָּרָא'])))).replace(/\p{M}/gu, '')).toContain('בראשיתברא');
  });

  it.each(['a4', 'letter'] as const)('numbers its pages on %s', async (paper) => {
    const path = await printed(bookOf(Array.from({ length: 60 }, () => 'The first line of a morning.'), 3), { paper });
    const pages = textOf(path).split('\f').slice(0, -1);
    expect(pages.length).toBeGreaterThan(5);
    pages.slice(1).forEach((page, index) => expect(squeezed(page)).toContain(`${index + 2}of${pages.length}`));
    expect(textOf(path, '-f', '2', '-l', '2')).toMatch(/Sitting number 0\s+3\s+Sitting number 1\s+\d/);
  });

  it('has the document inside', async () => {
    const path = await printed(bookOf(['x']), { attachment: new TextEncoder().encode('{"format":1}') });
    execFileSync('pdfdetach', ['-savefile', ATTACHMENT, '-o', join(FOLDER, 'inside'), path]);
    expect(readFileSync(join(FOLDER, 'inside'), 'utf8')).toBe('{"format":1}');
  });

  it('loses nothing of a long message', async () => {
    const words = Array.from({ length: 20_000 }, (_, index) => `word${index}`);
    expect(textOf(await printed(bookOf([words.join(' ')]))).match(/word\d+/g)).toEqual(words);
  });

  it('stops where it is told to', async () => {
    const stop = new AbortController();
    const print = printed(bookOf(['x'], 9), { signal: stop.signal, onChapter: () => stop.abort() });
    await expect(print).rejects.toThrow('abort');
  });

  it('fetches no typeface that it does not need', async () => {
    const fetched: string[] = [];
    await printed(bookOf(['Straße']), { load: (name) => load(name).finally(() => fetched.push(name)) });
    expect(fetched).toEqual(['Literata_400Regular', 'Literata_600SemiBold']);
  });
});

describe('lines', () => {
  it('draw a keycap over its key', async () => {
    const { typefaces } = await Pages.open('a4', { title: '', subtitle: '', language: 'en' }, load);
    const text = 'at 12\ufe0f\u20e3';
    await typefaces.ensure(text);
    expect(typefaces.split(typefaces.regular, text).map((run) => [run.face.isShaped, run.text])).toEqual([[false, 'at 1'], [true, '2\u20e3']]);
  });

  it('fit, whatever the text', async () => {
    const { typefaces } = await Pages.open('a4', { title: '', subtitle: '', language: 'en' }, load);
    const units = [...'aé ß—.(\u0301ع ר1ש नि你、「😀\u200d👧ᚠ\u202e\u00ad\t'];
    await typefaces.ensure(units.join(''));
    const breaker = new Breaker(typefaces, typefaces.regular, 10.5);
    fc.assert(fc.property(fc.array(fc.constantFrom(...units), { maxLength: 120 }), fc.double({ min: 60, max: 400, noNaN: true }), (chars, measure) => {
      const lines = breaker.paragraph(chars.join(''), measure);
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) expect(line.width).toBeLessThanOrEqual(measure * 1.05 + 1);
    }), { numRuns: 150 });
  });
});

describe('the meanings of glyphs', () => {
  it.each([
    ['ab', [5, 5], false, ['a', 'b']],
    ['abc', [5, 5], false, ['a', 'bc']],
    ['ab', [5, 0, 5], false, ['a', '', 'b']],
    ['ab', [5, 5], true, ['b', 'a']],
    ['a\u0301b', [5, 0, 5], false, ['a\u0301', '', 'b']],
    ['a', [0], false, ['a']],
    ['a', [5, 5], false, ['a', '']],
    ['', [5], false, ['']],
  ])('of %j over %j', (word, advances, isRightToLeft, expected) => {
    expect(meaningsOf(word, advances, isRightToLeft)).toEqual(expected);
  });

  it('are the word, read in its direction', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), fc.array(fc.nat(3), { minLength: 1 }), fc.boolean(), (word, advances, isRightToLeft) => {
      const meanings = meaningsOf(word, advances, isRightToLeft);
      expect((isRightToLeft ? meanings.reverse() : meanings).join('')).toBe(word);
    }));
  });
});
