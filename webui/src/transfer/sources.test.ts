import { Buffer } from 'node:buffer';
import { crc32, deflateRawSync } from 'node:zlib';
import { zipSync } from 'fflate';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rejection } from '../client/testing/scenario.ts';
import { openSource } from './opening.ts';
import { SourceError, baseName, named, partsOf, pickedFiles, readAll, readStart, stem, suffix, type Entry } from './sources.ts';
import { found, picked, zipFile } from './testing/imports.ts';

const textOf = async (entry: Entry | undefined) => (entry === undefined ? null : new TextDecoder().decode(await readAll(entry, 1 << 24)));

describe('chosen files', () => {
  it('are one file, or a folder by its name, or several by the first', async () => {
    const file = new File(['x'], 'a.md');
    expect(pickedFiles([file])).toEqual([{ path: 'a.md', file }]);
    expect(await openSource([picked('a.md', 'x')])).toMatchObject({ name: 'a.md', isArchive: false, entries: [{ name: 'a.md', size: 1 }] });
    expect(await openSource([picked('notes/b/c.md', 'x'), picked('notes/a.md', 'y')])).toMatchObject({ name: 'notes', entries: [{ name: 'a.md' }, { name: 'b/c.md' }] });
    expect(await openSource([picked('notes/a.md', 'x')])).toMatchObject({ name: 'notes', entries: [{ name: 'a.md' }] });
    expect(await openSource([picked('b.json', 'x'), picked('a.json', 'y')])).toMatchObject({ name: 'b.json and 1 more', entries: [{ name: 'a.json' }, { name: 'b.json' }] });
    expect(await openSource([picked('one/a.md', 'x'), picked('two/a.md', 'y')])).toMatchObject({ entries: [{ name: 'one/a.md' }, { name: 'two/a.md' }] });
  });

  it('that are hidden are left out, but for one that was chosen by itself', async () => {
    const fits = () => true;
    const names = (entries: readonly Entry[]) => entries.map(({ name }) => name);
    const folder = await openSource(['a.md', '.hidden', '.git/b.md', '__MACOSX/c.md', 'd/.e/f.md'].map((name) => picked(`notes/${name}`, 'x')));
    expect(names(named(folder, fits))).toEqual(['a.md']);
    expect(names(named(await openSource([picked('.hidden', 'x')]), fits))).toEqual(['.hidden']);
  });

  it('that cannot be read any more are an error that names them', async () => {
    const { file } = picked('a.md', 'x');
    const gone = Object.assign(file, { slice: () => ({ size: 1, arrayBuffer: () => Promise.reject(new DOMException('gone', 'NotReadableError')) }) });
    expect(await rejection(found({ path: 'a.md', file: gone }, 'chatgpt'))).toBeInstanceOf(SourceError);
    const one = await found([{ path: 'a.md', file: gone }, picked('b.md', 'Text')], 'markdown');
    expect(one.skipped).toMatchObject([{ name: 'a.md', reason: expect.stringMatching(/^it cannot be read/) as string }]);
  });

  it('of which one is empty are an error that says so', async () => {
    expect(await rejection(openSource([picked('conversations.json')]))).toMatchObject({ message: 'conversations.json is empty; choose another file.' });
    expect((await found([picked('notes/a.md', 'Text'), picked('notes/b.md')])).texts).toEqual([['Text']]);
  });

  it('are read no further than their bound', async () => {
    const { entries: [entry] } = await openSource([picked('a.md', 'x'.repeat(100))]);
    expect(entry).toBeDefined();
    if (entry === undefined) return;
    expect((await readAll(entry, 100)).length).toBe(100);
    expect(await rejection(readAll(entry, 99))).toBeInstanceOf(SourceError);
    expect((await readStart(entry, 7)).length).toBe(7);
    expect((await readStart(entry, 700)).length).toBe(100);
  });
});

describe('an archive', () => {
  it('is read as what was packed, whatever is in it', async () => {
    const content = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.nat(300_000).map((size) => new Uint8Array(size).fill(7)));
    const name = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => !text.endsWith('/') && !text.includes('\0'));
    await fc.assert(fc.asyncProperty(fc.dictionary(name, content, { minKeys: 1, maxKeys: 5, noNullPrototype: true }), fc.constantFrom(0, 6), async (files, level) => {
      const source = await openSource([picked('x.zip', new Uint8Array(zipSync(files as Record<string, Uint8Array>, { level })))]);
      expect(source.isArchive).toBe(true);
      for (const entry of source.entries) expect(Buffer.from(await readAll(entry, 1 << 20)).equals(Buffer.from(files[entry.name] ?? []))).toBe(true);
      expect(source.entries).toHaveLength(Object.keys(files).length);
    }), { numRuns: 40 });
  });

  it('tells the clock of each file, and none where there is none', async () => {
    const whole = zipSync({ 'a.md': [new Uint8Array(1), { mtime: new Date(2024, 2, 31, 2, 30, 4) }] });
    expect((await openSource([picked('x.zip', new Uint8Array(whole))])).entries).toMatchObject([{ modified: { local: Date.UTC(2024, 2, 31, 2, 30, 4) } }]);
    const data = Buffer.from(whole);
    data.writeUInt16LE(0, data.indexOf('PK\x01\x02') + 14);
    expect((await openSource([picked('x.zip', data)])).entries).toMatchObject([{ modified: null }]);
  });

  it('of the wide form is read', async () => {
    const packed = deflateRawSync('Text');
    const name = Buffer.from('a.md');
    const sized = Buffer.alloc(12);
    [crc32('Text'), 0xffff_ffff, 0xffff_ffff].forEach((value, index) => sized.writeUInt32LE(value, 4 * index));
    const common = Buffer.concat([Buffer.from('2d00000008000000210000', 'hex').subarray(0, 2), Buffer.from('0000080000002100', 'hex'), sized, Buffer.from('0400', 'hex')]);
    const wide = (...values: number[]) => {
      const extra = Buffer.alloc(4 + 8 * values.length);
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(8 * values.length, 2);
      values.forEach((value, index) => extra.writeBigUInt64LE(BigInt(value), 4 + 8 * index));
      return extra;
    };
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from('1400', 'hex'), name, wide(4, packed.length), packed]);
    const entry = Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from('2d00', 'hex'), common, Buffer.from('1c00', 'hex'), Buffer.alloc(10), Buffer.from('ffffffff', 'hex'), name, wide(4, packed.length, 0)]);
    const end64 = Buffer.alloc(56);
    end64.write('PK\x06\x06', 'latin1');
    end64.writeBigUInt64LE(BigInt(entry.length), 40);
    end64.writeBigUInt64LE(BigInt(local.length), 48);
    const locator = Buffer.alloc(20);
    locator.write('PK\x06\x07', 'latin1');
    const end = Buffer.concat([Buffer.from('PK\x05\x06'), Buffer.alloc(4), Buffer.from('ffff'.repeat(6), 'hex'), Buffer.alloc(2)]);
    const source = await openSource([picked('x.zip', Buffer.concat([local, entry, end64, locator, end]))]);
    expect(await textOf(source.entries[0])).toBe('Text');
  });

  it('with a comment at its end is read', async () => {
    const { file } = zipFile('x.zip', { 'a.md': 'Text' });
    const data = Buffer.from(await file.arrayBuffer());
    data.writeUInt16LE(9, data.length - 2);
    expect(await textOf((await openSource([picked('x.zip', data, 'A comment')])).entries[0])).toBe('Text');
  });
});

it.each([
  ['a/b.tar.gz', ['a', 'b.tar.gz'], '.gz', 'b.tar'], ['.hidden', ['.hidden'], '', '.hidden'], ['a.', ['a.'], '', 'a.'], ['/a/./b.MD', ['/', 'a', 'b.MD'], '.md', 'b'],
  ['../x', ['..', 'x'], '', 'x'], ['', [], '', ''], ['/', ['/'], '', ''], ['a//b.md/', ['a', 'b.md'], '.md', 'b'],
])('the name %j has its parts', (name, parts, end, root) => {
  expect(partsOf(name)).toEqual(parts);
  expect([suffix(parts), stem(parts)]).toEqual([end, root]);
  expect(baseName(parts)).toBe(parts.at(-1)?.replace(/^\/$/, '') ?? '');
});
