import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import type { SessionSummary } from '../../../client/vault.ts';
import { sessionsFor } from '../../../writing/history.ts';
import type { History } from '../../state/history.ts';
import { useStore } from '../../state/store.ts';
import { actionsFor, archiving, pinning, trashing } from './actions.ts';

interface BulkBarProps {
  readonly history: History;
  readonly onMore: (sessions: readonly SessionSummary[], anchor: HTMLElement) => void;
}

/** While several sessions are being chosen: how many, and what can be done with them. */
export function BulkBar({ history, onMore }: BulkBarProps): VNode | null {
  const selected = useStore(history.view, (view) => view.selected);
  const progress = useStore(history.view, (view) => view.progress);
  const filter = useStore(history.view, (view) => view.filter);
  const sessions = useStore(history.desk.view, (view) => view.sessions);
  const chosen = useMemo(() => sessions.filter(({ id }) => selected?.has(id)), [sessions, selected]);
  const shown = useMemo(() => (selected === null ? [] : sessionsFor(sessions, filter)), [sessions, filter, selected === null]);
  if (selected === null) return null;
  const isTrash = filter.shelf === 'trash';
  const direct = chosen.length === 0 ? [] : isTrash ? [trashing(history, chosen)] : [pinning(history, chosen), archiving(history, chosen), trashing(history, chosen)];
  return (
    <div class="bulk" role="toolbar" aria-label="Chosen sessions" onKeyDown={walkBar}>
      <div class="bulk-top">
        <p role="status">{chosen.length === 0 ? 'Choose sessions' : `${chosen.length.toLocaleString()} chosen`}</p>
        {chosen.length < shown.length && <button type="button" class="button button-text" onClick={() => history.select(shown.map(({ id }) => id))}>All {shown.length.toLocaleString()}</button>}
        <button type="button" class="button button-text" onClick={() => history.selectNone()}>Done</button>
      </div>
      {chosen.length === 1 && !isTrash && <p class="soft small">Choose another one to merge the two, or more to change them together.</p>}
      {progress !== null && <progress class="thin" aria-label="Changed so far" value={progress} />}
      {chosen.length > 0 && (
        <div class="bulk-actions">
          {direct.map(({ label, run }) => <button key={label} type="button" class="button button-quiet" disabled={progress !== null} onClick={run}>{SHORT[label] ?? label}</button>)}
          {actionsFor(history, chosen).length > direct.length && (
            <button type="button" class="button button-quiet" disabled={progress !== null} aria-haspopup="menu" onClick={(event) => onMore(chosen, event.currentTarget)}>More…</button>
          )}
        </div>
      )}
    </div>
  );
}

const SHORT: Readonly<Record<string, string>> = { 'Move to the trash': 'Trash', 'Take out of the archive': 'Unarchive' };

/** The arrow keys of a toolbar; Tab goes on working as well. */
function walkBar(event: KeyboardEvent): void {
  if (!(event.currentTarget instanceof HTMLElement)) return;
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (step === undefined) return;
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('button')];
  items[items.findIndex((item) => item === document.activeElement) + step]?.focus();
  event.preventDefault();
}
