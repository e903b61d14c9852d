import type { RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';
import { rowsBetween, type Heights, type Layout } from '../../../writing/history.ts';

/** Rows drawn beyond what is in sight; the range moves in such steps as well, so that not every pixel draws anew. */
const SPARE = 8;

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The rows to draw of a long list. `list` stands in `scroller`, which is its offset parent. */
export function useWindow(scroller: RefObject<HTMLElement | null>, list: RefObject<HTMLElement | null>, layout: Layout): Range {
  const [range, setRange] = useState<Range>({ from: 0, to: 40 });
  useLayoutEffect(() => {
    const box = scroller.current;
    if (box === null) return undefined;
    const measure = (): void => {
      const top = box.scrollTop - (list.current?.offsetTop ?? 0);
      const { from, to } = rowsBetween(layout, top, top + box.clientHeight, SPARE);
      const next = { from: from - (from % SPARE), to: to + SPARE - (to % SPARE) };
      setRange((old) => (old.from === next.from && old.to === next.to ? old : next));
    };
    measure();
    const watcher = new ResizeObserver(measure);
    watcher.observe(box);
    box.addEventListener('scroll', measure, { passive: true });
    return () => {
      watcher.disconnect();
      box.removeEventListener('scroll', measure);
    };
  }, [layout]);
  return range;
}

/** As styles/history.css has them, in pixels: both grow with the text size that the reader has chosen. */
export function heights(): Heights {
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return { group: 2.25 * rem, session: 5 * rem };
}

/** Scrolls by as little as brings a row into sight, its group's heading with it. */
export function reveal(scroller: HTMLElement, list: HTMLElement, top: number, bottom: number): void {
  const [first, last] = [list.offsetTop + top, list.offsetTop + bottom];
  if (first < scroller.scrollTop) scroller.scrollTop = first;
  else if (last > scroller.scrollTop + scroller.clientHeight) scroller.scrollTop = last - scroller.clientHeight;
}
