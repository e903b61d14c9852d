import type { RefObject, VNode } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import type { SessionSummary } from '../../../client/vault.ts';
import { layoutOf, rowsOf, type Row } from '../../../writing/history.ts';
import type { History } from '../../state/history.ts';
import { useStore } from '../../state/store.ts';
import { useTick } from '../../state/useNow.ts';
import { trashing } from './actions.ts';
import { useRoving, walkTo } from './roving.ts';
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
  const now = useTick(desk);
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

  const pageSize = (): number => Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / heights().session) - 1);
  const events: RowEvents = {
    onMenu,
    onFocus: note,
    onChoose: (session, event) => {
      if (event.shiftKey) history.extend(session.id, orderOf(rows));
      else if (selected !== null || event.ctrlKey || event.metaKey) history.toggle(session.id);
      else onOpen(session.id);
    },
    onKey: (session, event) => {
      const target = walkTo(rows, places.get(session.id) ?? 0, event.key, pageSize());
      if (target === null && event.key === 'ArrowUp') onAbove();
      else if (target === null && !act(history, rows, session, event)) return;
      event.preventDefault();
      if (target === null) return;
      if (event.shiftKey) for (const id of [session.id, target.key]) history.extend(id, orderOf(rows));
      focus(target.key);
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

function orderOf(rows: readonly Row[]): string[] {
  return rows.flatMap((row) => (row.kind === 'session' ? [row.key] : []));
}

/** What the keys do that do not walk; whether this was one of them. */
function act(history: History, rows: readonly Row[], session: SessionSummary, event: KeyboardEvent): boolean {
  const { selected } = history.view.value;
  if ((event.ctrlKey || event.metaKey) && event.key === 'a') history.select(orderOf(rows));
  else if (event.key === 'Escape' && selected !== null) history.selectNone();
  else if (event.key === 'F2') history.ask('rename', [session.id]);
  else if (event.key === 'Delete' && session.trashedAt === null) trashing(history, chosen(history, session)).run();
  else return false;
  return true;
}

/** All that are chosen, where the session is one of them. */
function chosen(history: History, session: SessionSummary): SessionSummary[] {
  const { selected } = history.view.value;
  return selected?.has(session.id) === true ? history.desk.view.value.sessions.filter(({ id }) => selected.has(id)) : [session];
}
