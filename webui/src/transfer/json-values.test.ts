import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elements } from './elements.ts';
import { JsonError, Numeral, asJson, asciiLength, isObject, parseJson, type JsonValue } from './json-values.ts';
import { picked } from './testing/imports.ts';
import { openSource } from './opening.ts';

/** As `JSON.parse` has it, but that there is one zero. */
function plain(value: JsonValue): unknown {
  if (value instanceof Numeral) return value.value + 0;
  if (isObject(value)) return Object.fromEntries([...value].map(([name, each]) => [name, plain(each)]));
  return Array.isArray(value) ? (value as JsonValue[]).map(plain) : value;
}

const browsers = (text: string): unknown => JSON.parse(text, (_, value: unknown) => (value === 0 ? 0 : value));
const JSON_VALUE = fc.jsonValue({ stringUnit: 'binary' });
const spaced = (text: string) => text.replace(/([[{,:\]}])(?=(?:[^"\\]|\\.|"(?:[^"\\]|\\.)*")*$)/gs, ' $1\n\t\r ');

describe('JSON', () => {
  it('is read as the browser reads it', () => {
    fc.assert(fc.property(JSON_VALUE, (value) => {
      const text = JSON.stringify(value);
      expect(plain(parseJson(text))).toEqual(browsers(text));
      expect(plain(parseJson(spaced(text)))).toEqual(browsers(text));
    }));
  });

  it('is written so that it is read again as what it was', () => {
    fc.assert(fc.property(JSON_VALUE, (value) => {
      const read = parseJson(JSON.stringify(value));
      expect(plain(parseJson(asJson(read)))).toEqual(plain(read));
      expect(asJson(read).isWellFormed()).toBe(true);
    }));
  });

  it('has strings as long as an element may be', () => {
    const text = 'x'.repeat(12_000_000);
    expect(parseJson(`["${text}\\n"]`)).toEqual([`${text}\n`]);
    for (const broken of ['"a\\', '"a\\"', '"\\x"', '"a\\n\n"']) expect(() => parseJson(broken)).toThrow(JsonError);
  });

  it('is refused where the browser refuses it', () => {
    const text = fc.string({ unit: fc.constantFrom(...'{}[]",:\\ \n0123456789.eE+-truefalsn\u0001', '"a"', 'null'), maxLength: 12 });
    fc.assert(fc.property(text, (given) => {
      let expected: unknown = null;
      try {
        expected = browsers(given);
      } catch {
        expect(() => parseJson(given)).toThrow(JsonError);
        return;
      }
      try {
        expect(plain(parseJson(given))).toEqual(expected);
      } catch (error) {
        expect(error).toEqual(new JsonError('a name twice'));
      }
    }), { numRuns: 2_000 });
  });

  it('keeps names in their order, and none that mean more than they say', () => {
    const text = '{"b": 1, "2": 2, "1": 3, "__proto__": {"x": 4}, "constructor": null}';
    expect(asJson(parseJson(text))).toBe(text);
  });

  // As Python's `json.dumps(json.loads(…), ensure_ascii=False)`.
  it.each([
    ['1.0', '1.0'], ['-0', '0'], ['-0.0', '-0.0'], ['1e2', '100.0'], ['1E16', '1e+16'], ['123456789012345678.5', '1.2345678901234568e+17'],
    ['0.0001', '0.0001'], ['0.00001', '1e-05'], ['1.5e-7', '1.5e-07'], ['1e-324', '0.0'], ['1e999', 'Infinity'], ['9007199254740993', '9007199254740993'],
    ['-12345678901234567890', '-12345678901234567890'], ['1700000000.123456', '1700000000.123456'], ['1e22', '1e+22'], ['5e-324', '5e-324'],
    ['"a\\u00e9\\ud83d\\ude00\\u2028\\u007f"', '"aé😀\u2028\x7f"'], ['"\\ud800é"', '"\\ud800\\u00e9"'], ['"\\/\\b\\f"', '"/\\b\\f"'], ['{"a":[1,{}],"b":[]}', '{"a": [1, {}], "b": []}'],
  ])('%s is written as %s', (given, written) => {
    expect(asJson(parseJson(given))).toBe(written);
  });

  it('is as long as in Python', () => {
    expect(asciiLength(parseJson('["é😀\\u007f", 1.0]'))).toBe('["\\u00e9\\ud83d\\ude00\\u007f", 1.0]'.length);
  });
});

describe('the pieces of a file', () => {
  it('are those of the whole, wherever the buffers end', async () => {
    const piece = fc.oneof(JSON_VALUE, fc.string({ unit: 'binary', minLength: 40_000, maxLength: 90_000 }), fc.constant('\\"'.repeat(70_000)), fc.constant([['[{,"'.repeat(30_000)]]));
    await fc.assert(fc.asyncProperty(fc.array(piece, { maxLength: 12 }), fc.nat(3), async (values, spaces) => {
      const text = `\ufeff${' '.repeat(spaces)}{"head":{"n":1},"items":${JSON.stringify(values)} ,"end":[],"last":1.50}\n`;
      const { entries: [entry] } = await openSource([picked('x.json', text)]);
      const found: unknown[] = [];
      if (entry !== undefined) for await (const element of elements(entry)) found.push([element.key, element.index, element.text()]);
      expect(found).toEqual([
        ['head', null, '{"n":1}'], ...values.map((value, index) => ['items', index, JSON.stringify(value)]),
        ...(values.length === 0 ? [['items', null, '[]']] : []), ['end', null, '[]'], ['last', null, '1.50'],
      ]);
    }), { numRuns: 40 });
  });
});
