import { describe, expect, it } from 'vitest';
import { clockTime, dayName, fullTime, isoTime, relativeTime, sameDay } from './time.ts';

const at = (text: string): number => new Date(text).getTime();
const NOW = at('2026-03-05T14:30:00');

describe('relativeTime', () => {
  it.each([
    ['2026-03-05T14:29:30', 'just now'],
    ['2026-03-05T14:31:00', 'just now'],
    ['2026-03-05T14:28:00', '2 min ago'],
    ['2026-03-05T13:31:00', '59 min ago'],
    ['2026-03-04T23:59:00', 'yesterday'],
    ['2026-03-04T00:00:00', 'yesterday'],
  ])('%s', (time, words) => {
    expect(relativeTime(at(time), NOW)).toBe(words);
  });

  it('names the hour, the weekday, the day, the year, the further away it is', () => {
    expect(relativeTime(at('2026-03-05T09:05:00'), NOW)).toMatch(/9.05/);
    expect(relativeTime(at('2026-03-01T09:05:00'), NOW)).toBe(new Intl.DateTimeFormat(undefined, { weekday: 'long' }).format(at('2026-03-01T09:05:00')));
    expect(relativeTime(at('2026-02-25T09:05:00'), NOW)).not.toContain('2026');
    expect(relativeTime(at('2025-02-25T09:05:00'), NOW)).toContain('2025');
  });
});

describe('dayName', () => {
  it('counts calendar days, not hours', () => {
    expect(dayName(at('2026-03-05T00:00:00'), NOW)).toBe('Today');
    expect(dayName(at('2026-03-04T23:59:59'), NOW)).toBe('Yesterday');
    expect(sameDay(at('2026-03-05T00:00:00'), NOW)).toBe(true);
    expect(sameDay(at('2026-03-04T23:59:59'), NOW)).toBe(false);
  });

  it('names the year of another year only', () => {
    expect(dayName(at('2026-02-25T12:00:00'), NOW)).not.toContain('2026');
    expect(dayName(at('2024-02-25T12:00:00'), NOW)).toContain('2024');
  });
});

describe('a moment that no calendar has', () => {
  it.each([Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])('is shown as one that it has: %d', (time) => {
    for (const show of [fullTime, clockTime, isoTime]) expect(show(time)).not.toBe('');
    expect(dayName(time, NOW)).not.toBe('');
    expect(relativeTime(time, NOW)).not.toBe('');
    expect(sameDay(time, time)).toBe(true);
  });
});
