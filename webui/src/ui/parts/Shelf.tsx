import type { RefObject, VNode } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Hit, SessionSummary } from '../../client/vault.ts';
import { sessionsFor } from '../../writing/history.ts';
import type { Desk } from '../state/desk.ts';
import { History, quoted } from '../state/history.ts';
import { useStore } from '../state/store.ts';
import { listed } from '../state/timing.ts';
import { actionsFor } from './history/actions.ts';
import { BulkBar } from './history/BulkBar.tsx';
import { FilterChips, Filters } from './history/Filters.tsx';
import { useHighlights } from './history/highlight.ts';
import { HistoryEmpty } from './history/HistoryEmpty.tsx';
import { HistoryList } from './history/HistoryList.tsx';
import { Menu } from './history/Menu.tsx';
import { Questions } from './history/Questions.tsx';
import { SearchField } from './history/SearchField.tsx';
import { SearchResults } from './history/SearchResults.tsx';
import { ShelfFoot, ShelfTop } from './ShelfEnds.tsx';

interface ShelfProps {
  readonly desk: Desk;
  readonly element: RefObject<HTMLElement | null>;
  readonly open: boolean;
  readonly onChosen: () => void;
  readonly onKeys: () => void;
}

interface OpenMenu {
  readonly sessions: readonly SessionSummary[];
  readonly anchor: HTMLElement;
}

/** The sessions, and what leads elsewhere. A drawer where the window is narrow. */
export function Shelf({ desk, element, open, onChosen, onKeys }: ShelfProps): VNode {
  const history = useMemo(() => new History(desk), [desk]);
  const query = useStore(history.view, (view) => view.query);
  const unfolded = useStore(history.view, (view) => view.unfolded);
  const selected = useStore(history.view, (view) => view.selected);
  const [menu, setMenu] = useState<OpenMenu | null>(null);
  const isSearching = query.trim() !== '';
  useHighlights(history);
  useFocusAfter(selected === null, element);
  useEffect(listed, []);
  const onMenu = (sessions: readonly SessionSummary[], anchor: HTMLElement): void => setMenu({ sessions, anchor });
  return (
    <nav class="shelf" ref={element} aria-label="Sessions" data-open={open} inert={!open}>
      <ShelfTop desk={desk} onChosen={onChosen} />
      <div class="shelf-find">
        <SearchField history={history} onDown={() => focusFirst(element.current)} />
        {unfolded && !isSearching && <Filters history={history} />}
        {!unfolded && !isSearching && <FilterChips history={history} />}
      </div>
      <ShelfList history={history} isSearching={isSearching} onChosen={onChosen} onMenu={(session, anchor) => onMenu([session], anchor)} />
      {selected === null ? <ShelfFoot desk={desk} onChosen={onChosen} onKeys={onKeys} /> : <BulkBar history={history} onMore={onMenu} />}
      {menu !== null && <SessionMenu history={history} menu={menu} onClose={() => setMenu(null)} />}
      <Questions history={history} />
    </nav>
  );
}

/** The toolbar of a choice goes with the choice; the focus must not go with it. */
function useFocusAfter(isOver: boolean, shelf: RefObject<HTMLElement | null>): void {
  const wasOver = useRef(isOver);
  useLayoutEffect(() => {
    if (isOver && !wasOver.current && document.activeElement === document.body) focusFirst(shelf.current);
    wasOver.current = isOver;
  }, [isOver]);
}

function SessionMenu({ history, menu: { sessions, anchor }, onClose }: { readonly history: History; readonly menu: OpenMenu; readonly onClose: () => void }): VNode {
  const [only] = sessions;
  const label = sessions.length === 1 && only !== undefined ? `Actions for ${quoted(only)}` : `Actions for ${sessions.length} sessions`;
  return <Menu label={label} actions={actionsFor(history, sessions)} anchor={anchor} onClose={onClose} />;
}

interface ShelfListProps {
  readonly history: History;
  readonly isSearching: boolean;
  readonly onChosen: () => void;
  readonly onMenu: (session: SessionSummary, anchor: HTMLElement) => void;
}

/** The text that has no session yet, then the history; or what was found. */
function ShelfList({ history, isSearching, onChosen, onMenu }: ShelfListProps): VNode {
  const { desk } = history;
  const scroller = useRef<HTMLDivElement>(null);
  const filter = useStore(history.view, (view) => view.filter);
  const sessions = useStore(desk.view, (view) => view.sessions);
  const drafts = useStore(desk.view, (view) => view.drafts);
  const pen = useStore(desk.view, (view) => view.pen);
  const screen = useStore(desk.view, (view) => view.screen);
  const current = screen === 'page' ? pen.sessionId : undefined;
  const isEmpty = useMemo(() => sessionsFor(sessions, filter).length === 0, [sessions, filter]);
  useEffect(() => {
    if (scroller.current !== null) scroller.current.scrollTop = 0;
  }, [filter]);
  const toSearch = (): void => document.getElementById('search')?.focus();
  const open = (id: string | null): void => {
    onChosen();
    void desk.open(id);
  };
  const openHit = ({ sessionId, notebookId, messageId }: Hit): void => {
    onChosen();
    if (sessionId !== null) void desk.open(sessionId, null, messageId);
    else if (notebookId !== null) desk.showNotebook(notebookId);
  };
  if (isSearching) {
    return <div class="shelf-list" ref={scroller}><SearchResults history={history} onOpen={openHit} onAbove={toSearch} /></div>;
  }
  const hasFresh = filter.shelf === 'open' && (drafts.has(null) || current === null);
  const onAbove = (): void => (scroller.current?.querySelector<HTMLElement>('.shelf-fresh') ?? document.getElementById('search'))?.focus();
  return (
    <div class="shelf-list" ref={scroller}>
      {filter.shelf === 'trash' && (
        <p class="shelf-word">
          What is in the trash can be put back. Nothing here is erased.
          {' '}<button type="button" class="button button-text" onClick={() => desk.nuke({ kind: 'trash' })}>Nuke the trash…</button>
        </p>
      )}
      {hasFresh && (
        <button
          type="button" class="shelf-item shelf-fresh" aria-current={current === null ? 'true' : undefined} onClick={() => open(null)}
          onKeyDown={(event) => { if (event.key === 'ArrowDown') focusFirst(scroller.current); else if (event.key === 'ArrowUp') toSearch(); else return; event.preventDefault(); }}
        >
          <span class="shelf-title">New session</span>
          {current !== null && <span class="shelf-time shelf-draft">draft</span>}
        </button>
      )}
      {isEmpty
        ? <HistoryEmpty history={history} />
        : <HistoryList history={history} scroller={scroller} current={current} onOpen={open} onMenu={onMenu} onAbove={onAbove} />}
    </div>
  );
}

/** From the search field into the list below it. */
function focusFirst(shelf: HTMLElement | null): void {
  shelf?.querySelector<HTMLElement>('.history-list .shelf-item[tabindex="0"], .found-item')?.focus();
}
