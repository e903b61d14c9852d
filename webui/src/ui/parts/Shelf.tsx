import type { RefObject, VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { SessionSummary } from '../../client/vault.ts';
import { app } from '../state/app.ts';
import type { Desk } from '../state/desk.ts';
import { useStore } from '../state/store.ts';
import { listed } from '../state/timing.ts';
import { useNow } from '../state/useNow.ts';
import { fullTime, relativeTime } from '../time.ts';
import { Icon } from './Icon.tsx';
import { Mark } from './Mark.tsx';
import { ThemeButton } from './ThemeButton.tsx';

interface ShelfProps {
  readonly desk: Desk;
  readonly element: RefObject<HTMLElement | null>;
  readonly open: boolean;
  readonly onChosen: () => void;
  readonly onKeys: () => void;
}

/** The list of sessions, latest first. A drawer where the window is narrow. */
export function Shelf({ desk, element, open, onChosen, onKeys }: ShelfProps): VNode {
  const screen = useStore(desk.view, (view) => view.screen);
  const begin = (): void => {
    onChosen();
    void desk.begin();
  };
  return (
    <nav class="shelf" ref={element} aria-label="Sessions" data-open={open} inert={!open}>
      <div class="shelf-top">
        <Mark />
        <button type="button" class="button button-quiet button-icon shelf-new" aria-label="New session" title="New session" onClick={begin}>
          <Icon name="new" />
        </button>
      </div>
      <SessionList desk={desk} onChosen={onChosen} />
      <div class="shelf-foot">
        <button type="button" class="button button-quiet" onClick={() => void app.lock()}><Icon name="lock" />Lock</button>
        <span class="row shelf-tools">
          <button type="button" class="button button-quiet button-icon" aria-label="Keyboard shortcuts" title="Keyboard shortcuts" onClick={onKeys}><Icon name="keys" /></button>
          <ThemeButton />
          <button
            type="button" class="button button-quiet button-icon" aria-label="Secrets and settings" title="Secrets and settings"
            aria-current={screen === 'settings' ? 'page' : undefined} onClick={() => { onChosen(); desk.show('settings'); }}
          >
            <Icon name="settings" />
          </button>
        </span>
      </div>
    </nav>
  );
}

function SessionList({ desk, onChosen }: { readonly desk: Desk; readonly onChosen: () => void }): VNode {
  const sessions = useStore(desk.view, (view) => view.sessions);
  const drafts = useStore(desk.view, (view) => view.drafts);
  const pen = useStore(desk.view, (view) => view.pen);
  const screen = useStore(desk.view, (view) => view.screen);
  const now = useNow();
  const count = useGrowing(sessions.length);
  useEffect(listed, []);
  const current = screen === 'page' ? pen.sessionId : undefined;
  const choose = (id: string | null): void => {
    onChosen();
    void desk.open(id);
  };
  return (
    <ul class="shelf-list" onKeyDown={walk}>
      {(drafts.has(null) || current === null) && (
        <li>
          <button type="button" class="shelf-item" aria-current={current === null ? 'true' : undefined} onClick={() => choose(null)}>
            <span class="shelf-title">New session</span>
            {current !== null && <span class="shelf-time shelf-draft">draft</span>}
          </button>
        </li>
      )}
      {sessions.slice(0, count).map((session) => (
        <li key={session.id}>
          <SessionItem session={session} now={now} current={session.id === current} draft={session.id !== current && drafts.has(session.id)} onChoose={choose} />
        </li>
      ))}
      {sessions.length === 0 && <li class="shelf-empty">What you save will be listed here, latest first.</li>}
    </ul>
  );
}

/** How many to render by now: first more than a window shows, then all of them, without holding up the first. */
function useGrowing(total: number): number {
  const [count, setCount] = useState(100);
  useEffect(() => {
    if (count >= total) return undefined;
    const timer = window.setTimeout(() => setCount(count * 2), 30);
    return () => window.clearTimeout(timer);
  }, [count, total]);
  return count;
}

interface SessionItemProps {
  readonly session: SessionSummary;
  readonly now: number;
  readonly current: boolean;
  readonly draft: boolean;
  readonly onChoose: (id: string) => void;
}

function SessionItem({ session, now, current, draft, onChoose }: SessionItemProps): VNode {
  return (
    <button type="button" class="shelf-item" aria-current={current ? 'true' : undefined} onClick={() => onChoose(session.id)}>
      <span class="shelf-title" dir="auto">{session.title === '' ? 'Untitled' : session.title}</span>
      <time class="shelf-time" dateTime={new Date(session.updatedAt).toISOString()} title={fullTime(session.updatedAt)}>
        {relativeTime(session.updatedAt, now)}
      </time>
      <span class="shelf-preview" dir="auto">{draft && <span class="shelf-draft">draft · </span>}{session.preview}</span>
    </button>
  );
}

/** Arrow keys, Home and End move through the list. */
function walk(event: KeyboardEvent): void {
  if (!(event.currentTarget instanceof HTMLElement)) return;
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('.shelf-item')];
  const here = items.findIndex((item) => item === document.activeElement);
  const steps: Record<string, number> = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: items.length - 1 };
  const target = items[steps[event.key] ?? -1];
  if (target === undefined) return;
  event.preventDefault();
  target.focus();
}
