import { describe, expect, it } from 'vitest';
import { parseJson } from './json-values.ts';
import { fromLocal, isZone, readTime } from './times.ts';

const at = (text: string) => Date.parse(text);

describe('a time', () => {
  it.each([
    ['"2024-03-31T02:30:00Z"', '2024-03-31T02:30:00Z', 'UTC'], ['"2024-03-31T02:30:00.123456789+02:00"', '2024-03-31T00:30:00.123Z', 'Etc/GMT-2'],
    ['"2024-03-31 0230-0500"', '2024-03-31T07:30:00Z', 'Etc/GMT+5'], ['"2024-03-31 02:30:00.5 +0200"', '2024-03-31T00:30:00.500Z', 'Etc/GMT-2'], ['"20240331T023015,5Z"', '2024-03-31T02:30:15.500Z', 'UTC'],
    ['"2024-W13-7T10:00Z"', '2024-03-31T10:00:00Z', 'UTC'], ['"2024-01-01T00:00:00+05:45"', '2023-12-31T18:15:00Z', 'UTC'],
    ['1700000000', '2023-11-14T22:13:20Z', 'UTC'], ['1700000000.1235', '2023-11-14T22:13:20.124Z', 'UTC'], ['1700000000123', '2023-11-14T22:13:20.123Z', 'UTC'],
    ['1700000000123456', '2023-11-14T22:13:20.123Z', 'UTC'],
  ])('%s', (json, when, zone) => {
    expect(readTime(parseJson(json), '', 'Europe/Berlin')).toEqual({ ms: at(when), zone, doubt: null });
  });

  it.each(['null', 'true', '[]', '""', '"soon"', '"2024-02-30"', '"2024-13-01"', '"2024-01-01T25:00"', '"2024-01-01x"', '"0000-01-01"', '"2024-W54"', '"2023-W53-1"',
    '1e300', '-1e300', '1e999', `"${'2'.repeat(100)}"`, '"2024-01-01T10:00+25:00"', '"2024-01-01T10:00  Z"', '"2024-1-1"'])('that is none: %s', (json) => {
    expect(readTime(parseJson(json), '', 'UTC')).toBeNull();
  });

  it('without a zone is local, which is a doubt', () => {
    expect(readTime('2024-07-01T10:00', '', 'Europe/Berlin')).toEqual({ ms: at('2024-07-01T08:00:00Z'), zone: 'Europe/Berlin', doubt: 'zone_missing' });
    expect(readTime('2024-07-01T10:00', 'America/New_York', 'Europe/Berlin')).toEqual({ ms: at('2024-07-01T14:00:00Z'), zone: 'America/New_York', doubt: null });
    expect(readTime('2024-07-01T10:00Z', 'America/New_York', 'UTC')).toMatchObject({ zone: 'America/New_York', doubt: null });
  });

  it.each([
    ['2024-03-31T02:30:00Z', 'Europe/Berlin', '2024-03-31T01:30:00Z'], ['2024-10-27T02:30:00Z', 'Europe/Berlin', '2024-10-27T00:30:00Z'],
    ['2024-04-07T01:45:00Z', 'Australia/Lord_Howe', '2024-04-06T14:45:00Z'], ['2024-11-03T01:30:00Z', 'America/New_York', '2024-11-03T05:30:00Z'],
  ])('of the hour that summer time skips or has twice is the first, and a doubt (%s, %s)', (local, zone, when) => {
    expect(fromLocal(at(local), zone, 'UTC')).toEqual({ ms: at(when), zone, doubt: 'time_ambiguous' });
  });

  it('on the edges of such an hour is sure', () => {
    for (const local of ['2024-03-31T01:59:59Z', '2024-03-31T03:00:00Z', '2024-10-27T01:59:59Z', '2024-10-27T03:00:00Z']) {
      expect(fromLocal(at(local), 'Europe/Berlin', 'UTC')?.doubt).toBeNull();
    }
  });
});

it.each([['Europe/Berlin', true], ['UTC', true], ['Etc/GMT+5', true], ['US/Pacific', true], ['europe/berlin', false], ['utc', false], ['+01:00', false], ['', false], ['Mars/Olympus', false], ['../etc', false]])(
  'the zone %j is known: %s', (name, isKnown) => {
    expect(isZone(name)).toBe(isKnown);
  },
);
