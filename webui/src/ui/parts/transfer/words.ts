/** How the page calls what a report says. */
import { firstPoints, points } from '../../../transfer/code-points.ts';
import { READERS } from '../../../transfer/importing.ts';
import type { Doubt, Outcome, Report, State } from '../../../transfer/report.ts';

/** Code points of an example. */
const MAX_SHOWN = 60;

/** In the order of the table. */
export const KINDS: Readonly<Record<string, string>> = {
  notebook: 'Notebooks', session: 'Sessions', message: 'Messages', template: 'Templates', settings: 'Settings', record: 'Other records',
};

export const OUTCOMES: Readonly<Record<Outcome, string>> = {
  created: 'Taken in', copied: 'Taken in as a copy', replaced: 'Taken in; the other is in the trash', continued: 'Gone on with',
  duplicate: 'There already', skipped: 'Left out',
};

/** Of what is not done yet. */
export const PLANNED: Readonly<Record<Outcome, string>> = {
  ...OUTCOMES, created: 'New', copied: 'To be taken in as a copy', replaced: 'To be taken in; the other goes into the trash', continued: 'To be gone on with',
};

/** Of a report that was broken off nobody could note how it ended. */
export const STATES: Readonly<Record<State, string>> = { done: 'Done', cancelled: 'Stopped', failed: 'Failed', running: 'Broken off' };

export function readerTitle(name: string): string {
  return READERS.find((reader) => reader.name === name)?.title ?? name;
}

/** "12 times have no time zone and are read as UTC". */
export function doubtText(doubt: Doubt, count: number, { zone }: Pick<Report, 'zone'>): string {
  const [one, many] = DOUBTS[doubt];
  return `${count.toLocaleString()} ${(count === 1 ? one : many).replace('ZONE', zone)}`;
}

/** An example, without the zone that is said already. */
export function exampleText(doubt: Doubt, example: string, { zone }: Pick<Report, 'zone'>): string {
  return doubt === 'zone_missing' && example.endsWith(`: ${zone}`) ? example.slice(0, -zone.length - 2) : example;
}

/** The beginning of a text that is long. */
export function shortened(text: string): string {
  return points(text) <= MAX_SHOWN ? text : `${firstPoints(text, MAX_SHOWN).trimEnd()}…`;
}

const DOUBTS: Readonly<Record<Doubt, readonly [one: string, many: string]>> = {
  zone_missing: ['time has no time zone and is read as ZONE', 'times have no time zone and are read as ZONE'],
  time_missing: ['item has no time of its own', 'items have no time of their own'],
  time_ambiguous: ['time is at an hour that summer time skips or has twice', 'times are at an hour that summer time skips or has twice'],
  cut: ['text is too long for its place; it is whole in what is kept of the source', 'texts are too long for their place; they are whole in what is kept of the source'],
  split: ['text is so long that it becomes several messages', 'texts are so long that they become several messages'],
  repaired: ['text has half a character, which is replaced', 'texts have half a character, which is replaced'],
  unknown_part: ['part is of a kind that is not known; it is kept with the source', 'parts are of a kind that is not known; they are kept with the source'],
  file_left_out: ['item has files with it (pictures, sound and others) that are not taken over', 'items have files with them (pictures, sound and others) that are not taken over'],
  missing_there: ['thing is missing in the source itself', 'things are missing in the source itself'],
};

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
