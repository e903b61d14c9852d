/**
 * Pages: a document, where on the page the next line goes, and what stands at the head and foot of each. The twin of
 * vault/transfer/pdf/pages.py; lengths are in points, heights from the foot of the page.
 */
import PdfKit from 'pdfkit';
import { Breaker, type Line } from './lines.ts';
import type { PdfDocument, PdfOutline, PdfReference } from './pdfkit.ts';
import { Typefaces, type Face, type Glyphs, type LoadFace } from './typefaces.ts';

export const PAPERS = { a4: [595.28, 841.89], letter: [612, 792] } as const;
export type Paper = keyof typeof PAPERS;

const MARGIN = 64;
const HEAD = 78;
const FOOT = 72;
/** Thousandths of the size that nobody sees. */
const NEGLIGIBLE = 0.5;
/** Name of the form that says how many pages there are: drawn on each page, made at the end, when that is known. */
const TOTAL = 'Total';

/** How a paragraph is set: grey goes from 0 (black) to 1. */
export interface Style {
  readonly breaker: Breaker;
  readonly face: Face;
  readonly size: number;
  readonly leading: number;
  readonly grey: number;
  readonly indent: number;
}

export interface Facts {
  readonly title: string;
  readonly subtitle: string;
  readonly language: string;
}

/** A document being written, page after page from top to bottom. */
export class Pages {
  readonly width: number;
  readonly height: number;
  readonly measure: number;
  number = 1;
  /** What stands at the head of the pages from here on. */
  heading = '';
  readonly #document: PdfDocument;
  readonly #chunks: Uint8Array[] = [];
  readonly #ended: Promise<void>;
  readonly #forms = new Map<string, PdfReference>();
  readonly #small: Style;
  #y: number;
  #isPlain = true;

  private constructor(document: PdfDocument, readonly typefaces: Typefaces, paper: Paper) {
    [this.width, this.height] = PAPERS[paper];
    this.measure = this.width - 2 * MARGIN;
    this.#y = this.height - HEAD;
    this.#document = document;
    this.#ended = new Promise((resolve) => {
      document.on('data', (chunk) => this.#chunks.push(chunk));
      document.on('end', () => resolve());
    });
    this.#small = this.style(8.5, 11, { grey: 0.45 });
  }

  static async open(paper: Paper, facts: Facts, load: LoadFace): Promise<Pages> {
    const document = new PdfKit({
      size: [...PAPERS[paper]], margin: 0, font: null, lang: facts.language, pdfVersion: '1.7', displayTitle: true,
      info: { Title: facts.title, Author: facts.title, Subject: facts.subtitle, Creator: 'Inkvault' },
    });
    return new Pages(document, await Typefaces.open(document, load), paper);
  }

  style(size: number, leading: number, { bold = false, grey = 0, indent = 0 } = {}): Style {
    const face = bold ? this.typefaces.bold : this.typefaces.regular;
    return { breaker: new Breaker(this.typefaces, face, size), face, size, leading, grey, indent };
  }

  /** Points left on this page. */
  get room(): number {
    return this.#y - FOOT;
  }

  /** Whether nothing stands on this page yet. */
  get isFresh(): boolean {
    return this.#y === this.height - HEAD;
  }

  /** Height of the line set last. */
  get baseline(): number {
    return this.#y + 4;
  }

  /** `text` as lines, a paragraph for each of its own lines; `spared` points stay free at the right. */
  lines(text: string, style: Style, spared = 0): Line[] {
    const measure = this.measure - style.indent - spared;
    return text.replace(/\r?\n$/, '').split(/\r?\n/).flatMap((part) => style.breaker.paragraph(part, measure));
  }

  /** Goes on so far above the foot, as a share of the height of the page. */
  skipTo(share: number): void {
    this.#y = this.height * share;
  }

  /** Leaves space, but not at the head of a page. */
  skip(points: number): void {
    if (!this.isFresh) this.#y -= points;
  }

  /** Begins a new page unless this one has so much room. */
  need(points: number): void {
    if (this.room < points) this.turn();
  }

  /** Sets lines, over as many pages as it takes. Never one line alone at the foot or head of a page. */
  set(lines: readonly Line[], style: Style): void {
    let start = 0;
    while (start < lines.length) {
      const left = lines.length - start;
      const fitting = Math.max(0, Math.floor(this.room / style.leading));
      let count = left;
      if (fitting < left) {
        count = Math.min(fitting, left - 2);
        if (count < 2 && !this.isFresh) {
          this.turn();
          continue;
        }
        count = Math.max(count, 1);
      }
      this.#draw(lines.slice(start, start + count), style);
      start += count;
    }
  }

  /** Sets lines that lead to a place marked with `mark(target)`. */
  link(lines: readonly Line[], style: Style, target: string): void {
    const top = this.#y;
    this.#draw(lines, style);
    this.#document.goTo(MARGIN, this.height - top + 2, this.measure, top - this.#y, target);
  }

  /** Makes this place a target and a bookmark under `parent`. */
  mark(key: string, title: string, parent: PdfOutline | null): PdfOutline {
    this.#document.addNamedDestination(key, 'XYZ', 0, this.height - this.#y - 14, null);
    return (parent ?? this.#document.outline).addItem(title, { expanded: false });
  }

  /** Ends this page. */
  turn(): void {
    this.#close();
    this.#document.addPage();
    this.number += 1;
    this.#y = this.height - HEAD;
  }

  /** Leaves head and foot off this page. */
  plain(): void {
    this.#isPlain = true;
  }

  /** Draws here what `form` makes at the end. */
  later(name: string): void {
    this.#document.page.xobjects[name] = this.#form(name);
    this.#content(`/${name} Do`);
  }

  /** Makes what `later` has left room for: texts that end at the right margin, each at its height. */
  form(name: string, rows: readonly { y: number; text: string }[], style: Style): void {
    const pen = new Pen(style);
    for (const { y, text } of rows) {
      for (const line of style.breaker.paragraph(text, this.measure).slice(0, 1)) pen.line(line, this.width - MARGIN - line.width, y);
    }
    this.#endForm(name, pen, [0, 0, this.width, this.height]);
  }

  /** Puts a file inside. */
  attach(name: string, data: Uint8Array): void {
    this.#document.file(data, { name, type: 'application/json' });
  }

  /** Ends the document: its bytes, in parts. */
  async end(): Promise<Uint8Array[]> {
    this.#close();
    const pen = new Pen(this.#small);
    for (const line of this.#small.breaker.paragraph(String(this.number), this.measure)) pen.line(line, 0, 0);
    this.#endForm(TOTAL, pen, [0, -4, 60, 12]);
    this.#document.end();
    await this.#ended;
    return this.#chunks;
  }

  #draw(lines: readonly Line[], style: Style): void {
    const pen = new Pen(style);
    const x = MARGIN + style.indent;
    for (const line of lines) {
      this.#y -= style.leading;
      pen.line(line, line.isRightToLeft ? x + line.measure - line.width : x, this.#y + 4);
    }
    this.#show(pen);
  }

  #show(pen: Pen): void {
    for (const face of pen.faces) this.#document.page.fonts[face.font.id] ??= face.font.ref();
    this.#content(pen.end());
  }

  /** pdfkit turns each page upside down; our heights are from its foot. */
  #content(operators: string): void {
    this.#document.addContent(`q 1 0 0 -1 0 ${number(this.height)} cm ${operators} Q`);
  }

  #close(): void {
    if (!this.#isPlain) this.#furniture();
    this.#isPlain = false;
  }

  /** Head and foot. */
  #furniture(): void {
    const { breaker } = this.#small;
    const pen = new Pen(this.#small);
    for (const line of breaker.paragraph(this.heading, this.measure).slice(0, 1)) pen.line(line, MARGIN, this.height - HEAD + 26);
    const [line] = breaker.paragraph(`${this.number} of `, this.measure);
    if (line === undefined) return;
    const x = this.width / 2 - line.width - 2;
    pen.line(line, x, FOOT - 34);
    this.#show(pen);
    this.#document.page.xobjects[TOTAL] = this.#form(TOTAL);
    this.#content(`1 0 0 1 ${number(x + line.width + breaker.width(' '))} ${number(FOOT - 34)} cm /${TOTAL} Do`);
  }

  #form(name: string): PdfReference {
    let form = this.#forms.get(name);
    if (form === undefined) {
      form = this.#document.ref({ Type: 'XObject', Subtype: 'Form' });
      this.#forms.set(name, form);
    }
    return form;
  }

  #endForm(name: string, pen: Pen, box: readonly number[]): void {
    const form = this.#form(name);
    const fonts = Object.fromEntries([...pen.faces].map((face) => [face.font.id, face.font.ref()]));
    Object.assign(form.data, { BBox: [...box], Resources: { Font: fonts } });
    form.end(new TextEncoder().encode(pen.end()));
  }
}

/** Writes text operators (ISO 32000-1 §9.4). */
class Pen {
  readonly faces = new Set<Face>();
  readonly #code: string[];
  readonly #size: number;
  #font = '';

  constructor({ size, grey }: Style) {
    this.#size = size;
    this.#code = [`BT ${number(grey)} g`];
  }

  /** One line that begins at a point. */
  line({ runs }: Line, x: number, y: number): void {
    this.#code.push(`1 0 0 1 ${number(x)} ${number(y)} Tm`);
    for (const run of runs) {
      this.faces.add(run.face);
      const { id } = run.face.font;
      if (id !== this.#font) this.#code.push(`/${id} ${this.#size} Tf`);
      this.#font = id;
      if (run.places === null) this.#code.push(`<${run.codes.map(hex).join('')}> Tj`);
      else this.#placed(run);
    }
  }

  end(): string {
    return `${this.#code.join(' ')} ET`;
  }

  /** Each glyph where the shaper put it: moves to the right are in TJ, moves upwards are a rise. */
  #placed({ face, codes, places }: Glyphs): void {
    let [rise, shows] = [0, ''];
    codes.forEach((code, index) => {
      const { advance, right, up } = places?.[index] ?? { advance: face.advance(code), right: 0, up: 0 };
      if (up !== rise) {
        this.#show(shows);
        this.#code.push(`${number((up * this.#size) / 1000)} Ts`);
        [rise, shows] = [up, ''];
      }
      const after = face.advance(code) + right - advance;
      shows += `${right === 0 ? '' : ` ${number(-right)}`}<${hex(code)}>${Math.abs(after) > NEGLIGIBLE ? number(after) : ''}`;
    });
    this.#show(shows);
    if (rise !== 0) this.#code.push('0 Ts');
  }

  #show(shows: string): void {
    if (shows !== '') this.#code.push(`[${shows.replaceAll('><', '')}] TJ`);
  }
}

function hex(code: number): string {
  return code.toString(16).padStart(4, '0');
}

function number(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}
