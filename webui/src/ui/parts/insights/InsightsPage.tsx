import type { VNode } from 'preact';
import type { Notebook } from '../../../client/vault.ts';
import { byMonth, insightsOf, type Insights } from '../../../writing/insights.ts';
import { deviceNow } from '../../state/clock.ts';
import type { Desk } from '../../state/desk.ts';
import { useStore } from '../../state/store.ts';
import { monthText, today as todayOf } from '../../time.ts';
import { counted } from '../notebooks/labels.ts';
import { ScreenFrame } from '../ScreenFrame.tsx';
import { BarChart, type Bar } from './BarChart.tsx';
import { HeatMap } from './HeatMap.tsx';
import { Ranking } from './Ranking.tsx';

const MONTHS = 12;

/** What was written when. Counted on this device, from what the sessions say of themselves; nothing of it leaves the page. */
export function InsightsPage({ desk, onMenu }: { readonly desk: Desk; readonly onMenu: () => void }): VNode {
  const sessions = useStore(desk.view, (view) => view.sessions);
  const notebooks = useStore(desk.view, (view) => view.notebooks);
  const today = todayOf(deviceNow());
  const insights = insightsOf(sessions, notebooks, today);
  return (
    <ScreenFrame desk={desk} title="Insights" onMenu={onMenu}>
      <p class="soft">Counted on this device only. Sessions in the trash do not count.</p>
      {insights.days.length === 0
        ? <p>There is nothing to count yet. Write something, and look again.</p>
        : <Charts insights={insights} notebooks={notebooks} today={today} />}
    </ScreenFrame>
  );
}

interface ChartsProps {
  readonly insights: Insights;
  readonly notebooks: readonly Notebook[];
  readonly today: string;
}

function Charts({ insights, notebooks, today }: ChartsProps): VNode {
  const { days, byNotebook, byPhase } = insights;
  const months = byMonth(days, today).slice(-MONTHS);
  const words: Bar[] = months.map(({ month, words: value }) => ({ name: monthText(month), value }));
  const minutes: Bar[] = months.map(({ month, seconds }) => ({ name: monthText(month), value: Math.round(seconds / 60) }));
  const titles = new Map(notebooks.map(({ id, title }) => [id, title]));
  const titleOf = (id: string | null): string => (id === null ? 'No notebook' : titles.get(id) ?? 'No notebook');
  const colours = new Map(notebooks.map(({ id, colour }) => [id, colour]));
  const colourOf = (id: string | null) => (id === null ? null : colours.get(id) ?? null);
  return (
    <>
      <Totals insights={insights} />
      <HeatMap days={days} today={today} />
      <BarChart title="Words by month" unit="words" bars={words} />
      {minutes.some(({ value }) => value > 0) && <BarChart title="Minutes by month" unit="minutes" bars={minutes} />}
      <Ranking title="By notebook" name="Notebook" rows={byNotebook.map((sum) => ({ ...sum, name: titleOf(sum.notebookId), colour: colourOf(sum.notebookId) }))} />
      {byPhase.length > 0 && <Ranking title="By phase" name="Phase" rows={byPhase.map((sum) => ({ ...sum, name: `${titleOf(sum.notebookId)}, phase ${sum.phase}`, colour: colourOf(sum.notebookId) }))} />}
    </>
  );
}

function Totals({ insights: { total, streak, days } }: { readonly insights: Insights }): VNode {
  const minutes = Math.round(total.seconds / 60);
  return (
    <dl class="totals">
      <div><dd>{total.words.toLocaleString()}</dd><dt>{total.words === 1 ? 'word' : 'words'}</dt></div>
      {minutes > 0 && <div><dd>{minutes.toLocaleString()}</dd><dt>{minutes === 1 ? 'minute' : 'minutes'}</dt></div>}
      <div><dd>{days.length.toLocaleString()}</dd><dt>{days.length === 1 ? 'day written' : 'days written'}</dt></div>
      <div><dd>{counted(streak.current, 'day')}</dd><dt>in a row now</dt></div>
      <div><dd>{counted(streak.longest, 'day')}</dd><dt>the longest row</dt></div>
    </dl>
  );
}
