import type { VNode } from 'preact';

interface AsTableProps {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** The numbers of a chart, for whoever would rather read them, or cannot see the chart. */
export function AsTable({ title, columns, rows }: AsTableProps): VNode {
  return (
    <details class="folded">
      <summary>As a table</summary>
      <table>
        <caption class="visually-hidden">{title}</caption>
        <thead><tr>{columns.map((name) => <th key={name} scope="col">{name}</th>)}</tr></thead>
        <tbody>
          {rows.map(([first, ...rest], index) => (
            <tr key={index}><th scope="row" dir="auto">{first}</th>{rest.map((value, at) => <td key={at}>{value.toLocaleString()}</td>)}</tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
