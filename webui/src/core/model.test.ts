/** What is said of sessions, messages and the root's records: written and read again, and refused in any other form. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as canonical from './canonical.ts';
import type { Json, Payload } from './canonical.ts';
import { SetDigest } from './digest.ts';
import { emptySession, headerPayload, messagePayload, parseMessage, parseSession, plainMessage, type Message, type SessionHeader } from './model.ts';
import { isDay } from './optional.ts';
import {
  COLOURS, NOTEBOOK_KINDS, parseRootRecord, rootRecordPayload, type Backup, type Notebook, type RootRecord, type Settings, type Template,
} from './rootrecords.ts';
import { codePoints, compareCodePoints } from './text.ts';
import { FormatError } from '../errors.ts';

const words = (maxLength: number, minLength = 0) => fc.string({ unit: 'binary', minLength, maxLength }).filter((text) => codePoints(text) >= minLength);
const time = fc.maxSafeInteger().map((number) => number + 0);
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 2 });
const hexId = fc.stringMatching(/^[0-9a-f]{32}$/);
const labels = (maxLength: number) => fc.uniqueArray(words(50, 1), { maxLength }).map((all) => all.sort(compareCodePoints));
const day = fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10));
/** Fields of a later client. */
const extra: fc.Arbitrary<Payload> = fc.dictionary(fc.stringMatching(/^zz[a-z0-9_]{0,9}$/), fc.oneof(time, words(9), fc.constant(null)), { maxKeys: 2, noNullPrototype: true });
const template = fc.oneof(hexId, fc.stringMatching(/^[a-z0-9-]{1,31}$/));

const session: fc.Arbitrary<SessionHeader> = fc.record({
  activeAt: orNull(time), notebook: orNull(hexId), phase: orNull(fc.integer({ min: 1, max: 99 })), template: orNull(template),
  helper: orNull(words(100, 1)), tags: labels(5), pinned: fc.boolean(), thread: orNull(words(500, 1)), archivedAt: orNull(time), trashedAt: orNull(time),
  days: fc.uniqueArray(fc.record({ day, words: fc.nat(), seconds: fc.integer({ min: 1, max: 99 }), extra }), { selector: (one) => one.day, maxLength: 5 })
    .map((days) => days.sort((a, b) => (a.day < b.day ? -1 : 1))),
  ended: fc.constantFrom('endedAt', 'resumedAt', null), extra, title: orNull(words(200)), opening: words(50), preview: words(160),
}).map(({ ended, ...fields }) => ({ ...emptySession(1, 'UTC'), ...fields, ...(ended !== null && { [ended]: 7 }) }));

const message: fc.Arbitrary<Message> = fc.record({
  text: words(300), seconds: fc.nat(), trashedAt: orNull(time), flags: labels(4), extra,
  versions: fc.array(fc.record({ text: words(20), at: time, extra }), { maxLength: 3 }), sources: fc.array(extra, { maxLength: 3 }), toolCalls: fc.array(extra, { maxLength: 3 }),
}).map((fields) => ({
  ...plainMessage({ role: 'tool', text: '', position: 3, createdAt: -5, zone: 'UTC' }), ...fields, editedAt: fields.versions.length === 0 ? null : 8,
}));

const days = orNull(fc.integer({ min: 1, max: 36_500 }));
const retention = fc.record({ archiveDays: days, trashDays: days, remindDays: days, extra })
  .filter(({ archiveDays, trashDays, remindDays }) => [archiveDays, trashDays, remindDays].some((one) => one !== null));
const titled = { title: words(200, 1), createdAt: time, updatedAt: time, zone: words(20), extra };
const notebook: fc.Arbitrary<Notebook> = fc.record({
  ...titled, type: fc.constant('notebook'), kind: fc.constantFrom(...NOTEBOOK_KINDS), notes: words(300), colour: orNull(fc.constantFrom(...COLOURS)),
  date: orNull(day), programme: orNull(template), archivedAt: orNull(time), trashedAt: orNull(time), retention: orNull(retention),
});
const ownTemplate: fc.Arbitrary<Template> = fc.record({
  ...titled, type: fc.constant('template'), about: words(200), tags: labels(3), trashedAt: orNull(time),
  phases: fc.array(fc.record({ title: words(200), prompt: words(200), minutes: fc.nat(600), extra }), { minLength: 1, maxLength: 20 }),
});
const settings: fc.Arbitrary<Settings> = fc.record({ type: fc.constant('settings'), continueMinutes: orNull(fc.integer({ min: 1, max: 60 })), retention: orNull(retention), backupDays: orNull(fc.integer({ min: 0, max: 36_500 })), extra });
const backup: fc.Arbitrary<Backup> = fc.record({ type: fc.constant('backup'), begunAt: time, extra });

/** Through the bytes, as they are sealed. */
const sealed = (payload: Payload) => canonical.decode(canonical.encode(payload));

describe('written and read again, these are the same', () => {
  it('session headers', () => {
    fc.assert(fc.property(session, (header) => {
      const read = parseSession(sealed(headerPayload(header)));
      expect({ ...read, digest: SetDigest.empty }).toEqual(header);
      expect(sealed(headerPayload(read))).toEqual(sealed(headerPayload(header)));
    }));
  });

  it('messages', () => {
    fc.assert(fc.property(message, (one) => {
      expect(parseMessage(sealed(messagePayload(one)))).toEqual(one);
    }));
  });

  it('notebooks, templates, settings and backups', () => {
    fc.assert(fc.property(fc.oneof<fc.Arbitrary<RootRecord>[]>(notebook, ownTemplate, settings, backup), (record) => {
      expect(parseRootRecord(sealed(rootRecordPayload(record)))).toEqual(record);
    }));
  });
});

it('a field that is there with another value is refused, or written again as it was', () => {
  const pair = (payload: Payload, again: (payload: Payload) => Payload) => ({ payload, again });
  const written = fc.oneof(
    session.map((header) => pair(headerPayload(header), (payload) => headerPayload(parseSession(payload)))),
    message.map((one) => pair(messagePayload(one), (payload) => messagePayload(parseMessage(payload)))),
    fc.oneof<fc.Arbitrary<RootRecord>[]>(notebook, ownTemplate, settings, backup).map((record) => pair(rootRecordPayload(record), (payload) => {
      const read = parseRootRecord(payload);
      return read === null ? payload : rootRecordPayload(read);
    })),
  );
  const values: Json[] = [null, false, true, 0, -1, 1, 61, 100_000_000, '', 'a', '2026-02-30', '2026-02-28', [], [''], ['b', 'a'], ['a', 'a'], [1], [{}], {}, { archive_days: 0 }];
  fc.assert(fc.property(written, fc.nat(), fc.constantFrom(...values), ({ payload, again }, nth, value) => {
    const keys = Object.keys(payload);
    const other = { ...payload, [keys[nth % keys.length] ?? '']: value };
    try {
      expect(sealed(again(sealed(other)))).toEqual(sealed(other));
    } catch (error) {
      expect(error).toBeInstanceOf(FormatError);
    }
  }), { numRuns: 2_000 });
});

it('code points are ordered as their UTF-8 bytes are', () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom('a', 'b', '\uE000', '\uFFFD', '\u{10000}', '\u{1F600}', '\u{1F601}', 'é') }), fc.string({ unit: 'binary' }), (a, tail) => {
    for (const b of [tail, a + tail, a.slice(1) + tail]) {
      expect(Math.sign(compareCodePoints(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }
  }), { numRuns: 500 });
});

it.each(['2026-02-29', '0000-01-01', '2026-13-01', '2026-1-01', '12026-01-01', '2026-01-01T', '+02026-01', '-0001-01-01'])('%s is no day', (text) => {
  expect(isDay(text)).toBe(false);
});

it.each(['2024-02-29', '0001-01-01', '9999-12-31'])('%s is a day', (text) => {
  expect(isDay(text)).toBe(true);
});
