import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../errors.ts';
import { toBase64url } from './encodings.ts';
import * as answers from './answers.ts';
import { bytes, integer, list, nullable, object, oneOf, text } from './decode.ts';
import { encodeBody } from './requests.ts';

const ID = 'ab'.repeat(16);
const b64 = (count: number) => toBase64url(new Uint8Array(count).fill(7));
const CONTAINER = { container_id: ID, version: 1, epoch: 1, wrapped_key: b64(60), header: b64(541) };
const RECORD = { record_id: ID, version: 1, envelope: b64(541) };

/** One right answer of each kind. */
const RIGHT = {
  containerPage: { seq: 1, head: b64(541), containers: [CONTAINER], next: ID },
  recordPage: { container: CONTAINER, records: [RECORD], next: null },
  changes: { seq: 2, head: b64(541), head_hashes: [b64(32)], containers: [CONTAINER], complete: true, erased_seq: 0 },
  commitResult: { seq: 1, head_hash: b64(32) },
  challenge: { vault_id: ID, vault_salt: b64(32), slots: [b64(44)], challenge: b64(32), expiry: 0 },
  login: { login_id: ID, token: null, idle_seconds: 300, slot: b64(136), resume_share: b64(32) },
  currentLogin: { login_id: ID, vault_id: ID, slot_id: ID, idle_seconds: 300, resume_share: b64(32) },
  slotList: { slots: [{ header: b64(44), created_at: 0, last_used_at: null }] },
  serviceInfo: { name: 'inkvault', version: '1', sign_up: true, max_records: 0, max_bytes: 0 },
  errorBody: { code: 'stale', message: '', seq: 1, retry_after: null },
} as const;

describe.each(Object.entries(RIGHT))('%s', (name, right) => {
  const decode = answers[name as keyof typeof RIGHT] as (value: unknown) => unknown;

  it('is read when it is right', () => {
    expect(JSON.parse(encodeBody(decode(structuredClone(right)) as object))).toEqual(right);
  });

  it('is refused with any field missing, renamed, doubled in another case, or too many', () => {
    for (const field of Object.keys(right)) {
      const { [field]: value, ...rest } = right as Record<string, unknown>;
      for (const wrong of [rest, { ...rest, [field.toUpperCase()]: value }, { ...right, [field.toUpperCase()]: value }]) {
        expect(() => decode(wrong), field).toThrow(FormatError);
      }
    }
    expect(() => decode({ ...right, policy: null })).toThrow(FormatError);
  });

  it('is refused when anything in it is something else', () => {
    fc.assert(fc.property(fc.constantFrom(...Object.keys(right)), fc.jsonValue(), (field, value) => {
      const wrong = { ...right, [field]: value };
      try {
        const read = decode(wrong);
        expect(JSON.parse(encodeBody(read as object))).toEqual(JSON.parse(JSON.stringify(wrong)));
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    }));
  });
});

describe('the parts', () => {
  const refused: [string, (value: unknown) => unknown, unknown[]][] = [
    ['bytes', bytes(2, 3), [b64(1), b64(4), 'AA==', 'A', 'AB', 'A A', '', 1, null, 'AAA+', 'AA\u00c4']],
    ['integers', integer(1, 5), [0, 6, 1.5, '1', NaN, Infinity, true, null, 2 ** 53]],
    ['lists', list(integer(0), 2), [[1, 2, 3], ['1'], {}, null, 'ab']],
    ['texts', text(2), ['abc', 1, null, ['a']]],
    ['words', oneOf('a', 'b'), ['c', 1, null, 'toString']],
    ['objects', object<{ a: number }>()({ a: integer(0) }), [null, [], 'a', { a: 1, b: 1 }, {}, { b: 1 }, Object.create({ a: 1 })]],
    ['nullable', nullable(integer(0)), [undefined, '']],
    ['ids', answers.container, [{ ...CONTAINER, container_id: ID.toUpperCase() }, { ...CONTAINER, container_id: `${ID} ` }]],
    ['record ids', answers.record, [{ ...RECORD, record_id: '0'.repeat(32) }]],
    ['envelopes', answers.record, [{ ...RECORD, envelope: b64(540) }, { ...RECORD, envelope: b64(2 * 1024 * 1024 + 1) }]],
  ];
  it.each(refused)('%s refuse what is out of bounds', (_, decode, values) => {
    for (const value of values) expect(() => decode(value), JSON.stringify(value)).toThrow(FormatError);
  });

  it('take what is at the bounds', () => {
    expect(bytes(2, 3)('AAA')).toHaveLength(2);
    expect(bytes(2, 3)('AAAA')).toHaveLength(3);
    expect([integer(1, 5)(1), integer(1, 5)(5), integer(0)(2 ** 53 - 1)]).toEqual([1, 5, 2 ** 53 - 1]);
    expect(answers.record({ ...RECORD, envelope: b64(2 * 1024 * 1024) }).envelope).toHaveLength(2 * 1024 * 1024);
  });
});
