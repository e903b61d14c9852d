import type { VNode } from 'preact';
import { useId } from 'preact/hooks';
import type { Colour } from '../../../client/vault.ts';
import type { Sum } from '../../../writing/insights.ts';
import { AsTable } from './AsTable.tsx';

interface RankingProps {
  readonly title: string;
  /** What is ranked. */
  readonly name: string;
  readonly rows: readonly (Sum & { readonly name: string; readonly colour: Colour | null })[];
}

const SHOWN = 12;

/** Lying bars in words, each with its name before it. */
export function Ranking({ title, name, rows }: RankingProps): VNode {
  const id = useId();
  const most = Math.max(1, ...rows.map(({ words }) => words));
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <ul class="ranking" aria-hidden="true">
        {rows.slice(0, SHOWN).map((row) => (
          <li key={row.name}>
            <span class="ranking-name" dir="auto">{row.name}</span>
            <svg class={row.colour === null ? 'ranking-bar' : `ranking-bar tint-${row.colour}`} viewBox="0 0 100 4" preserveAspectRatio="none"><rect width={Math.max(0.5, (row.words / most) * 100)} height={4} /></svg>
            <span class="small soft">{row.words.toLocaleString()}</span>
          </li>
        ))}
      </ul>
      <AsTable title={title} columns={[name, 'Words', 'Minutes', 'Sessions']} rows={rows.map((row) => [row.name, row.words, Math.round(row.seconds / 60), row.sessions])} />
    </section>
  );
}
