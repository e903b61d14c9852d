import { readFileSync } from 'node:fs';
import { strFromU8, unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { localTime, safeName, writeMarkdown } from './markdown.ts';
import { sharedDocument } from './testing/shared.ts';

/** What the command line writes of the shared export (tests/unit/transfer/test_shared_export.py). */
const EXPECTED = JSON.parse(readFileSync(new URL('../../../tests/support/export-markdown.json', import.meta.url), 'utf8')) as Record<string, string>;

describe('Markdown', () => {
  it('is what the command line writes', async () => {
    const { archive, counts } = await writeMarkdown(sharedDocument());
    const files = Object.entries(unzipSync(archive)).map(([name, data]) => [name, strFromU8(data)]);
    expect(Object.fromEntries(files)).toEqual(EXPECTED);
    expect(counts).toMatchObject({ notebooks: 1, sessions: 2, messages: 3 });
  });
});

describe('the name of a file', () => {
  it.each([
    ['A day', 'A day'],
    ['a/b\\c:d*e?"<>|', 'a b c d e'],
    ['..', '_'],
    ['CON', '_CON'],
    ['con.txt', '_con.txt'],
    [' . x . ', 'x'],
    ['~x', '_~x'],
    ['a\u202eb', 'a b'],
    ['x'.repeat(300), 'x'.repeat(80)],
    ['好'.repeat(80), '好'.repeat(50)],
    ['\ud800', '_'],
  ])('of %j is %j', (title, name) => {
    expect(safeName(title)).toBe(name);
  });
});

describe('a time in its zone', () => {
  it.each([
    [0, 'UTC', '1970-01-01T00:00:00+00:00'],
    [1_795_251_900_999, 'Europe/Berlin', '2026-11-21T10:05:00+01:00'],
    [1_795_251_900_000, 'America/St_Johns', '2026-11-21T05:35:00-03:30'],
    [1_795_251_900_000, 'No/Where', '2026-11-21T09:05:00+00:00'],
    [-1, 'UTC', '1969-12-31T23:59:59+00:00'],
  ])('%d in %s', (at, zone, expected) => {
    expect(localTime(at, zone)).toBe(expected);
  });
});
