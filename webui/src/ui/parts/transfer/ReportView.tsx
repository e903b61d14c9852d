import type { VNode } from 'preact';
import type { Report, ReportLine, Sums } from '../../../transfer/report.ts';
import { counted } from '../notebooks/labels.ts';
import { doubtText, exampleText, KINDS, OUTCOMES, PLANNED, shortened } from './words.ts';

/** Of each list; the file of the report has all that was kept. */
const LISTED = 100;
/** Of each doubt. */
const SHOWN = 3;

interface ReportViewProps {
  readonly report: Report;
  /** What would become of it, and not what did. */
  readonly isPreview?: boolean;
}

/** Sums by kind, what was not simply taken in and why, and what is doubtful. */
export function ReportView({ report, isPreview = false }: ReportViewProps): VNode {
  const { items, moreItems, doubts, leftOut } = report;
  return (
    <>
      <SumsTable report={report} isPreview={isPreview} />
      {doubts.length > 0 && (
        <section class="report-part">
          <h3>Uncertain</h3>
          <ul class="report-list">
            {doubts.map(({ doubt, count, examples }) => (
              <li key={doubt}>
                <span>{doubtText(doubt, count, report)}</span>
                {examples.length > 0 && <Examples of={examples.slice(0, SHOWN).map((name) => exampleText(doubt, name, report))} />}
              </li>
            ))}
          </ul>
        </section>
      )}
      {items.length > 0 && <Lines items={items} more={moreItems} isPreview={isPreview} />}
      {leftOut.length > 0 && (
        <details class="folded">
          <summary>{counted(leftOut.length, 'link or special file, never read', 'links or special files, never read')}</summary>
          <ul class="outcomes" tabIndex={0}>{leftOut.slice(0, LISTED).map((name) => <li key={name} dir="auto">{name}</li>)}</ul>
        </details>
      )}
    </>
  );
}

/** In one line or two; of long ones the beginning, and all of them where that is unfolded. */
function Examples({ of: all }: { readonly of: readonly string[] }): VNode {
  const short = all.map(shortened);
  const text = `Such as ${short.map((name) => `“${name}”`).join(', ')}`;
  if (short.every((name, index) => name === all[index])) return <span class="small soft" dir="auto">{text}</span>;
  return (
    <details class="folded">
      <summary dir="auto">{text}</summary>
      <ul class="outcomes" tabIndex={0}>{all.map((name, index) => <li key={index} dir="auto">{name}</li>)}</ul>
    </details>
  );
}

function SumsTable({ report: { counts }, isPreview }: { readonly report: Report; readonly isPreview: boolean }): VNode {
  const rows = Object.entries(KINDS).flatMap(([kind, name]) => {
    const sums = counts[kind];
    return sums === undefined || sums.read === 0 ? [] : [[name, sums] as const];
  });
  if (rows.length === 0) return <p>There is nothing in it.</p>;
  return (
    <div class="table-frame">
      <table class="sums">
        <caption class="visually-hidden">{isPreview ? 'What would become of it' : 'What became of it'}</caption>
        <thead>
          <tr><td /><th scope="col">Read</th><th scope="col">{isPreview ? 'New' : 'Taken in'}</th><th scope="col">There already</th><th scope="col">Left out</th></tr>
        </thead>
        <tbody>{rows.map(([name, sums]) => <SumsRow key={name} name={name} sums={sums} />)}</tbody>
      </table>
    </div>
  );
}

function SumsRow({ name, sums: { read, created, duplicate, skipped } }: { readonly name: string; readonly sums: Sums }): VNode {
  return (
    <tr>
      <th scope="row">{name}</th>
      {[read, created, duplicate, skipped].map((count, index) => <td key={index} class={count === 0 ? 'soft' : undefined}>{count.toLocaleString()}</td>)}
    </tr>
  );
}

interface LinesProps {
  readonly items: readonly ReportLine[];
  readonly more: number;
  readonly isPreview: boolean;
}

function Lines({ items, more, isPreview }: LinesProps): VNode {
  const left = items.length - LISTED + more;
  return (
    <details class="folded" open={items.length + more <= 5}>
      <summary>{counted(items.length + more, 'item that is', 'items that are')} {isPreview ? 'not simply new' : 'not simply taken in'}</summary>
      <ul class="outcomes" tabIndex={0}>
        {items.slice(0, LISTED).map(({ kind, name, outcome, reason }, index) => (
          <li key={index}>
            <span dir="auto">{name === '' ? `Untitled (${kind})` : name}</span>
            <span class="small soft">{(isPreview ? PLANNED : OUTCOMES)[outcome]}{reason !== '' && `: ${reason}`}.</span>
          </li>
        ))}
      </ul>
      {left > 0 && <p class="small soft">And {left.toLocaleString()} more.</p>}
    </details>
  );
}
