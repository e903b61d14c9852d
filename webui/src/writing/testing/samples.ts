/** Texts, sessions and notebooks for tests of properties. */
import fc from 'fast-check';
import type { Notebook, SessionSummary } from '../../client/types.ts';

export const NOW = Date.UTC(2026, 2, 14, 12);
export const TODAY = '2026-03-14';

/** Characters that folding, counting and cutting treat each in its own way. */
const TRICKY = [
  'a', 'Z', 'é', 'e\u0301', 'ß', 'ẞ', 'İ', 'ı', 'Σ', 'ς', 'ﬁ', 'Å', 'ø', 'æ', '½', '¨', ' ', '\n', '\u00a0', '\u2003', '\u3000', '\u00ad',
  '\u200d', '\u0301', '\u0338', 'が', 'か', '\u3099', 'ｶﾞ', '私', '한', '각', '𝔸', '😀', '❤️', 'ك', 'ـ', 'َ', 'آ', 'ى', 'ק', 'ָ', 'हि', 'ि', '़', 'ทำ', 'ำ',
  '"', "'", '’', '–', '-', ':', '\u0000', '\ufeff', 'ǆ', 'ǅ', '\u1e9b\u0323',
];
export const anyText = fc.oneof(
  fc.array(fc.constantFrom(...TRICKY), { maxLength: 30 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 30 }),
);

const id = (kind: string) => fc.nat(30).map((number) => `${kind}${number.toString(16)}`.padEnd(32, '0'));
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const moment = fc.oneof(
  fc.integer({ min: NOW - 4_000_000, max: NOW + 400_000 }),
  fc.integer({ min: NOW - 200 * 86_400_000, max: NOW }),
);
const day = fc.record({
  day: fc.nat(120).map((back) => new Date(NOW - back * 86_400_000).toISOString().slice(0, 10)),
  words: fc.nat(2_000),
  seconds: fc.nat(4_000),
});

export const aSession: fc.Arbitrary<SessionSummary> = fc.record({
  id: fc.uuid().map((text) => text.replaceAll('-', '')),
  title: anyText,
  preview: fc.constant(''),
  createdAt: moment,
  updatedAt: moment,
  zone: fc.constantFrom('UTC', 'Europe/Berlin'),
  count: fc.nat(3),
  renamed: fc.boolean(),
  notebookId: maybe(id('b')),
  phase: maybe(fc.integer({ min: 1, max: 4 })),
  template: fc.constant(null),
  helper: maybe(fc.constantFrom('Ada', 'Bo')),
  tags: fc.uniqueArray(fc.constantFrom('one', 'two', 'three')),
  pinned: fc.boolean(),
  activeAt: moment,
  endedAt: maybe(moment),
  resumedAt: maybe(moment),
  archivedAt: fc.option(moment, { nil: null, freq: 4 }),
  trashedAt: fc.option(moment, { nil: null, freq: 4 }),
  thread: fc.constant(null),
  days: fc.uniqueArray(day, { selector: (one) => one.day, maxLength: 4 }),
});
export const someSessions = fc.uniqueArray(aSession, { selector: ({ id: one }) => one, maxLength: 25 });

const retention = fc.record({
  archiveDays: maybe(fc.integer({ min: 1, max: 100 })),
  trashDays: maybe(fc.integer({ min: 1, max: 100 })),
  remindDays: maybe(fc.integer({ min: 1, max: 100 })),
});
export const someNotebook: fc.Arbitrary<Notebook> = fc.record({
  id: id('b'),
  title: anyText,
  kind: fc.constantFrom('event', 'project', 'journal'),
  notes: anyText,
  colour: fc.constant(null),
  date: fc.constant(null),
  programme: fc.constant(null),
  retention: maybe(retention),
  createdAt: moment,
  updatedAt: moment,
  zone: fc.constant('UTC'),
  archivedAt: fc.constant(null),
  trashedAt: fc.constant(null),
});
