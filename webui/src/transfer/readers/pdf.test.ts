/** A PDF restores what it was made of, whoever wrote it anew; any other PDF is an error that says so. */
import { Buffer } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { rejection } from '../../client/testing/scenario.ts';
import { UsageError } from '../../errors.ts';
import { writePdf } from '../pdf-export.ts';
import { SourceError } from '../sources.ts';
import { bomb, found, picked, sharedFile } from '../testing/imports.ts';
import { sharedDocument } from '../testing/shared.ts';

/** Milliseconds, for what is large because the bound is. */
const SLOW = 120_000;

const FONTS = new URL('../../../../vault/server/page/fonts/', import.meta.url);
const JSON_TEXT = Buffer.from(await sharedFile('vault.json').arrayBuffer());
const { shown: ITEMS } = await found({ path: 'vault.json', file: sharedFile('vault.json') });

function options(withDocument: boolean) {
  return {
    paper: 'a4', withTrash: true, withHelper: false, withDocument, signal: new AbortController().signal, onSession: () => undefined,
    load: async (name: string) => new Uint8Array(await readFile(new URL(`${name}.ttf`, FONTS))),
  } as const;
}

type Bytes = Buffer<ArrayBuffer>;

interface Made {
  /** Numbered from 1; the second is the tree of attached files. */
  objects: Bytes[];
  trailer?: string;
}

function stream(dict: string, data: Bytes): Bytes {
  return Buffer.concat([Buffer.from(`<< ${dict} /Length ${data.length} >>\nstream\n`), data, Buffer.from('\nendstream')]);
}

const ROOT = Buffer.from('<< /Type /Catalog /Names << /EmbeddedFiles 2 0 R >> >>');
const tree = (names: string) => Buffer.from(names);
const NAMED = '(inkvault-export.json) << /Type /Filespec /EF << /F 3 0 R >> >>';

/** With a table of cross-references. */
function plainPdf({ objects, trailer = '' }: Made): Bytes {
  let whole = Buffer.from('%PDF-1.7\n');
  const places = objects.map((object, index) => {
    const at = whole.length;
    whole = Buffer.concat([whole, Buffer.from(`${index + 1} 0 obj\n`), object, Buffer.from('\nendobj\n')]);
    return `${String(at).padStart(10, '0')} 00000 n \n`;
  });
  const end = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${places.join('')}trailer\n<< /Root 1 0 R ${trailer} >>\nstartxref\n${whole.length}\n%%EOF\n`;
  return Buffer.concat([whole, Buffer.from(end)]);
}

/** With a stream of objects, and one of cross-references whose rows are differences. */
function packedPdf(objects: readonly Bytes[], attached: Bytes): Bytes {
  const bodies = objects.map((object) => object.toString('latin1'));
  let offset = 0;
  const pairs = bodies.map((body, index) => {
    const pair = `${index + 1} ${offset}`;
    offset += body.length + 1;
    return pair;
  }).join(' ');
  const packed = deflateSync(Buffer.from(`${pairs} ${bodies.join(' ')}`, 'latin1'));
  const parts = [Buffer.from('%PDF-1.7\n')];
  const at = () => Buffer.concat(parts).length;
  const rows: number[][] = [[0, 0, 0, 0], ...objects.map((_, index) => [2, 0, objects.length + 2, index])];
  for (const [number, object] of [
    [objects.length + 1, attached],
    [objects.length + 2, stream(`/Type /ObjStm /N ${objects.length} /First ${pairs.length + 1} /Filter /FlateDecode`, packed)],
  ] as const) {
    rows.push([1, at() >> 8, at() & 255, 0]);
    parts.push(Buffer.from(`${number} 0 obj\n`), object, Buffer.from('\nendobj\n'));
  }
  const start = at();
  rows.push([1, start >> 8, start & 255, 0]);
  const data = rows.flatMap((row, index) => [2, ...row.map((byte, column) => (byte - (rows[index - 1]?.[column] ?? 0)) & 255)]);
  const dict = `/Type /XRef /Root 1 0 R /Size ${rows.length} /W [1 2 1] /Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 4 >>`;
  parts.push(Buffer.from(`${objects.length + 3} 0 obj\n`), stream(dict, deflateSync(Buffer.from(data))), Buffer.from(`\nendobj\nstartxref\n${start}\n%%EOF`));
  return Buffer.concat(parts);
}

describe('a PDF', () => {
  it('of the page gives back the whole document', async () => {
    const { parts } = await writePdf(sharedDocument(), 'Quiet lantern', options(true));
    const result = await found(picked('book.pdf', ...parts));
    expect(result.reader).toBe('pdf');
    expect(result.shown).toEqual(ITEMS);
  });

  it('without a document is in no layout known', async () => {
    const { parts } = await writePdf(sharedDocument(), 'Quiet lantern', options(false));
    expect(await rejection(found(picked('book.pdf', ...parts)))).toBeInstanceOf(UsageError);
    expect(await rejection(found(picked('book.pdf', ...parts), 'pdf'))).toMatchObject({ message: expect.stringContaining('no document of Inkvault inside') as string });
  });

  it.each([
    ['not packed', stream('', JSON_TEXT)],
    ['packed', stream('/Filter /FlateDecode', deflateSync(JSON_TEXT))],
    ['packed by a list', stream('/Filter [/FlateDecode]', deflateSync(JSON_TEXT))],
  ])('with its attachment %s gives it back', async (_, attached) => {
    const made = plainPdf({ objects: [ROOT, tree(`<< /Names [${NAMED}] >>`), attached] });
    expect((await found(picked('x.pdf', made))).shown).toEqual(ITEMS);
  });

  it('that was written anew, with everything in streams, gives it back', async () => {
    const made = packedPdf([ROOT, tree(`<< /Kids [<< /Names [(other) null ${NAMED}] >>] >>`)], stream('/Filter /FlateDecode', deflateSync(JSON_TEXT)));
    expect((await found(picked('x.pdf', made))).shown).toEqual(ITEMS);
  });

  it('whose names are in UTF-16 or hexadecimal gives it back', async () => {
    const wide = Buffer.from('inkvault-export.json', 'utf16le').swap16().toString('hex');
    const made = plainPdf({ objects: [ROOT, tree(`<< /Names [<FEFF${wide}> << /EF << /F 3 0 R >> >>] >>`), stream('', JSON_TEXT)] });
    expect((await found(picked('x.pdf', made))).shown).toEqual(ITEMS);
  });
});

describe('a PDF that is no good', () => {
  const packed = (data: Bytes) => plainPdf({ objects: [ROOT, tree(`<< /Names [${NAMED}] >>`), stream('/Filter /FlateDecode', data)] });

  it.each([
    ['empty', packed(Buffer.alloc(0))],
    ['no zlib', packed(Buffer.alloc(40))],
    ['cut off', packed(deflateSync(JSON_TEXT).subarray(0, -9))],
    ['no export', packed(deflateSync('{}'))],
    ['another filter', plainPdf({ objects: [ROOT, tree(`<< /Names [${NAMED}] >>`), stream('/Filter /LZWDecode', JSON_TEXT)] })],
    ['a circle of branches', plainPdf({ objects: [ROOT, tree('<< /Kids [2 0 R 2 0 R] >>'), stream('', JSON_TEXT)] })],
    ['a circle of references', plainPdf({ objects: [ROOT, tree('2 0 R'), stream('', JSON_TEXT)] })],
    ['deep', plainPdf({ objects: [ROOT, tree('['.repeat(10_000)), stream('', JSON_TEXT)] })],
    ['a lie about a length', plainPdf({ objects: [ROOT, tree(`<< /Names [${NAMED}] >>`), Buffer.from('<< /Length 999999 >>\nstream\n{}\nendstream')] })],
    ['tables in a circle', Buffer.concat([plainPdf({ objects: [ROOT] }).subarray(0, -200), Buffer.from('xref\n0 0\ntrailer\n<< /Root 1 0 R /Prev 9 >>\nstartxref\n9\n%%EOF')])],
    ['too many sections', Buffer.from(`%PDF-1.7\nxref\n${'0 0\n'.repeat(2_000)}trailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF`)],
    ['too many names', plainPdf({ objects: [ROOT, tree(`<< /Kids [${'2 0 R '.repeat(500)}] /Names [${'9 0 R 9 0 R '.repeat(20_000)}] >>`), stream('', JSON_TEXT)] })],
    ['nothing', Buffer.from('%PDF-1.7\n')],
    ['a table of too many', Buffer.from('%PDF-1.7\nxref\n0 9999999999\ntrailer\n<<>>\nstartxref\n9\n%%EOF')],
  ])('is refused: %s', async (_, data) => {
    const error = await rejection(found(picked('x.pdf', data), 'pdf'));
    expect(error).toBeInstanceOf(SourceError);
    expect((error as SourceError).message).toMatch(/^[^\n]+\.$/);
  });

  it('says so when it is protected', async () => {
    const made = plainPdf({ objects: [ROOT, tree('<<>>')], trailer: '/Encrypt 2 0 R' });
    expect(await rejection(found(picked('x.pdf', made), 'pdf'))).toMatchObject({ message: expect.stringContaining('protected') as string });
  });

  it('that would unpack to far more than it is', async () => {
    // Its checksum is none, which nobody gets to.
    const zlib = Buffer.concat([Buffer.from('789c', 'hex'), bomb(300, ' '), Buffer.alloc(4)]);
    expect(await rejection(found(picked('x.pdf', packed(zlib)), 'pdf'))).toMatchObject({ message: expect.stringContaining('inkvault-export.json cannot be read') as string });
  }, SLOW);

  it.each([
    ['one number', () => 900, 'has no document'],
    ['many numbers', (place: number) => 900 + place, 'damaged'],
  ])('with many tables is asked for %s within bounds', async (_, number, expected) => {
    const names = Array.from({ length: 200 }, (__, place) => `${number(place)} 0 R (x)`).join(' ');
    const made = plainPdf({ objects: [ROOT, tree(`<< /Names [${names}] >>`)] }).toString('latin1');
    const many = Buffer.from(made.replace('trailer', `${'0 0\n'.repeat(900)}trailer`), 'latin1');
    expect(await rejection(found(picked('x.pdf', many), 'pdf'))).toMatchObject({ message: expect.stringContaining(expected) as string });
  });
});
