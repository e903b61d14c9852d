import type { VNode } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import type { Day } from '../../../client/vault.ts';
import { heatMap } from '../../../writing/insights.ts';
import { dayText, monthText } from '../../time.ts';
import { AsTable } from './AsTable.tsx';

const WEEKS = 53;
/** Units of the drawing: a cell, and from one to the next. */
const CELL = 10;
const STEP = 12.5;
const TOP = 16;
const LEFT = 26;
const WEEKDAYS = [[0, 'Mon'], [2, 'Wed'], [4, 'Fri']] as const;

/** One square for each day of a year, darker where more was written. */
export function HeatMap({ days, today }: { readonly days: readonly Day[]; readonly today: string }): VNode {
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const weeks = heatMap(days, today, WEEKS);
  const first = weeks[0]?.[0]?.day ?? today;
  // The latest weeks are the ones to see first where not all fit.
  useLayoutEffect(() => scroller.current?.scrollTo({ left: scroller.current.scrollWidth }), []);
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>The last year, day by day</h2>
      <div class="chart-scroll" ref={scroller} tabIndex={0} role="group" aria-labelledby={id}>
        <svg class="heat" viewBox={`0 0 ${LEFT + WEEKS * STEP} ${TOP + 7 * STEP}`} aria-hidden="true">
          {weeks.map((week, index) => (
            <g key={index} transform={`translate(${LEFT + index * STEP} ${TOP})`}>
              {beginsMonth(week, index) && <text y={-5}>{monthText(week[0]?.day.slice(0, 7) ?? '', 'short')}</text>}
              {week.map(({ day, words, level }, at) => (
                <rect key={day} y={at * STEP} width={CELL} height={CELL} rx={2} data-level={level}><title>{`${dayText(day)}: ${words} words`}</title></rect>
              ))}
            </g>
          ))}
          {WEEKDAYS.map(([at, name]) => <text key={name} x={0} y={TOP + at * STEP + CELL - 1.5}>{name}</text>)}
        </svg>
      </div>
      <AsTable
        title="Words and minutes by day" columns={['Day', 'Words', 'Minutes']}
        rows={days.filter(({ day }) => day >= first).map(({ day, words, seconds }) => [dayText(day), words, Math.round(seconds / 60)]).reverse()}
      />
    </section>
  );
}

/** The week in which a month begins has its name above it, where there is room for the name. */
function beginsMonth(week: readonly { readonly day: string }[], index: number): boolean {
  const day = Number(week[0]?.day.slice(8) ?? 0);
  if (index > WEEKS - 3) return false;
  return index === 0 ? day <= 14 : day >= 1 && day <= 7;
}
