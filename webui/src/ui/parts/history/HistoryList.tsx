import type { RefObject, VNode } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { SessionSummary } from '../../../client/vault.ts';
import { layoutOf, rowsOf, type Row } from '../../../writing/history.ts';
import type { History } from '../../state/history.ts';
import { useStore } from '../../state/store.ts';
import { useReading } from '../../state/useNow.ts';
import { trashing } from './actions.ts';
import { SessionRow, type RowEvents } from './SessionRow.tsx';
import { heights, reveal, useWindow } from './window.ts';

interface HistoryListProps {
  readonly history: History;
  readonly scroller: RefObject<HTMLElement | null>;
  /** The session on the page. */
  readonly current: string | null | undefined;
  readonly onOpen: (id: string) => void;
  readonly onMenu: (session: SessionSummary, anchor: HTMLElement) => void;
  /** The arrow up, on the first row. */
  readonly onAbove: () => void;
}

const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The sessions that the filter lets through, by day. Only the rows near what is in sight are in the page. */
export function HistoryList({ history, scroller, current, onOpen, onMenu, onAbove }: HistoryListProps): VNode {
  const { desk } = history;
  const sessions = useStore(desk.view, (view) => view.sessions);
  const notebooks = useStore(desk.view, (view) => view.notebooks);
  const drafts = useStore(desk.view, (view) => view.drafts);
  const filter = useStore(history.view, (view) => view.filter);
  const selected = useStore(history.view, (view) => view.selected);
  const now = useReading(() => desk.vault.now(), 15_000);
  const list = useRef<HTMLUListElement>(null);
  const rows = useMemo(() => rowsOf(sessions, filter, zone), [sessions, filter]);
  const layout = useMemo(() => layoutOf(rows, heights()), [rows]);
  const places = useMemo(() => placesOf(rows), [rows]);
  const positions = useMemo(() => positionsOf(rows), [rows]);
  const byId = useMemo(() => new Map(notebooks.map((notebook) => [notebook.id, notebook])), [notebooks]);
  const { from, to } = useWindow(scroller, list, layout);
  const { active, focus, note } = useRoving(rows, places, current, (index) => {
    if (scroller.current !== null && list.current !== null) reveal(scroller.current, list.current, layout.tops[topRow(rows, index)] ?? 0, layout.tops[index + 1] ?? 0);
  }, list);

  const order = (): string[] => rows.flatMap((row) => (row.kind === 'session' ? [row.key] : []));
  const events: RowEvents = {
    onMenu,
    onFocus: note,
    onChoose: (session, event) => {
      if (event.shiftKey) history.extend(session.id, order());
      else if (selected !== null || event.ctrlKey || event.metaKey) history.toggle(session.id);
      else onOpen(session.id);
    },
    onKey: (session, event) => {
      const index = places.get(session.id) ?? 0;
      const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / heights().session) - 1);
      const target = walkTo(rows, index, event.key, page);
      if (target === null && event.key === 'ArrowUp') onAbove();
      else if (target !== null) {
        if (event.shiftKey && target.kind === 'session') history.extend(session.id, order());
        focus(target.key);
        if (event.shiftKey) history.extend(target.key, order());
      } else if ((event.ctrlKey || event.metaKey) && event.key === 'a') history.select(order());
      else if (event.key === 'Escape' && selected !== null) history.selectNone();
      else if (event.key === 'F2') history.ask('rename', [session.id]);
      else if (event.key === 'Delete') trashing(history, chosen(selected, session, sessions)).run();
      else return;
      event.preventDefault();
    },
  };
  const shown = indices(from, Math.min(to, rows.length), active === null ? undefined : places.get(active));
  const total = places.size;
  return (
    <ul class="history-list" ref={list} role="list" aria-label="Sessions" style={{ blockSize: `${layout.height}px` }}>
      {shown.map((index) => {
        const row = rows[index];
        if (row?.kind !== 'session') return null;
        const { session } = row;
        const group = rows[index - 1];
        return (
          <SessionRow
            key={row.key} session={session} group={group?.kind === 'group' ? group : null} top={layout.tops[topRow(rows, index)] ?? 0} now={now}
            position={positions[index] ?? 0} total={total} notebook={byId.get(session.notebookId ?? '') ?? null} standing={desk.standing(session)}
            isCurrent={session.id === current} isActive={session.id === active} hasDraft={session.id !== current && drafts.has(session.id)}
            isSelected={selected === null ? null : selected.has(session.id)} events={events}
          />
        );
      })}
    </ul>
  );
}

interface Roving {
  /** The id of the one row that Tab leads to. */
  readonly active: string | null;
  /** Brings a row into sight and the focus onto it. */
  readonly focus: (id: string) => void;
  readonly note: (id: string) => void;
}

/** One row takes the focus for all. When it goes, as into the trash, the focus goes to the one that takes its place. */
function useRoving(
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
function walkTo(rows: readonly Row[], index: number, key: string, page: number): Row | null {
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

/** A row begins with the heading of its group where it is the first of it. */
function topRow(rows: readonly Row[], index: number): number {
  return rows[index - 1]?.kind === 'group' ? index - 1 : index;
}

/** By row: which of the sessions it is, counted from 1. */
function positionsOf(rows: readonly Row[]): Uint32Array {
  let count = 0;
  return Uint32Array.from(rows, ({ kind }) => (kind === 'session' ? ++count : 0));
}

function placesOf(rows: readonly Row[]): ReadonlyMap<string, number> {
  return new Map(rows.flatMap(({ kind, key }, index) => (kind === 'session' ? [[key, index] as const] : [])));
}

function indices(from: number, to: number, also: number | undefined): number[] {
  const all = Array.from({ length: Math.max(0, to - from) }, (_, offset) => from + offset);
  if (also === undefined || (also >= from && also < to)) return all;
  return also < from ? [also, ...all] : [...all, also];
}

function chosen(selected: ReadonlySet<string> | null, session: SessionSummary, sessions: readonly SessionSummary[]): SessionSummary[] {
  return selected?.has(session.id) === true ? sessions.filter(({ id }) => selected.has(id)) : [session];
}
