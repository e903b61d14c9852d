/** The shared vectors of logs and certificates (tests/vectors/audit): the same files, the same results as everywhere else. */
import { describe, expect, it } from 'vitest';
import { fromHex, toHex, utf8, type Bytes } from '../core/bytes.ts';
import * as errors from '../errors.ts';
import { verifyCertificate } from './certificate.ts';
import { VerifierKey } from './checkpoint.ts';
import { EVENTS, openLeaf } from './leaves.ts';
import { leafHash, rootOf, verifyConsistency, verifyInclusion } from './merkle.ts';

// What each operation is given is described in tests/vectors/audit/README.md.
type Given = any;
interface VectorFile {
  readonly operation: string;
  readonly vectors: readonly {
    readonly name: string;
    readonly input: Given;
    readonly output?: unknown;
    readonly error?: 'FormatError' | 'IntegrityError';
  }[];
}

const FILES = Object.values(
  import.meta.glob<string>('../../../tests/vectors/audit/*.json', { eager: true, query: '?raw', import: 'default' }),
).map((text) => JSON.parse(text) as VectorFile);

const hex = (text: string): Bytes => fromHex(text, text.length / 2);
const all = (texts: readonly string[]): Bytes[] => texts.map(hex);

async function certificate({ certificate: text, key }: Given) {
  const { certificate: found, checkpoint } = await verifyCertificate(utf8(text), await VerifierKey.parse(key));
  return { index: found.index, size: checkpoint.size, verdict: found.statement.verdict };
}

const OPERATIONS: Readonly<Record<string, (given: Given) => Promise<unknown>>> = {
  root: async ({ leaves }) => toHex(await rootOf(await Promise.all(all(leaves).map(leafHash)))),
  inclusion: async ({ leaf, index, size, proof, root }) => {
    await verifyInclusion(await leafHash(hex(leaf)), index, size, all(proof), hex(root));
    return null;
  },
  consistency: async ({ old, old_root: oldRoot, size, root, proof }) => {
    await verifyConsistency(old, hex(oldRoot), size, hex(root), all(proof));
    return null;
  },
  leaf: async ({ leaf, salt, detail }) => {
    const opened = await openLeaf(hex(leaf), hex(salt), utf8(detail));
    const event = Object.entries(EVENTS).find(([, name]) => name === opened.leaf.event);
    return { event: Number(event?.[0]), time: opened.leaf.time, detail: opened.detail };
  },
  verifier_key: async ({ text }) => {
    const { origin, key } = await VerifierKey.parse(text);
    return { origin, key: toHex(key) };
  },
  checkpoint: async ({ note, key }) => {
    const { origin, size, root } = await (await VerifierKey.parse(key)).open(note);
    return { origin, size, root: toHex(root) };
  },
  certificate,
};

it('finds the vectors, and each operation has some', () => {
  expect(FILES.map((file) => file.operation).sort()).toEqual(Object.keys(OPERATIONS).sort());
});

describe.each(FILES)('$operation', ({ operation, vectors }) => {
  it.each(vectors)('$name', async ({ input, output, error }) => {
    const run = async () => OPERATIONS[operation]?.(input);
    if (error === undefined) expect(await run()).toEqual(output);
    else expect(await run().catch((reason: unknown) => reason)).toBeInstanceOf(errors[error]);
  });
});

it('every byte of a certificate counts', async () => {
  const right: Given = FILES.find(({ operation }) => operation === 'certificate')?.vectors[0]?.input;
  const [key, data] = [await VerifierKey.parse(right.key), utf8(right.certificate)];
  await verifyCertificate(data, key);
  const changed = (place: number, bit: number) => data.map((byte, at) => (at === place ? byte ^ bit : byte));
  for (let place = 0; place < data.length; place += 1) {
    for (const wrong of [changed(place, 0x01), changed(place, 0x20), changed(place, 0x80), data.slice(0, place)]) {
      await expect(verifyCertificate(wrong, key)).rejects.toBeInstanceOf(errors.HostileDataError);
    }
  }
});
