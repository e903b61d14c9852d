import type { VNode } from 'preact';
import type { Notebook, SessionSummary } from '../../../client/vault.ts';
import type { Standing } from '../../../writing/activity.ts';
import type { Row } from '../../../writing/history.ts';
import { clockTime, dayName, fullTime, isoTime, relativeTime, sameDay } from '../../time.ts';
import { Icon } from '../Icon.tsx';
import { counted, STATES, tint } from '../notebooks/labels.ts';

/** What a row tells its list. */
export interface RowEvents {
  readonly onChoose: (session: SessionSummary, event: MouseEvent) => void;
  readonly onMenu: (session: SessionSummary, anchor: HTMLElement) => void;
  readonly onKey: (session: SessionSummary, event: KeyboardEvent) => void;
  readonly onFocus: (id: string) => void;
}

interface SessionRowProps {
  readonly session: SessionSummary;
  /** Set on the first row of a group, which bears its heading. */
  readonly group: Extract<Row, { kind: 'group' }> | null;
  /** Pixels. */
  readonly top: number;
  /** By the service's clock. */
  readonly now: number;
  /** From 1. */
  readonly position: number;
  readonly total: number;
  readonly notebook: Notebook | null;
  readonly standing: Standing;
  readonly isCurrent: boolean;
  /** Whether Tab leads here. */
  readonly isActive: boolean;
  readonly hasDraft: boolean;
  /** null while none are being chosen. */
  readonly isSelected: boolean | null;
  readonly events: RowEvents;
}

export function SessionRow(props: SessionRowProps): VNode {
  const { session, group, top, now, position, total, isCurrent, isActive, isSelected, hasDraft, events } = props;
  const title = session.title === '' ? 'Untitled' : session.title;
  const isBox = isSelected !== null;
  const onKeyDown = (event: KeyboardEvent): void => {
    const { currentTarget: row } = event;
    if (!(row instanceof HTMLElement)) return;
    const [item, more] = [row.querySelector<HTMLElement>('.shelf-item'), row.querySelector<HTMLElement>('.shelf-more')];
    if (event.key === 'ArrowRight') more?.focus();
    else if (event.key === 'ArrowLeft') item?.focus();
    else if ((event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) && more !== null) {
      event.preventDefault();
      events.onMenu(session, more);
    } else events.onKey(session, event);
  };
  const onContextMenu = (event: MouseEvent): void => {
    const more = event.currentTarget instanceof HTMLElement ? event.currentTarget.querySelector<HTMLElement>('.shelf-more') : null;
    if (more === null) return;
    event.preventDefault();
    events.onMenu(session, more);
  };
  return (
    <li class="history-row" style={{ insetBlockStart: `${top}px` }} aria-setsize={total} aria-posinset={position}>
      {group !== null && <h2 class="shelf-day">{groupName(group.day, now)}</h2>}
      <div
        class="shelf-row" data-current={isCurrent} data-selected={isSelected === true}
        onKeyDown={onKeyDown} onContextMenu={onContextMenu} onFocusIn={() => events.onFocus(session.id)}
      >
        <button
          type="button" class="shelf-item" tabIndex={isActive ? 0 : -1} aria-current={isCurrent ? 'true' : undefined}
          role={isBox ? 'checkbox' : undefined} aria-checked={isBox ? isSelected : undefined} onClick={(event) => events.onChoose(session, event)}
        >
          {isBox && <span class="shelf-check" />}
          <span class="shelf-title" dir="auto">{title}</span>
          <RowTime at={session.activeAt} now={now} isGrouped={!session.pinned} />
          <span class="shelf-preview" dir="auto">{hasDraft && <span class="shelf-draft">draft · </span>}{session.preview}</span>
          <RowFacts {...props} />
        </button>
        <button
          type="button" class="button button-quiet button-icon shelf-more" tabIndex={isActive ? 0 : -1} aria-label={`Actions for ${title}`} aria-haspopup="menu"
          onClick={(event) => events.onMenu(session, event.currentTarget)}
        >
          <Icon name="more" />
        </button>
      </div>
    </li>
  );
}

/** Under the heading of a day, its hour says enough. */
function RowTime({ at, now, isGrouped }: { readonly at: number; readonly now: number; readonly isGrouped: boolean }): VNode {
  const text = isGrouped && !sameDay(at, now) ? clockTime(at) : relativeTime(at, now);
  return <time class="shelf-time" dateTime={isoTime(at)} title={fullTime(at)}>{text}</time>;
}

/** Notebook, phase, state, tags and counts, as far as there is room; the rest is cut off on the screen alone. */
function RowFacts({ session, notebook, standing }: SessionRowProps): VNode {
  const { phase, pinned, tags, helper, days, count, archivedAt, trashedAt } = session;
  const words = days.reduce((sum, day) => sum + day.words, 0);
  const isNotable = standing.state !== 'ended' && standing.state !== 'archived' && standing.state !== 'trashed';
  const facts = [
    isNotable && <span class="shelf-state" data-state={standing.state}>{STATES[standing.state]}</span>,
    pinned && (archivedAt !== null || trashedAt !== null) && 'Pinned',
    notebook !== null && <span dir="auto"><span class={tint(notebook.colour)} />{notebook.title}</span>,
    phase !== null && `Phase ${phase}`,
    helper !== null && <span dir="auto">{helper}</span>,
    words > 0 ? counted(words, 'word') : counted(count, 'message'),
    ...tags.map((tag) => <span key={tag} dir="auto">#{tag}</span>),
  ].filter((fact) => fact !== false);
  return <span class="shelf-facts">{facts.map((fact, index) => <>{index > 0 && <span class="shelf-apart"> · </span>}{fact}</>)}</span>;
}

export function groupName(day: string, now: number): string {
  return day === 'pinned' ? 'Pinned' : dayName(new Date(`${day}T12:00`).getTime(), now);
}
