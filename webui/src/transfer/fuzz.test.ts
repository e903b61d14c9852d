/** Fuzz targets, two for each reader: any values in its structure, and any bytes after damage. Items that a vault can hold, the same each time, or one error. */
import { unzipSync } from 'fflate';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode, type Payload } from '../core/canonical.ts';
import { headerPayload, messagePayload, parseMessage, parseSession } from '../core/model.ts';
import { parseRootRecord } from '../core/rootrecords.ts';
import { UnlockError } from '../errors.ts';
import { MAX_PAYLOAD_BYTES } from '../client/parcels.ts';
import { READERS } from './readers/all.ts';
import type { ReaderName } from './reading.ts';
import { openSource } from './opening.ts';
import { SourceError, type PickedFile } from './sources.ts';
import { SHARED_NAMES, found, picked, sharedFile, type Found } from './testing/imports.ts';
import { branches } from './trees.ts';

const TIME = '2024-03-31T02:30:00';
const VALUE = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 }, fc.constant(null), fc.boolean(), fc.integer(), fc.double({ noNaN: true }), fc.string({ maxLength: 20, unit: 'binary' }),
    fc.constantFrom(TIME, `${TIME}Z`, 'user', 'assistant', 'human', 'text', 'Note', 'a', 'b', '\ud800', '\0'),
    fc.array(tie('any'), { maxLength: 4 }), fc.dictionary(fc.constantFrom('text', 'id', 'type', 'x', '__proto__'), tie('any'), { maxKeys: 4 }),
  ),
})).any;

/** `seed` with values anywhere in it taken away, doubled, or replaced by any others. */
function changed(seed: unknown): fc.Arbitrary<unknown> {
  if (Array.isArray(seed)) {
    const each = seed.map((item) => fc.array(fc.oneof({ arbitrary: changed(item), weight: 9 }, { arbitrary: VALUE, weight: 1 }), { maxLength: 2 }));
    return fc.tuple(...each).map((lists) => lists.flat());
  }
  if (typeof seed === 'object' && seed !== null) {
    const fields = Object.entries(seed).map(([name, value]) => fc.oneof(
      { arbitrary: changed(value).map((found) => [[name, found]]), weight: 12 }, { arbitrary: fc.constant([]), weight: 1 },
      { arbitrary: VALUE.map((found) => [[name, found]]), weight: 1 },
    ));
    return fc.tuple(...fields).map((lists) => Object.fromEntries(lists.flat() as [string, unknown][]));
  }
  return fc.oneof({ arbitrary: fc.constant(seed), weight: 19 }, { arbitrary: VALUE, weight: 1 });
}

function damaged(whole: Uint8Array): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  const edit = fc.tuple(fc.nat(whole.length), fc.nat(8), fc.oneof(fc.uint8Array({ maxLength: 8 }), fc.constantFrom('{', '}', '[', ']', '"', '\\', ',').map((char) => new TextEncoder().encode(char))));
  return fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) => {
    let data: number[] = [...whole];
    for (const [at, length, bytes] of edits) data = [...data.slice(0, at), ...bytes, ...data.slice(at + length)];
    return Uint8Array.from(data);
  });
}

/** Everything that can be asked of a reader about these files; how many items it gave. */
async function check(name: ReaderName, file: PickedFile): Promise<number> {
  try {
    const reader = READERS.find((each) => each.name === name);
    const sure = await reader?.detect(await openSource([file]));
    expect(sure).toBeGreaterThanOrEqual(0);
    expect(sure).toBeLessThanOrEqual(100);
    const [first, second] = [await found(file, name), await found(file, name)];
    expect(second.shown).toEqual(first.shown);
    checkItems(first);
    return first.shown.length;
  } catch (error) {
    if (error instanceof SourceError || error instanceof UnlockError) return 0;
    throw error;
  }
}

function checkItems({ sessions, roots, messages }: Found): void {
  const known = new Set(roots.map(({ id }) => id));
  for (const { payload } of roots) roundTrip(payload, (back) => {
    parseRootRecord(back);
    return back;
  });
  for (const [place, { header, records }] of sessions.entries()) {
    if (header.notebook !== null && header.extra['origin'] !== undefined) expect(known).toContain(header.notebook);
    roundTrip(headerPayload(header), (back) => headerPayload(parseSession(back)));
    const all = records as readonly { id: string; payload: Payload }[];
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    for (const { payload } of all) roundTrip(payload, (back) => (back['type'] === 'message' ? messagePayload(parseMessage(back)) : back));
    if (header.extra['origin'] !== undefined) expect(messages[place]?.map(({ position }) => position)).toEqual(Array.from({ length: header.nextPosition }, (_, index) => index));
  }
}

/** The payload as a vault gives it back. */
function roundTrip(payload: Payload, again: (back: Payload) => Payload): void {
  const data = encode(payload);
  expect(data.length).toBeLessThanOrEqual(MAX_PAYLOAD_BYTES);
  expect(encode(again(decode(data)))).toEqual(data);
}

function member(archive: string, name: string): string {
  return new TextDecoder().decode(unzipSync(new Uint8Array(FILES.get(archive) ?? new ArrayBuffer()))[name]);
}

const FILES = new Map(await Promise.all(SHARED_NAMES.map(async (name) => [name, await sharedFile(name).arrayBuffer()] as const)));
const text = (name: string) => new TextDecoder().decode(FILES.get(name));
const claude = member('claude.zip', 'conversations.json');
const chatgpt = member('chatgpt.zip', 'conversations-001.json').replace('\ufeff', '');
const dayone = member('dayone.zip', 'Reise.json');
const SEEDS: readonly (readonly [ReaderName, string])[] = [
  ['chat', text('chat-session.json')], ['chat', text('chat-dump.json')], ['chatgpt', chatgpt], ['claude', claude], ['dayone', dayone], ['jrnl', text('jrnl.json')],
  ['standardnotes', text('Standard Notes Backup and Import File.txt')], ['inkvault', text('vault.json')],
];

describe.each(SEEDS)('%s (%#)', (name, seed) => {
  it('reads any values in the structure of the layout', async () => {
    await fc.assert(fc.asyncProperty(changed(JSON.parse(seed)), async (value) => {
      await check(name, picked('file.json', JSON.stringify(value)));
    }), { numRuns: 40 });
  });

  it('reads any damage to the bytes of a file', async () => {
    await fc.assert(fc.asyncProperty(damaged(new TextEncoder().encode(seed)), async (data) => {
      await check(name, picked('file.json', data));
    }), { numRuns: 60 });
  });

  it('reads the seed', async () => {
    expect(await check(name, picked('file.json', seed))).toBeGreaterThan(0);
  });
});

it.each([
  ['pdf', 'vault.pdf'], ['inkvault-backup', 'vault.inkvault.age'], ['chatgpt', 'chatgpt.zip'], ['markdown', 'markdown.zip'], ['jrnl', 'diary.txt'],
] as const)('%s reads any damage to the bytes of %s', async (name, shared) => {
  const whole = new Uint8Array(FILES.get(shared) ?? new ArrayBuffer());
  await fc.assert(fc.asyncProperty(damaged(whole), async (data) => {
    await check(name, picked(shared, data));
  }), { numRuns: name === 'pdf' ? 30 : 60 });
});

it('reads any front matter', async () => {
  const front = fc.string({ unit: fc.constantFrom(...'abc:-[]{}&*!|>#\'"\n ,%@`?2024T\t\0é', '\ud800'), maxLength: 200 });
  await fc.assert(fc.asyncProperty(front, fc.string({ maxLength: 50, unit: 'binary' }), async (yaml, body) => {
    await check('markdown', picked('file.md', `---\n${yaml}\n---\n${body}`));
  }), { numRuns: 200 });
});

it('takes any graph apart: each node once, after its parent', () => {
  const name = fc.constantFrom(...'abcdefgh');
  fc.assert(fc.property(fc.dictionary(name, fc.option(fc.oneof(name, fc.constant('z')))), fc.option(fc.oneof(name, fc.constant('z'))), (given, current) => {
    const parents = new Map(Object.entries(given));
    const paths = branches(parents, current);
    expect(paths.flat().sort()).toEqual([...parents.keys()].sort());
    for (const path of paths) for (const [index, node] of path.entries()) if (index > 0) expect(parents.get(node)).toBe(path[index - 1]);
    if (current !== null && parents.has(current)) expect(paths[0]?.at(-1)).toBe(current);
  }));
});
