import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { Notebook, SessionSummary } from '../../../client/vault.ts';
import { goesOn, lastOfNotebook } from '../../../writing/activity.ts';
import { templateNamed } from '../../../writing/templates.ts';
import type { Desk } from '../../state/desk.ts';
import { useStore } from '../../state/store.ts';
import { useNow, useTick } from '../../state/useNow.ts';
import { dayText, fullTime, relativeTime } from '../../time.ts';
import { ProgressBar } from '../programme/ProgressBar.tsx';
import { beginningWith, progressOf } from '../programme/progress.ts';
import { ScreenFrame } from '../ScreenFrame.tsx';
import { counted, KINDS, phaseName, STATES, tint } from './labels.ts';
import { NotebookDialog } from './NotebookDialog.tsx';

interface PageProps {
  readonly desk: Desk;
  readonly onMenu: () => void;
}

/** One notebook: what it is about, how far its programme is, where the writer was, and its sessions. */
export function NotebookPage({ desk, onMenu }: PageProps): VNode {
  const id = useStore(desk.view, (view) => view.notebookId);
  const notebook = useStore(desk.view, (view) => view.notebooks).find((one) => one.id === id);
  const all = useStore(desk.view, (view) => view.sessions);
  const beside = <button type="button" class="button button-quiet" onClick={() => desk.show('notebooks')}>All notebooks</button>;
  if (notebook === undefined) return <ScreenFrame desk={desk} title="Notebook" onMenu={onMenu} beside={beside}><p>This notebook is not there any more.</p></ScreenFrame>;
  const sessions = all.filter(({ notebookId, trashedAt }) => notebookId === notebook.id && trashedAt === null);
  const facts = [KINDS[notebook.kind], notebook.date !== null && dayText(notebook.date), counted(sessions.length, 'session')];
  return (
    <ScreenFrame key={notebook.id} desk={desk} onMenu={onMenu} beside={beside} title={<><span class={tint(notebook.colour)} aria-hidden="true" />{notebook.title}</>}>
      <div class="stack">
        <p class="soft">{[...facts, notebook.trashedAt !== null ? 'in the trash' : notebook.archivedAt !== null && 'put away'].filter(Boolean).join(' · ')}</p>
        {notebook.notes !== '' && <p class="notebook-notes" dir="auto">{notebook.notes}</p>}
        <Actions desk={desk} notebook={notebook} />
      </div>
      <Programme desk={desk} notebook={notebook} sessions={sessions} />
      <WhereYouWere desk={desk} notebook={notebook} sessions={sessions} />
      <Sessions desk={desk} sessions={sessions} />
    </ScreenFrame>
  );
}

function Actions({ desk, notebook }: { readonly desk: Desk; readonly notebook: Notebook }): VNode {
  const { id, archivedAt, trashedAt } = notebook;
  const isEditing = useStore(desk.view, ({ form }) => form?.kind === 'notebook' && form.id === id);
  const done = (): void => desk.fill(null);
  const change = (what: { archived?: boolean; trashed?: boolean }, text: string) => (): void => {
    void desk.do(async () => desk.did(text, await desk.vault.changeNotebook(id, what)));
  };
  return (
    <div class="row">
      <button type="button" class="button" onClick={() => desk.fill({ kind: 'notebook', id })}>Edit</button>
      {trashedAt === null && (archivedAt === null
        ? <button type="button" class="button button-quiet" onClick={change({ archived: true }, 'The notebook was put away. Its sessions stay as they are.')}>Put away</button>
        : <button type="button" class="button button-quiet" onClick={change({ archived: false }, 'The notebook is back.')}>Take out again</button>)}
      {trashedAt === null
        ? <button type="button" class="button button-quiet" onClick={change({ trashed: true }, 'The notebook is in the trash. Its sessions stay, and nothing is erased.')}>Into the trash</button>
        : <button type="button" class="button button-quiet" onClick={change({ trashed: false }, 'The notebook is back.')}>Restore</button>}
      <button type="button" class="button button-quiet" onClick={() => desk.nuke({ kind: 'notebook', id })}>Nuke…</button>
      {isEditing && <NotebookDialog desk={desk} notebook={notebook} onClose={done} onSaved={done} />}
    </div>
  );
}

interface PartProps {
  readonly desk: Desk;
  readonly notebook: Notebook;
  readonly sessions: readonly SessionSummary[];
}

function Programme({ desk, notebook, sessions }: PartProps): VNode | null {
  const own = useStore(desk.view, (view) => view.templates);
  const programme = templateNamed(own, notebook.programme);
  if (programme === null) return null;
  const progress = progressOf(programme, sessions);
  const begin = (phase: number): void => void desk.begin(beginningWith(programme, phase, notebook));
  return (
    <section aria-labelledby="programme">
      <h2 id="programme" dir="auto">{programme.title}</h2>
      <ProgressBar programme={programme} progress={progress} />
      <ol class="phases">
        {programme.phases.map(({ title, minutes }, index) => (
          <li key={index} data-done={progress.done.has(index + 1)}>
            <span class="phase-number">{index + 1}</span>
            <span dir="auto">{title === '' ? 'Untitled' : title}</span>
            <span class="small soft">{[minutes > 0 && `${minutes} min`, progress.done.has(index + 1) && 'done'].filter(Boolean).join(' · ')}</span>
            {progress.next === index + 1
              ? <button type="button" class="button button-primary" onClick={() => begin(index + 1)}>Begin phase {index + 1}</button>
              : <button type="button" class="button button-quiet" aria-label={`Begin phase ${index + 1} ${progress.done.has(index + 1) ? 'again' : 'now'}`} onClick={() => begin(index + 1)}>{progress.done.has(index + 1) ? 'Again' : 'Now'}</button>}
          </li>
        ))}
      </ol>
      {programme.source !== '' && <p class="small soft">{programme.source}</p>}
    </section>
  );
}

/** The session that was written in last, wherever that was. */
function WhereYouWere({ desk, notebook, sessions }: PartProps): VNode {
  useTick(desk);
  const last = lastOfNotebook(sessions, notebook.id);
  return (
    <section aria-labelledby="where">
      <h2 id="where">{last === null ? 'Nothing is written here yet' : 'Where you were'}</h2>
      {last !== null && (
        <div class="where">
          <p><strong dir="auto">{last.title === '' ? 'Untitled' : last.title}</strong><span class="soft small"> {STATES[desk.standing(last).state].toLowerCase()}, {fullTime(last.activeAt)}</span></p>
          <p class="soft" dir="auto">{last.preview}</p>
        </div>
      )}
      <div class="row">
        {last !== null && <button type="button" class="button button-primary" onClick={() => void desk.open(last.id)}>{goesOn(desk.standing(last).state) ? 'Continue' : 'Return to it'}</button>}
        <button type="button" class={last === null ? 'button button-primary' : 'button'} onClick={() => void desk.begin({ notebookId: notebook.id })}>New session here</button>
      </div>
    </section>
  );
}

const SHOWN = 50;

function Sessions({ desk, sessions }: { readonly desk: Desk; readonly sessions: readonly SessionSummary[] }): VNode | null {
  const [count, setCount] = useState(SHOWN);
  const now = useNow();
  if (sessions.length === 0) return null;
  return (
    <section aria-labelledby="sessions">
      <h2 id="sessions">Sessions</h2>
      <ul class="session-list">
        {[...sessions].sort((a, b) => b.activeAt - a.activeAt).slice(0, count).map((session) => (
          <li key={session.id}>
            <button type="button" class="session-link" onClick={() => void desk.open(session.id)}>
              <span class="session-title" dir="auto">{session.title === '' ? 'Untitled' : session.title}</span>
              <span class="small soft">{[session.phase !== null && phaseName(session.phase, null), session.archivedAt !== null && 'archived', relativeTime(session.activeAt, now)].filter(Boolean).join(' · ')}</span>
            </button>
          </li>
        ))}
      </ul>
      {sessions.length > count && <p><button type="button" class="button" onClick={() => setCount(count + SHOWN)}>Show more</button></p>}
    </section>
  );
}
