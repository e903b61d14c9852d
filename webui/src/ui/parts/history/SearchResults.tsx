import type { VNode } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { Hit, Notebook, SessionSummary } from '../../../client/vault.ts';
import type { History } from '../../state/history.ts';
import { useStore } from '../../state/store.ts';
import { useReading } from '../../state/useNow.ts';
import { fullTime, isoTime, relativeTime } from '../../time.ts';
import { counted, tint } from '../notebooks/labels.ts';
import { walkItems } from './walk.ts';

interface SearchResultsProps {
  readonly history: History;
  readonly onOpen: (hit: Hit) => void;
  readonly onAbove: () => void;
}

/** Best first. The list is renewed when sessions change, here or on another device. */
export function SearchResults({ history, onOpen, onAbove }: SearchResultsProps): VNode {
  const { desk } = history;
  const query = useStore(history.view, (view) => view.query);
  const found = useStore(history.view, (view) => view.found);
  const sessions = useStore(desk.view, (view) => view.sessions);
  const notebooks = useStore(desk.view, (view) => view.notebooks);
  const byId = useMemo(() => new Map(sessions.map((session) => [session.id, session])), [sessions]);
  const now = useReading(() => desk.vault.now(), 60_000);
  useEffect(() => history.look(history.view.value.query), [sessions, notebooks]);
  useEffect(() => () => history.stop(), []);
  const hits = found?.hits ?? [];
  return (
    <>
      <div class="found-line">
        <p role="status">{summary(query, hits.length, found?.total ?? 0, found?.progress ?? 0)}</p>
        {(found?.progress ?? 0) < 1 && <progress class="thin" aria-label="Searched so far" value={found?.progress ?? 0} />}
        {found?.notes.map((note) => <p key={note} class="found-note">{explained(note)}</p>)}
      </div>
      <ul class="found-list" role="list" aria-label="Search results" onKeyDown={(event) => walkItems(event, onAbove)}>
        {hits.map((hit, index) => (
          <FoundRow
            key={`${hit.sessionId ?? hit.notebookId}-${hit.messageId ?? hit.where}-${hit.where === 'tag' ? hit.snippet : ''}`} hit={hit} isFirst={index === 0} now={now}
            session={byId.get(hit.sessionId ?? '') ?? null} notebooks={notebooks} onOpen={onOpen}
          />
        ))}
      </ul>
    </>
  );
}

interface FoundRowProps {
  readonly hit: Hit;
  readonly isFirst: boolean;
  readonly now: number;
  readonly session: SessionSummary | null;
  readonly notebooks: readonly Notebook[];
  readonly onOpen: (hit: Hit) => void;
}

function FoundRow({ hit, isFirst, now, session, notebooks, onOpen }: FoundRowProps): VNode {
  const notebook = notebooks.find(({ id }) => id === (hit.notebookId ?? session?.notebookId)) ?? null;
  const title = hit.sessionId === null ? notebook?.title : session?.title;
  return (
    <li>
      <button type="button" class="shelf-item found-item" tabIndex={isFirst ? 0 : -1} onClick={() => onOpen(hit)}>
        <span class="shelf-title" dir="auto">{hit.where === 'title' ? <Marked hit={hit} /> : title === undefined || title === '' ? 'Untitled' : title}</span>
        <time class="shelf-time" dateTime={isoTime(hit.at)} title={fullTime(hit.at)}>{relativeTime(hit.at, now)}</time>
        {hit.where !== 'title' && (
          <span class="shelf-preview found-text" dir="auto">
            {hit.where === 'tag' && 'Tag '}<Marked hit={hit} />
          </span>
        )}
        {(notebook !== null || session?.archivedAt != null || session?.trashedAt != null) && (
          <span class="shelf-facts">
            {notebook !== null && <span dir="auto"><span class={tint(notebook.colour)} />{hit.sessionId === null ? 'Notebook' : notebook.title}</span>}
            {session?.trashedAt != null ? ' In the trash' : session?.archivedAt != null && ' Archived'}
          </span>
        )}
      </button>
    </li>
  );
}

/** The snippet, with what was looked for marked. */
function Marked({ hit: { snippet, spans } }: { readonly hit: Hit }): VNode {
  const ends = [0, ...spans.map(([, end]) => end)];
  return (
    <>
      {spans.map(([start, end], index) => <>{snippet.slice(ends[index], start)}<mark>{snippet.slice(start, end)}</mark></>)}
      {snippet.slice(ends.at(-1))}
    </>
  );
}

function summary(query: string, shown: number, total: number, progress: number): string {
  if (query.trim() === '') return '';
  if (total === 0) return progress < 1 ? 'Searching…' : 'Nothing found.';
  return shown < total ? `The best ${shown.toLocaleString()} of ${total.toLocaleString()}` : counted(total, 'result');
}

function explained(note: string): string {
  const [, kind, value] = /^(\w+):?(.*)$/s.exec(note) ?? [];
  const sentences: Record<string, string> = {
    bad_date: `“${value}” is no date; write 2026, 2026-03 or 2026-03-05.`,
    bad_role: `“${value}” is no role; there are writer, helper, system and tool.`,
    bad_is: `“${value}” is unknown; there are is:pinned, is:archived and is:trashed.`,
    incomplete: 'The vault could not be read to its end. Search again when the server can be reached.',
  };
  return sentences[kind ?? ''] ?? note;
}
