import type { VNode } from 'preact';
import { useId } from 'preact/hooks';
import { AsTable } from './AsTable.tsx';

export interface Bar {
  readonly name: string;
  readonly value: number;
}

interface BarChartProps {
  readonly title: string;
  /** In the plural. */
  readonly unit: string;
  /** Earliest first. */
  readonly bars: readonly Bar[];
}

/** Units of the drawing. */
const WIDTH = 640;
const HEIGHT = 150;
const TOP = 18;
const FOOT = 20;
const WIDEST = 40;

/** Upright bars, the value above each. */
export function BarChart({ title, unit, bars }: BarChartProps): VNode {
  const id = useId();
  const most = Math.max(1, ...bars.map(({ value }) => value));
  const step = WIDTH / Math.max(bars.length, 6);
  const width = Math.min(WIDEST, step * 0.62);
  const floor = HEIGHT - FOOT;
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <svg class="bars" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
        <line x1={0} x2={WIDTH} y1={floor} y2={floor} />
        {bars.map(({ name, value }, index) => {
          const height = (value / most) * (floor - TOP);
          const middle = (index + 0.5) * step;
          return (
            <g key={name}>
              <rect x={middle - width / 2} y={floor - height} width={width} height={height} rx={Math.min(2, height / 2)}><title>{`${name}: ${value.toLocaleString()} ${unit}`}</title></rect>
              {value > 0 && <text x={middle} y={floor - height - 5}>{compact.format(value)}</text>}
              <text class="bar-name" x={middle} y={HEIGHT - 5}>{name.slice(0, 3)}</text>
            </g>
          );
        })}
      </svg>
      <AsTable title={title} columns={['Month', unit.charAt(0).toUpperCase() + unit.slice(1)]} rows={bars.map(({ name, value }) => [name, value])} />
    </section>
  );
}

const compact = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });
