/** Times as other tools write them: ISO 8601, seconds or milliseconds since 1970, local time without a zone. The twin of vault/transfer/times.py. */
import { Numeral, type JsonValue } from './json-values.ts';
import type { Doubt } from './report.ts';

export const FIRST_MS = -62_135_596_800_000;
export const LAST_MS = 253_402_300_799_999;
/** A number is of seconds up to the year 5138; beyond it of milliseconds, then of microseconds. */
const MILLISECONDS_FROM = 100_000_000_000;
const MICROSECONDS_FROM = 100_000_000_000_000;
const BEYOND = 1e18;
const DAY_MS = 86_400_000;
const EAST_MOST = 14;
const WEST_MOST = 12;
const MAX_ZONES = 256;

/** A moment, in milliseconds since 1970 UTC, the IANA name of its zone, and what is doubtful about it. */
export interface Stamp {
  readonly ms: number;
  readonly zone: string;
  readonly doubt: Doubt | null;
}

export function stampAt(ms: number, zone = 'UTC'): Stamp {
  return { ms, zone, doubt: null };
}

/**
 * A time in any of the forms above; null when it is none, or outside the years 1 to 9999. `zone` is the one that the source
 * gives beside it, or ''; `defaultZone` is taken for a local time without one.
 */
export function readTime(value: JsonValue | undefined, zone: string, defaultZone: string): Stamp | null {
  if (typeof value === 'number') return ofNumber(value, zone);
  if (value instanceof Numeral) return ofNumber(value.value, zone);
  return typeof value === 'string' && value.length <= 64 ? ofText(value, zone, defaultZone) : null;
}

/** A local time in `zone`, or in `defaultZone`, which is a doubt. `local` is what the clock showed, as if it stood in UTC. Of two moments the first. */
export function fromLocal(local: number, zone: string, defaultZone: string): Stamp | null {
  const used = isZone(zone) ? zone : defaultZone;
  const [before, after] = [offsetAt(local - DAY_MS, used), offsetAt(local + DAY_MS, used)];
  const fits = [...new Set([before, after])].filter((offset) => offsetAt(local - offset, used) === offset);
  // None in the hour that summer time skips, two in the one that it has twice.
  const isSure = fits.length === 1;
  const ms = local - (isSure ? fits[0] ?? before : before);
  const doubt = isSure ? (used === zone ? null : 'zone_missing') : 'time_ambiguous';
  return ms >= FIRST_MS && ms <= LAST_MS ? { ms, zone: used, doubt } : null;
}

function ofNumber(value: number, zone: string): Stamp | null {
  const size = Math.abs(value);
  if (!(size < BEYOND)) return null;
  let ms = value;
  if (size < MILLISECONDS_FROM) ms *= 1000;
  else if (size >= MICROSECONDS_FROM) ms /= 1000;
  return ms >= FIRST_MS && ms <= LAST_MS ? stampAt(Math.floor(ms + 0.5) + 0, isZone(zone) ? zone : 'UTC') : null;
}

function ofText(text: string, zone: string, defaultZone: string): Stamp | null {
  const moment = parseIso(text);
  if (moment === null) return null;
  const { local, offset } = moment;
  if (offset === null) return fromLocal(Math.floor(local), zone, defaultZone);
  const ms = Math.floor(local - offset);
  return ms >= FIRST_MS && ms <= LAST_MS ? stampAt(ms, isZone(zone) ? zone : fixedZone(offset)) : null;
}

/** The zone for an offset alone: that of its hours, whose name counts westwards; UTC where it has none. */
function fixedZone(offset: number): string {
  const minutes = Math.round(offset / 60_000);
  const hours = Math.floor(minutes / 60);
  if (minutes % 60 !== 0 || hours === 0 || hours < -WEST_MOST || hours > EAST_MOST) return 'UTC';
  return `Etc/GMT${hours < 0 ? '+' : '-'}${Math.abs(hours)}`;
}

// --- ISO 8601, in the forms that Python's `datetime.fromisoformat` takes --------------------------------------------

const CALENDAR = /^(\d{4})(-?)(\d\d)\2(\d\d)$/;
const WEEK = /^(\d{4})(-?)W(\d\d)(?:\2(\d))?$/;
const SPACED = /^(\d\d)(?::(\d\d)(?::(\d\d))?)?(?:[.,](\d+))?$/;
const CLOSE = /^(\d\d)(?:(\d\d)(?:(\d\d))?)?(?:[.,](\d+))?$/;

/** `local` in milliseconds with a fraction, `offset` in milliseconds east of UTC; null for what is no such time. */
function parseIso(given: string): { readonly local: number; readonly offset: number | null } | null {
  const text = given.trim();
  if (text.length < 7) return null;
  const split = separatorOf(text);
  const day = dayOf(text.slice(0, split));
  if (day === null) return null;
  if (text.length === split) return { local: day, offset: null };
  const rest = text.slice(split + 1);
  const at = rest.search(/[-+Z]/);
  // Some put a space between time and offset.
  const time = clockOf(at < 0 ? rest : rest.slice(0, at).replace(/(?<=\d) $/, ''));
  if (time === null || time.hour > 23 || time.minute > 59 || time.second > 59) return null;
  const local = day + msOf(time);
  if (at < 0) return { local, offset: null };
  if (rest.charAt(at) === 'Z') return rest.length === at + 1 ? { local, offset: 0 } : null;
  const zone = clockOf(rest.slice(at + 1));
  if (zone === null || msOf(zone) >= DAY_MS) return null;
  return { local, offset: (rest.charAt(at) === '-' ? -1 : 1) * msOf(zone) };
}

/** Where a date ends. Any one character may stand between it and the time. */
function separatorOf(text: string): number {
  if (text.length === 7) return 7;
  if (text.charAt(4) === '-') {
    if (text.charAt(5) !== 'W') return 10;
    if (text.length <= 8 || text.charAt(8) !== '-') return 8;
    return text.length > 10 && /\d/.test(text.charAt(10)) ? 8 : 10;
  }
  if (text.charAt(4) !== 'W') return 8;
  const digits = /^\d*/.exec(text.slice(7))?.[0].length ?? 0;
  if (digits < 2) return 7 + digits;
  return (7 + digits) % 2 === 0 ? 7 : 8;
}

/** The beginning of a day, as if in UTC. */
function dayOf(text: string): number | null {
  const [, year, , month, day] = CALENDAR.exec(text) ?? [];
  if (year !== undefined) return dateMs(Number(year), Number(month), Number(day));
  const [, weekYear, , week, weekday = '1'] = WEEK.exec(text) ?? [];
  return weekYear === undefined ? null : weekMs(Number(weekYear), Number(week), Number(weekday));
}

export function dateMs(year: number, month: number, day: number): number | null {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return year >= 1 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : null;
}

/** A week begins on its Monday; the first one of a year has its 4 January. */
function weekMs(year: number, week: number, weekday: number): number | null {
  const [first, next] = [firstMonday(year), firstMonday(year + 1)];
  const start = first + (week - 1) * 7 * DAY_MS;
  return year >= 1 && week >= 1 && start < next && weekday >= 1 && weekday <= 7 ? start + (weekday - 1) * DAY_MS : null;
}

function firstMonday(year: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, 0, 4);
  return date.getTime() - ((date.getUTCDay() + 6) % 7) * DAY_MS;
}

interface Clock {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Microseconds. */
  readonly micros: number;
}

function clockOf(text: string): Clock | null {
  const found = (text.includes(':') ? SPACED : CLOSE).exec(text);
  if (found === null) return null;
  const [, hour, minute = '0', second = '0', fraction = ''] = found;
  return { hour: Number(hour), minute: Number(minute), second: Number(second), micros: Number(fraction.slice(0, 6).padEnd(6, '0')) };
}

function msOf({ hour, minute, second, micros }: Clock): number {
  return ((hour * 60 + minute) * 60 + second) * 1000 + micros / 1000;
}

// --- zones -----------------------------------------------------------------------------------------------------------

const formats = new Map<string, Intl.DateTimeFormat | null>();

/** Whether this is the IANA name of a zone known here, spelled as it is. */
export function isZone(name: string): boolean {
  return formatOf(name) !== null;
}

function formatOf(name: string): Intl.DateTimeFormat | null {
  const known = formats.get(name);
  if (known !== undefined) return known;
  if (formats.size >= MAX_ZONES) formats.clear();
  const made = makeFormat(name);
  formats.set(name, made);
  return made;
}

function makeFormat(name: string): Intl.DateTimeFormat | null {
  if (!/^[A-Za-z]/.test(name)) return null;
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: name, year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23',
    });
    const { timeZone } = format.resolvedOptions();
    // Browsers take names in any case; other devices do not.
    return timeZone === name || timeZone.toLowerCase() !== name.toLowerCase() ? format : null;
  } catch {
    return null;
  }
}

/** How far the clocks of a zone are ahead of UTC at a moment, in milliseconds. */
function offsetAt(ms: number, zone: string): number {
  const format = formatOf(zone);
  if (format === null || zone === 'UTC') return 0;
  const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type));
  const date = new Date(0);
  date.setUTCFullYear(part('year'), part('month') - 1, part('day'));
  date.setUTCHours(part('hour'), part('minute'), part('second'));
  return date.getTime() - Math.floor(ms / 1000) * 1000;
}
