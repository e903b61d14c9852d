import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Row } from '../../../writing/history.ts';

export interface Roving {
  /** The id of the one row that Tab leads to. */
  readonly active: string | null;
  /** Brings a row into sight and the focus onto it. */
  readonly focus: (id: string) => void;
  readonly note: (id: string) => void;
}

/** One row takes the focus for all. When it goes, as into the trash, the focus goes to the one that takes its place. */
export function useRoving(
  rows: readonly Row[], places: ReadonlyMap<string, number>, current: string | null | undefined, bring: (index: number) => void,
  list: RefObject<HTMLElement | null>,
): Roving {
  const [wanted, want] = useState<string | null>(null);
  const last = useRef({ isInside: false, isAsked: false });
  const before = useRef(rows);
  const first = rows[1]?.key ?? null;
  const start = current !== null && current !== undefined && places.has(current) ? current : first;
  const active = wanted !== null && places.has(wanted) ? wanted : start;
  useEffect(() => {
    const onFocus = (event: FocusEvent): void => {
      last.current.isInside = event.target instanceof Node && list.current?.contains(event.target) === true;
    };
    document.addEventListener('focusin', onFocus);
    return () => document.removeEventListener('focusin', onFocus);
  }, []);
  const focus = (id: string): void => {
    last.current.isAsked = true;
    bring(places.get(id) ?? 0);
    want(id);
    if (id === active) focusActive(list.current, last.current);
  };
  useLayoutEffect(() => {
    const isGone = wanted !== null && !places.has(wanted);
    if (isGone && last.current.isInside && document.activeElement === document.body) {
      const at = before.current.findIndex(({ key }) => key === wanted);
      const next = before.current.slice(at).find(({ key }) => places.has(key)) ?? before.current.slice(0, at).findLast(({ key }) => places.has(key));
      if (next !== undefined) focus(next.key);
      else document.querySelector<HTMLElement>('#search')?.focus();
    } else if (last.current.isAsked) focusActive(list.current, last.current);
    before.current = rows;
  }, [rows, wanted]);
  return { active, focus, note: want };
}

function focusActive(list: HTMLElement | null, last: { isAsked: boolean }): void {
  last.isAsked = false;
  list?.querySelector<HTMLElement>('.shelf-item[tabindex="0"]')?.focus({ preventScroll: true });
}

/** The session to go to from a row by a key; null when the key leads nowhere. */
export function walkTo(rows: readonly Row[], index: number, key: string, page: number): Row | null {
  const targets: Record<string, readonly [number, 1 | -1]> = {
    ArrowDown: [index + 1, 1], ArrowUp: [index - 1, -1], PageDown: [Math.min(index + page, rows.length - 1), -1],
    PageUp: [Math.max(index - page, 0), 1], Home: [0, 1], End: [rows.length - 1, -1],
  };
  const target = targets[key];
  if (target === undefined) return null;
  let [at] = target;
  while (rows[at]?.kind === 'group') at += target[1];
  return rows[at] ?? null;
}
