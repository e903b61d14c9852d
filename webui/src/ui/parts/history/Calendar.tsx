import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { addDays, weekday } from '../../../writing/days.ts';
import { counted } from '../notebooks/labels.ts';
import { Icon } from '../Icon.tsx';

interface CalendarProps {
  /** Days written, each with its number of sessions. */
  readonly days: ReadonlyMap<string, number>;
  /** `YYYY-MM-DD` */
  readonly chosen: string | null;
  readonly now: number;
  readonly onChoose: (day: string | null) => void;
}

const utc = { timeZone: 'UTC' } as const;
const monthFormat = new Intl.DateTimeFormat(undefined, { ...utc, month: 'long', year: 'numeric' });
const dayFormat = new Intl.DateTimeFormat(undefined, { ...utc, day: 'numeric', month: 'long', year: 'numeric' });
const weekdayFormats = (['narrow', 'long'] as const).map((style) => new Intl.DateTimeFormat(undefined, { ...utc, weekday: style }));
/** A week that begins on a Monday. */
const WEEK = Array.from({ length: 7 }, (_, index) => Date.parse(`2024-01-0${index + 1}`));

export function dayLabel(day: string): string {
  return dayFormat.format(Date.parse(day));
}

/** One month; the days written can be chosen. */
export function Calendar({ days, chosen, now, onChoose }: CalendarProps): VNode {
  const [month, setMonth] = useState((chosen ?? latest(days) ?? localDay(now)).slice(0, 7));
  const written = [...days.keys()].filter((day) => day.startsWith(month));
  const first = `${month}-01`;
  const start = addDays(first, -weekday(first));
  const weeks = Array.from({ length: Math.ceil((weekday(first) + lengthOf(month)) / 7) }, (_, week) => Array.from({ length: 7 }, (_unused, day) => addDays(start, week * 7 + day)));
  const tabDay = chosen?.startsWith(month) === true ? chosen : written.sort()[0];
  return (
    <div class="calendar">
      <div class="calendar-top">
        <button type="button" class="button button-quiet button-icon" aria-label="Month before" onClick={() => setMonth(addDays(first, -1).slice(0, 7))}><Icon name="back" /></button>
        <span aria-live="polite">{monthFormat.format(Date.parse(first))}</span>
        <button type="button" class="button button-quiet button-icon" aria-label="Month after" onClick={() => setMonth(addDays(first, 31).slice(0, 7))}><Icon name="forth" /></button>
      </div>
      <table aria-label="Days written" onKeyDown={walkDays}>
        <thead><tr>{WEEK.map((day) => <th key={day} scope="col" abbr={weekdayFormats[1]?.format(day)}>{weekdayFormats[0]?.format(day)}</th>)}</tr></thead>
        <tbody>
          {weeks.map((week) => (
            <tr key={week[0]}>
              {week.map((day) => (
                <td key={day}>
                  {day.startsWith(month) && <CalendarDay day={day} count={days.get(day) ?? 0} isChosen={day === chosen} isTab={day === tabDay} onChoose={onChoose} />}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface CalendarDayProps {
  readonly day: string;
  readonly count: number;
  readonly isChosen: boolean;
  readonly isTab: boolean;
  readonly onChoose: (day: string | null) => void;
}

function CalendarDay({ day, count, isChosen, isTab, onChoose }: CalendarDayProps): VNode {
  const number = Number(day.slice(8));
  if (count === 0 && !isChosen) return <span>{number}</span>;
  return (
    <button type="button" aria-pressed={isChosen} tabIndex={isTab ? 0 : -1} aria-label={`${dayLabel(day)}, ${counted(count, 'session')}`} onClick={() => onChoose(isChosen ? null : day)}>
      {number}
    </button>
  );
}

/** Arrow keys go from one day written to the next. */
function walkDays(event: KeyboardEvent): void {
  if (!(event.currentTarget instanceof HTMLElement)) return;
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('button')];
  const here = items.findIndex((item) => item === document.activeElement);
  const steps: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  const step = steps[event.key];
  if (step === undefined) return;
  event.preventDefault();
  items[here + step]?.focus();
}

function lengthOf(month: string): number {
  return Number(addDays(`${addDays(`${month}-01`, 31).slice(0, 7)}-01`, -1).slice(8));
}

function latest(days: ReadonlyMap<string, number>): string | undefined {
  return [...days.keys()].sort().at(-1);
}

function localDay(at: number): string {
  const date = new Date(at);
  return new Date(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate())).toISOString().slice(0, 10);
}
