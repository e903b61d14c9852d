/** Calendar days as `YYYY-MM-DD`, which sort as text. */

const DAY_MS = 86_400_000;
/** Offsets of zones are multiples of it (since 1972), so all moments of one quarter of an hour are of one day. */
const QUARTER_MS = 900_000;
const MAX_KEPT = 100_000;
/** The latest moment that a `Date` has; payloads may say later ones. */
export const MAX_DATE_MS = 8.64e15;
/** The years 1 to 9999, without a day at either end, so that no zone leads out of them. */
const [FIRST_SHOWN_MS, LAST_SHOWN_MS] = [-62_135_510_400_000, 253_402_214_399_999];

type Known = { readonly format: Intl.DateTimeFormat; readonly days: Map<number, string> };
const zones = new Map<string, Known>();

/** The moment to show for one that a payload says, which may be any number. */
export function shownTime(at: number): number {
  return Math.min(Math.max(at, FIRST_SHOWN_MS), LAST_SHOWN_MS);
}

/** The day of a moment (milliseconds) in an IANA zone; in UTC when the zone is not known here. */
export function dayOf(moment: number, zone: string): string {
  const at = Math.min(Math.max(moment, -MAX_DATE_MS), MAX_DATE_MS);
  let known = zones.get(zone);
  if (known === undefined) {
    known = { format: formatOf(zone), days: new Map() };
    zones.set(zone, known);
  }
  const quarter = Math.floor(at / QUARTER_MS);
  let day = known.days.get(quarter);
  if (day === undefined) {
    if (known.days.size >= MAX_KEPT) known.days.clear();
    // A year has four digits, also an early one.
    day = known.format.format(at).padStart(10, '0');
    known.days.set(quarter, day);
  }
  return day;
}

/** The day so many days later. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
}

/** 0 for Monday to 6 for Sunday. */
export function weekday(day: string): number {
  return (new Date(Date.parse(day)).getUTCDay() + 6) % 7;
}

/** Whether a text is a day of the calendar, `YYYY-MM-DD`; the calendar begins with the year 1. */
export function isDay(text: string): boolean {
  if (!/^(?!0000)\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const at = Date.parse(text);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const fields = { calendar: 'iso8601', numberingSystem: 'latn', year: 'numeric', month: '2-digit', day: '2-digit' } as const;
  try {
    return new Intl.DateTimeFormat('sv-SE', { ...fields, timeZone: zone });
  } catch {
    return new Intl.DateTimeFormat('sv-SE', { ...fields, timeZone: 'UTC' });
  }
}
