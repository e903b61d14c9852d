/** Row 32: whatever is imported, the answer is an error in one sentence or items, within bounds. The twin of tests/hostile/test_imports.py. */
import { Buffer } from 'node:buffer';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.ts';
import { rejection } from '../client/testing/scenario.ts';
import { MAX_BRACKETS, MAX_COMMAS, MAX_ELEMENT_BYTES } from './elements.ts';
import { openSource } from './opening.ts';
import { MAX_FRONT } from './readers/markdown.ts';
import { MAX_REFERENCES } from './readers/standardnotes.ts';
import { MAX_FILES, SourceError, type PickedFile } from './sources.ts';
import { bomb, found, jsonFile, picked, sharedFile, zipFile } from './testing/imports.ts';

/** Milliseconds, for what is large because the bound is. */
const SLOW = 120_000;

/** What files are refused with: one sentence. */
async function refused(files: PickedFile | readonly PickedFile[], name: Parameters<typeof found>[1] = 'auto'): Promise<string> {
  const error = await rejection(found(files, name));
  expect(error).toBeInstanceOf(SourceError);
  const { message } = error as SourceError;
  expect(message).toMatch(/^[^\n]+\.$/);
  return message;
}

function node(id: string, parent: string | null, text: string, more: object = {}) {
  return { id, parent, children: [], message: { id, author: { role: 'user' }, create_time: 1_700_000_000.5, content: { content_type: 'text', parts: [text] }, recipient: 'all', ...more } };
}

function talk(nodes: readonly ReturnType<typeof node>[], more: object = {}) {
  return { id: 'c', conversation_id: 'c', title: 'Talk', mapping: Object.fromEntries(nodes.map((each) => [each.id, each])), current_node: nodes.at(-1)?.id, ...more };
}

const good = talk([node('a', null, 'Text')]);
const conversations = (text: string | Uint8Array<ArrayBuffer>) => picked('conversations.json', text);

async function bytesOf({ file }: PickedFile): Promise<Buffer<ArrayBuffer>> {
  return Buffer.from(await file.arrayBuffer());
}

describe('an archive', () => {
  interface Raw { name: string; data: Buffer; size: number; method?: number; flags?: number; attributes?: number; at?: number }

  /** An archive as bytes say it, true or not. */
  function raw(members: readonly Raw[], { tableSize = null as number | null } = {}): PickedFile {
    const locals: Buffer[] = [];
    const table: Buffer[] = [];
    let at = 0;
    for (const { name, data, size, method = 8, flags = 0, attributes = 0, at: said } of members) {
      const fixed = Buffer.alloc(26);
      [[0, 20], [2, flags], [4, method], [6, 0], [8, 33]].forEach(([place = 0, value = 0]) => fixed.writeUInt16LE(value, place));
      fixed.writeUInt32LE(data.length, 14);
      fixed.writeUInt32LE(size, 18);
      fixed.writeUInt16LE(Buffer.byteLength(name), 22);
      const local = Buffer.concat([Buffer.from('PK\x03\x04'), fixed, Buffer.from(name), data]);
      const rest = Buffer.alloc(14);
      rest.writeUInt32LE(attributes, 6);
      rest.writeUInt32LE(said ?? at, 10);
      table.push(Buffer.from('PK\x01\x02\x14\x03'), fixed, rest, Buffer.from(name));
      locals.push(local);
      at += local.length;
    }
    const all = Buffer.concat(table);
    const end = Buffer.alloc(18);
    end.writeUInt16LE(members.length % 65_536, 4);
    end.writeUInt16LE(members.length % 65_536, 6);
    end.writeUInt32LE(tableSize ?? all.length, 8);
    end.writeUInt32LE(at, 12);
    return picked('x.zip', Buffer.concat([...locals, all, Buffer.from('PK\x05\x06'), end]));
  }

  const packed = (text: string): Pick<Raw, 'data' | 'size'> => ({ data: deflateRawSync(text), size: Buffer.byteLength(text) });

  it('that unpacks to far more than it is', async () => {
    expect(await refused(raw([{ name: 'conversations.json', data: bomb(300, '['), size: 300 << 20 }]))).toContain('packed too tightly');
  }, SLOW);

  it('whose sizes are lies', async () => {
    const member = { name: 'conversations.json', ...packed(JSON.stringify([talk([node('a', null, 'x'.repeat(100_000))])])) };
    await refused(raw([{ ...member, size: 50 }]), 'chatgpt');
    await refused(raw([{ ...member, size: member.size + 1 }]), 'chatgpt');
    await refused(raw([member]), 'chatgpt'); // its checksum is none
  });

  it('whose files overlap', async () => {
    const member = { ...packed('# Text\n'.repeat(1_000)), at: 0 };
    expect(await refused(raw(Array.from({ length: 10 }, (_, index) => ({ name: `${index}.md`, ...member }))))).toContain('overlap');
  });

  it('whose table of contents would fill the memory', async () => {
    expect(await refused(raw([{ name: 'a.md', ...packed('x') }], { tableSize: 1 << 30 }))).toContain('lists too many files');
    const end = Buffer.from('504b060600000000000000002d002d0000000000000000000000100000000000000010000000000000000040000000000000000000000000', 'hex');
    const locator = Buffer.concat([Buffer.from('PK\x06\x07'), Buffer.alloc(16)]);
    const last = Buffer.concat([Buffer.from('PK\x05\x06'), Buffer.alloc(4), Buffer.from('ffffffffffffffffffffffff', 'hex'), Buffer.alloc(2)]);
    expect(await refused(picked('table.zip', Buffer.from('PK\x03\x04'), new Uint8Array(1 << 20), Buffer.concat([end, locator, last])))).toContain('lists too many files');
  });

  it('or a folder of more files than there may be', async () => {
    const empty = { data: Buffer.alloc(0), size: 0, method: 0 };
    expect(await refused(raw(Array.from({ length: MAX_FILES + 1 }, (_, index) => ({ name: String(index), ...empty }))))).toContain('too many files');
    const { file } = picked('a.md', 'x');
    expect(await refused(Array.from({ length: MAX_FILES + 1 }, (_, index) => ({ path: `many/${index}.md`, file })))).toContain('too many files');
    expect(await refused([{ path: `deep/${'a/'.repeat(40)}b.md`, file }])).toContain('too many files');
  }, SLOW);

  it.each(['../evil.md', '/evil.md', '..\\evil.md', 'C:\\evil.md', 'a/../../evil.md', 'evil.md\0.png', '\x1b[2Jevil.md', '__proto__', 'constructor.md'])(
    'with the name %j in it: names are only looked at', async (name) => {
      const result = await found(zipFile('slip.zip', { [name]: 'Text' }), 'markdown');
      expect([['Text'], undefined]).toContainEqual(result.texts[0]);
    },
  );

  it('with links and devices in it names them and leaves them alone', async () => {
    const { data, size } = packed('/etc/passwd');
    const members = [['link.md', 0o120777], ['pipe.md', 0o010644], ['file.md', 0o100644]].map(([name, mode]) => ({ name: String(name), data, size, attributes: (Number(mode) << 16) >>> 0 }));
    const source = await openSource([raw(members)]);
    expect(source.leftOut).toEqual(['link.md', 'pipe.md']);
    expect(source.entries.map(({ name }) => name)).toEqual(['file.md']);
  });

  it('under a password', async () => {
    expect(await refused(raw([{ name: 'conversations.json', ...packed('[]'), flags: 1 }]))).toContain('protected by a password');
  });

  it.each([['Deflate64', 9], ['bzip2', 12], ['LZMA', 14], ['Zstandard', 93]])('packed as %s says what to do', async (_, method) => {
    const picture = { name: 'a.jpg', data: Buffer.from('x'), size: 1, method: 0 };
    expect(await refused(raw([picture, { name: 'conversations.json', ...packed('[]'), method }]))).toContain('unpack it and import what it holds');
  });

  it('within an archive is not opened', async () => {
    const inner = await bytesOf(zipFile('inner.zip', { 'conversations.json': [good] }));
    expect((await found(zipFile('outer.zip', { 'inner.zip': inner, 'a.md': 'Text' }))).texts).toEqual([['Text']]);
  });

  it.each([1, 10, 30, 60])('that ends %d bytes too early', async (cut) => {
    const whole = await bytesOf(zipFile('short.zip', { 'conversations.json': [good] }));
    expect(await rejection(found(picked('short.zip', whole.subarray(0, -cut))))).toBeInstanceOf(SourceError);
  });
});

describe('JSON', () => {
  it.each(['['.repeat(1_000_000), '[{"a":'.repeat(100_000), '{"a":'.repeat(100_000), `${'[['.repeat(40)}${']]'.repeat(40)}`])('nested too deeply (%#)', async (text) => {
    expect(await refused(conversations(text), 'chatgpt')).toContain('nested');
  });

  it('nested too deeply in a string of an export', async () => {
    const deep = `${'['.repeat(500_000)}${']'.repeat(500_000)}`;
    const entry = { uuid: '1', creationDate: '2024-05-01T10:00:00Z', text: '', richText: deep };
    expect((await found(jsonFile('J.json', { metadata: {}, entries: [entry] }))).skipped).toHaveLength(1);
    const note = { uuid: 'n', content_type: 'Note', content: { title: 'T', text: deep, noteType: 'super' } };
    expect((await found(jsonFile('n.json', { version: '004', items: [note] }))).doubts).toContain('unknown_part');
  });

  it('of a note that is deep but legal needs no stack', async () => {
    const state = `${'{"type":"p","children":['.repeat(300)}${']}'.repeat(300)}`;
    const note = { uuid: 'n', content_type: 'Note', content: { title: 'T', text: `{"root":${state}}`, noteType: 'super' } };
    expect((await found(jsonFile('n.json', { version: '004', items: [note] }))).sessions).toHaveLength(1);
  });

  it.each(['{"a":1,"a":2}', `{"n":${'9'.repeat(5_000)}}`, '{"n":NaN}', '{"n":}', '{"a" 1}', '"\\ud800"', '{"x":"\x01"}', '{]', '{"a":01}', '{"a":1.}', '{"a":\'x\'}', '{"a":1,}'])(
    'of which one item (%j) is no good: the next one is read', async (item) => {
      const result = await found(conversations(`[${JSON.stringify(good)},${item},${JSON.stringify(good)}]`));
      expect(result.sessions).toHaveLength(2);
      expect(result.skipped).toHaveLength(1);
    },
  );

  it.each([Uint8Array.of(0xff, 0xfe, 0x5b, 0, 0x5d, 0), new Uint8Array(), '[1,,2]', '{1:2}', '[] []'])('that is none (%#)', async (data) => {
    await refused(conversations(data as string), 'chatgpt');
  });

  it.each([Uint8Array.of(0x5b, 0xff, 0x5d), Uint8Array.of(0x5b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x5d), '12', '\0'.repeat(100), '{"mapping":{}}'])('of no conversations gives none (%#)', async (data) => {
    expect((await found(conversations(data as string), 'chatgpt')).sessions).toEqual([]);
  });

  it.each(['1e999', '-1e999', '9'.repeat(4_000), '-0.0', '1e-999'])('with the number %s', async (number) => {
    const text = JSON.stringify(talk([node('a', null, 'Text', { create_time: '@' })], { create_time: '@' })).replaceAll('"@"', number);
    expect((await found(conversations(`[${text}]`))).sessions).toHaveLength(1);
  });

  it('with halves of characters and NUL', async () => {
    const entry = { uuid: '\ud800', creationDate: '2024-05-01T10:00:00Z', text: 'a\ud800b\0c', tags: ['\udfff'] };
    const result = await found(jsonFile('J.json', { metadata: {}, entries: [entry] }));
    expect(result.texts).toEqual([['a\ufffdb\0c']]);
    expect(result.doubts).toContain('repaired');
  });

  it('with names that mean something in JavaScript', async () => {
    const text = JSON.stringify(good).replace('{', '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":1,');
    const result = await found(conversations(`[${text}]`));
    expect(result.texts).toEqual([['Text']]);
    expect(result.messages[0]?.[0]?.extra['origin']).toMatchObject({ session: expect.stringContaining('"__proto__": {"polluted": 1}') as string });
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    const item = `{"id":"${'1'.repeat(32)}","kind":"root","record":{"type":"x","__proto__":{"polluted":1}}}`;
    expect(await refused(picked('x.json', `{"format":"inkvault-export/1","items":[${item}]}`))).toContain('no vault can hold');
  });

  it('with an item out of bounds', async () => {
    expect(await refused(conversations(`["${'x'.repeat(2 * MAX_ELEMENT_BYTES)}`), 'chatgpt')).toContain('more than 32 MiB');
    expect(await refused(conversations(`[[${'[],'.repeat(MAX_BRACKETS / 2)}[]]]`), 'chatgpt')).toContain('nested');
    expect(await refused(conversations(`[[${'1,'.repeat(MAX_COMMAS + 1)}1]]`), 'chatgpt')).toContain('too many parts');
  }, SLOW);

  it('with more tags than can be known at once', async () => {
    const tag = { uuid: 't', content_type: 'Tag', content: { title: 'T', references: Array.from({ length: MAX_REFERENCES / 4 }, () => ({})) } };
    expect(await refused(jsonFile('n.json', { version: '004', items: [tag, tag, tag, tag, tag] }))).toContain('more tags');
  }, SLOW);
});

describe('what readers make of it', () => {
  it('stays linear for a conversation of many branches', async () => {
    const nodes = [node('root', null, 'Q')];
    for (let number = 0; number < 3_000; number += 1) {
      nodes.push(node(`c${number}`, number === 0 ? 'root' : `c${number - 1}`, 'deep'), node(`b${number}`, `c${number}`, 'branch'));
    }
    expect((await found(jsonFile('c.json', [talk(nodes)]))).texts.flat()).toHaveLength(6_001);
  });

  it('is text for billions of laughs', async () => {
    const lines = ['a0: &a0 [lol, lol]', ...Array.from({ length: 59 }, (_, index) => `a${index + 1}: &a${index + 1} [*a${index}, *a${index}]`)];
    const result = await found(picked('a.md', `---\n${lines.join('\n')}\n---\nText`));
    expect(result.doubts).toContain('unknown_part');
    expect(result.texts[0]?.[0]).toContain('lol');
  });

  it('is text for front matter beyond its bound', async () => {
    const front = `title: Long\n${'#'.repeat(MAX_FRONT - 13)}\n`;
    expect((await found(picked('a.md', `---\n${front}---\nText`))).titles).toEqual(['Long']);
    const text = `---\n${front}#\n---\nText`;
    const { titles, texts } = await found(picked('a.md', text));
    expect([titles, texts]).toEqual([['a'], [[text]]]);
  });

  it.each(['- '.repeat(30_000), '['.repeat(60_000), '{a: '.repeat(15_000), '? '.repeat(30_000), '!!'.repeat(30_000), '"'.repeat(60_001), '&a '.repeat(20_000)])(
    'is text, and soon, for hostile front matter (%#)', async (front) => {
      const result = await found(picked('a.md', `---\n${front}\n---\nText`));
      expect(result.texts[0]?.[0]?.endsWith('Text')).toBe(true);
    },
  );

  it.each(['<script>alert(1)</script>', "<!DOCTYPE x [<!ENTITY a 'b'>]>&a;", "=cmd|' /C calc'!A0", '\x1b]52;c;AAAA\x07', '\u202egnp.exe'])('is text for %j', async (evil) => {
    expect((await found(jsonFile('c.json', [talk([node('a', null, evil)], { title: evil })]))).texts).toEqual([[evil]]);
  });

  it('cannot be forged origins', async () => {
    const entry = { uuid: '1', creationDate: '2024-05-01T10:00:00Z', text: 'x', origin: { tool: 'inkvault' }, imported: { run: '0'.repeat(32), written: 5 }, type: 'root' };
    const { sessions } = await found(jsonFile('J.json', { metadata: {}, entries: [entry] }));
    expect(Object.keys(sessions[0]?.header.extra ?? {})).toEqual(['origin']);
    expect(sessions[0]?.header.extra['origin']).toMatchObject({ tool: 'dayone' });
  });
});

describe('our own files', () => {
  it('with any byte changed are refused', async () => {
    const whole = await bytesOf({ path: '', file: sharedFile('vault.json') });
    for (let at = 30; at < whole.length; at += 97) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(await rejection(found(picked('vault.json', changed), 'inkvault'))).toBeInstanceOf(SourceError);
    }
  });

  it('cut short are refused', async () => {
    const whole = await bytesOf({ path: '', file: sharedFile('vault.json') });
    for (const length of [40, 500, whole.length - 200, whole.length - 3]) await refused(picked('vault.json', whole.subarray(0, length)), 'inkvault');
  });

  it.each([60, 300, -1, -40, -900])('sealed, with byte %d changed, do not open', async (place) => {
    const whole = await bytesOf({ path: '', file: sharedFile('vault.inkvault.age') });
    const at = (place + whole.length) % whole.length;
    whole[at] = (whole[at] ?? 0) ^ 1;
    expect((await rejection(found(picked('x.age', whole), 'inkvault-backup')) as Error).constructor.name).toMatch(/^(SourceError|UnlockError)$/);
  });

  it('sealed, and cut short, do not open', async () => {
    const whole = await bytesOf({ path: '', file: sharedFile('vault.inkvault.age') });
    for (const length of [30, 200, whole.length - 17]) {
      expect(await rejection(found(picked('x.age', whole.subarray(0, length)), 'inkvault-backup'))).toBeInstanceOf(SourceError);
    }
  });

  it('are none when they say another version', async () => {
    expect(await rejection(found(picked('x.json', '{"format":"inkvault-export/2","items":[]}')))).toBeInstanceOf(UsageError);
  });
});
