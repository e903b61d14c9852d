import { dayOf, shownTime } from '../writing/days.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

const hours = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'long' });
const dayOfYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const dayWithYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
const longDay = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const longDayWithYear = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const calendarDay = new Intl.DateTimeFormat(undefined, { dateStyle: 'long', timeZone: 'UTC' });
const monthWithYear = new Intl.DateTimeFormat(undefined, { month: 'long', year: 'numeric', timeZone: 'UTC' });
const monthAlone = new Intl.DateTimeFormat(undefined, { month: 'short', timeZone: 'UTC' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' });

function midnight(time: number): number {
  return new Date(shownTime(time)).setHours(0, 0, 0, 0);
}

/** Whole calendar days from `time` to `now`; a changed clock (summer time) does not shift the count. */
function daysAgo(time: number, now: number): number {
  return Math.round((midnight(now) - midnight(time)) / DAY);
}

function sameYear(a: number, b: number): boolean {
  return new Date(shownTime(a)).getFullYear() === new Date(shownTime(b)).getFullYear();
}

/** How long ago, in as few words as do: "just now", "5 min ago", "14:05", "yesterday", "Tuesday", "4 Nov", "4 Nov 2024". */
export function relativeTime(time: number, now: number): string {
  const minutes = Math.floor((now - time) / MINUTE);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  const days = daysAgo(time, now);
  if (days <= 0) return hours.format(shownTime(time));
  if (days === 1) return 'yesterday';
  if (days < 7) return weekday.format(shownTime(time));
  return (sameYear(time, now) ? dayOfYear : dayWithYear).format(shownTime(time));
}

/** The heading over one day's messages. */
export function dayName(time: number, now: number): string {
  const days = daysAgo(time, now);
  if (days === 0) return 'Today';
  if (days === 1) return 'Yesterday';
  return (sameYear(time, now) ? longDay : longDayWithYear).format(shownTime(time));
}

export function clockTime(time: number): string {
  return hours.format(shownTime(time));
}

export function fullTime(time: number): string {
  return full.format(shownTime(time));
}

/** For the attribute of a `time` element. */
export function isoTime(time: number): string {
  return new Date(shownTime(time)).toISOString();
}

/** True when both times are on one calendar day here. */
export function sameDay(a: number, b: number): boolean {
  return midnight(a) === midnight(b);
}

/** A day `YYYY-MM-DD` in words. It is the writer's, whatever the zone. */
export function dayText(day: string): string {
  return calendarDay.format(Date.parse(day));
}

/** The day of the calendar here, `YYYY-MM-DD`. */
export function today(now: number): string {
  return dayOf(now, Intl.DateTimeFormat().resolvedOptions().timeZone);
}

/** A month `YYYY-MM` in words. */
export function monthText(month: string, form: 'long' | 'short' = 'long'): string {
  return (form === 'long' ? monthWithYear : monthAlone).format(Date.parse(`${month}-01`));
}
