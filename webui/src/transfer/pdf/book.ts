/** A vault as a book: cover, contents, notebooks, sessions, messages. The twin of vault/transfer/pdf/book.py. */
import { Pages, type Paper, type Style } from './pages.ts';
import type { PdfOutline } from './pdfkit.ts';
import type { LoadFace } from './typefaces.ts';

export const ATTACHMENT = 'inkvault-export.json';
/** Points that page numbers take in the contents. */
const NUMBERS = 40;

/** A message: who wrote it (the name of a role is translated) and when, as shown. */
export interface Entry {
  readonly who: string;
  /** Whether it is the writer's own. */
  readonly isOwn: boolean;
  readonly day: string;
  readonly time: string;
  readonly text: string;
}

/** A session. */
export interface Chapter {
  readonly title: string;
  readonly about: string;
  entries(): Iterable<Entry>;
}

/** A notebook with its sessions, or those that belong to none. */
export interface Part {
  readonly title: string;
  readonly about: string;
  readonly chapters: readonly Chapter[];
}

/** All that is printed. `facts` stand on the cover; `language` is a tag of BCP 47. */
export interface Book {
  readonly title: string;
  readonly subtitle: string;
  readonly facts: readonly string[];
  readonly parts: readonly Part[];
  readonly language: string;
}

export interface PrintOptions {
  readonly paper: Paper;
  readonly attachment: Uint8Array | null;
  readonly load: LoadFace;
  readonly signal: AbortSignal;
  readonly onChapter: (done: number) => void;
}

/** Prints `book` as a PDF with the attachment inside: its bytes, in parts. */
export async function printBook(book: Book, options: PrintOptions): Promise<Uint8Array[]> {
  const pages = await Pages.open(options.paper, book, options.load);
  const printer = new Printer(book, pages, options);
  return printer.run();
}

class Printer {
  readonly #title: Style;
  readonly #subtitle: Style;
  readonly #fact: Style;
  readonly #part: Style;
  readonly #chapter: Style;
  readonly #about: Style;
  readonly #row: Style;
  readonly #rowPart: Style;
  readonly #text: Style;
  readonly #quoted: Style;
  readonly #pageOf: number[] = [];
  readonly #rows = new Map<string, { row: number; y: number }[]>();

  constructor(readonly book: Book, readonly pages: Pages, readonly options: PrintOptions) {
    this.#title = pages.style(30, 38, { bold: true });
    this.#subtitle = pages.style(13, 20, { grey: 0.35 });
    this.#fact = pages.style(10, 16, { grey: 0.35 });
    this.#part = pages.style(21, 28, { bold: true });
    this.#chapter = pages.style(14.5, 20, { bold: true });
    this.#about = pages.style(9, 13, { grey: 0.45 });
    this.#row = pages.style(10.5, 17);
    this.#rowPart = pages.style(10.5, 24, { bold: true });
    this.#text = pages.style(10.5, 16);
    this.#quoted = pages.style(10.5, 16, { indent: 18, grey: 0.2 });
  }

  async run(): Promise<Uint8Array[]> {
    await this.#cover();
    await this.#contents();
    for (const [index, part] of this.book.parts.entries()) {
      const bookmark = await this.#beginPart(index, part);
      for (const [place, chapter] of part.chapters.entries()) {
        await this.#printChapter(`${index}-${place}`, part, chapter, bookmark, place === 0);
        this.options.onChapter(this.#pageOf.length);
      }
    }
    for (const [name, rows] of this.#rows) {
      this.pages.form(name, rows.map(({ row, y }) => ({ y, text: String(this.#pageOf[row]) })), this.#row);
    }
    if (this.options.attachment !== null) this.pages.attach(ATTACHMENT, this.options.attachment);
    return this.pages.end();
  }

  async #cover(): Promise<void> {
    const { pages, book } = this;
    pages.plain();
    pages.skipTo(0.62);
    await this.#set(book.title, this.#title);
    pages.skip(6);
    await this.#set(book.subtitle, this.#subtitle);
    pages.skip(28);
    for (const fact of book.facts) await this.#set(fact, this.#fact);
    pages.turn();
  }

  /** Titles with links now, their page numbers later: form by form, which row stands at which height. */
  async #contents(): Promise<void> {
    const { pages } = this;
    pages.heading = 'Contents';
    await this.#set('Contents', this.#part);
    pages.skip(10);
    let row = 0;
    for (const [index, part] of this.book.parts.entries()) {
      const titles = [{ key: `part-${index}`, title: part.title, style: this.#rowPart }].concat(
        part.chapters.map(({ title }, place) => ({ key: `chapter-${index}-${place}`, title, style: this.#row })),
      );
      for (const { key, title, style } of titles) {
        await pages.typefaces.ensure(title);
        pages.need(style.leading);
        const name = `Contents${pages.number}`;
        if (!this.#rows.has(name)) {
          this.#rows.set(name, []);
          pages.later(name);
        }
        pages.link(pages.lines(title, style, NUMBERS).slice(0, 1), style, key);
        this.#rows.get(name)?.push({ row, y: pages.baseline });
        row += 1;
      }
    }
    pages.turn();
  }

  async #beginPart(index: number, part: Part): Promise<PdfOutline> {
    const { pages } = this;
    if (!pages.isFresh) pages.turn();
    pages.heading = part.title;
    this.#pageOf.push(pages.number);
    const bookmark = pages.mark(`part-${index}`, part.title, null);
    await this.#set(part.title, this.#part);
    if (part.about !== '') {
      pages.skip(4);
      await this.#set(part.about, this.#about);
    }
    pages.skip(18);
    return bookmark;
  }

  async #printChapter(key: string, part: Part, chapter: Chapter, parent: PdfOutline, isFirst: boolean): Promise<void> {
    const { pages } = this;
    this.options.signal.throwIfAborted();
    if (!isFirst) pages.skip(26);
    await pages.typefaces.ensure(chapter.title + chapter.about);
    const title = pages.lines(chapter.title, this.#chapter);
    pages.need(title.length * this.#chapter.leading + this.#about.leading + 4 * this.#text.leading);
    pages.heading = `${part.title}  ·  ${chapter.title}`;
    this.#pageOf.push(pages.number);
    pages.mark(`chapter-${key}`, chapter.title, parent);
    pages.set(title, this.#chapter);
    if (chapter.about !== '') pages.set(pages.lines(chapter.about, this.#about).slice(0, 3), this.#about);
    let day = '';
    for (const entry of chapter.entries()) {
      await this.#printEntry(entry, entry.day !== day);
      day = entry.day;
    }
  }

  async #printEntry(entry: Entry, withDay: boolean): Promise<void> {
    const { pages } = this;
    pages.skip(10);
    pages.need(this.#about.leading + 2 * this.#text.leading);
    await this.#set(`${entry.who}  ·  ${withDay ? `${entry.day}, ` : ''}${entry.time}`, this.#about);
    await this.#set(entry.text, entry.isOwn ? this.#text : this.#quoted);
  }

  async #set(text: string, style: Style): Promise<void> {
    await this.pages.typefaces.ensure(text);
    this.pages.set(this.pages.lines(text, style), style);
  }
}
