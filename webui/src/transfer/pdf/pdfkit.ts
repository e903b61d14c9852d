/** The parts of pdfkit that its published types leave out: we place glyphs ourselves. */

export interface FontkitGlyph {
  readonly id: number;
  readonly advanceWidth: number;
}

export interface FontkitFont {
  hasGlyphForCodePoint(codePoint: number): boolean;
  glyphForCodePoint(codePoint: number): FontkitGlyph;
  getGlyph(id: number): FontkitGlyph;
  layout(
    text: string, features: undefined, script: undefined, language: undefined, direction: 'ltr' | 'rtl',
  ): { glyphs: FontkitGlyph[]; positions: { xAdvance: number; xOffset: number; yOffset: number }[] };
}

/** A typeface as embedded in one document. Codes are indexes into `subset.glyphs`, `widths` and `unicode`. */
export interface PdfFont {
  readonly id: string;
  readonly font: FontkitFont;
  readonly scale: number;
  readonly subset: { readonly glyphs: number[]; includeGlyph(id: number): number };
  readonly widths: number[];
  readonly unicode: number[][];
  ref(): unknown;
}

export interface PdfReference {
  readonly data: Record<string, unknown>;
  end(data?: Uint8Array | string): void;
  write(data: Uint8Array | string): void;
}

export interface PdfPage {
  readonly fonts: Record<string, unknown>;
  readonly xobjects: Record<string, unknown>;
  readonly dictionary: PdfReference;
}

export interface PdfOutline {
  addItem(title: string, options?: { expanded?: boolean }): PdfOutline;
  readonly dictionary: PdfReference;
}

export interface PdfDocument {
  readonly _font: PdfFont;
  readonly _root: PdfReference;
  readonly page: PdfPage;
  readonly outline: PdfOutline;
  addPage(): void;
  registerFont(name: string, data: Uint8Array): void;
  font(name: string): void;
  addContent(operators: string): void;
  addNamedDestination(name: string, kind: 'XYZ', left: number, top: number, zoom: null): void;
  goTo(x: number, y: number, width: number, height: number, name: string): void;
  file(data: Uint8Array, options: { name: string; type?: string; description?: string; hidden?: boolean }): void;
  ref(data: Record<string, unknown>): PdfReference;
  on(event: 'data', listener: (chunk: Uint8Array) => void): void;
  on(event: 'end', listener: () => void): void;
  end(): void;
}
