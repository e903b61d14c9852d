import type { VNode } from 'preact';
import type { Notebook, SessionSummary } from '../../../client/vault.ts';
import { templateNamed } from '../../../writing/templates.ts';
import type { Desk } from '../../state/desk.ts';
import { useStore } from '../../state/store.ts';
import { useNow } from '../../state/useNow.ts';
import { dayText, relativeTime } from '../../time.ts';
import { ProgressBar } from '../programme/ProgressBar.tsx';
import { progressOf } from '../programme/progress.ts';
import { ScreenFrame } from '../ScreenFrame.tsx';
import { counted, KINDS, tint } from './labels.ts';
import { NotebookDialog } from './NotebookDialog.tsx';

/** All notebooks, the one written in last on top. */
export function NotebooksPage({ desk, onMenu }: { readonly desk: Desk; readonly onMenu: () => void }): VNode {
  const notebooks = useStore(desk.view, (view) => view.notebooks);
  const sessions = useStore(desk.view, (view) => view.sessions);
  const isMaking = useStore(desk.view, ({ form }) => form?.kind === 'notebook' && form.id === null);
  const latest = latestIn(sessions);
  const lived = ({ id, createdAt }: Notebook): number => Math.max(createdAt, latest.get(id) ?? 0);
  const sorted = [...notebooks].sort((a, b) => lived(b) - lived(a));
  const open = sorted.filter(({ archivedAt, trashedAt }) => archivedAt === null && trashedAt === null);
  const archived = sorted.filter(({ archivedAt, trashedAt }) => archivedAt !== null && trashedAt === null);
  const trashed = sorted.filter(({ trashedAt }) => trashedAt !== null);
  return (
    <ScreenFrame desk={desk} title="Notebooks" onMenu={onMenu} beside={<button type="button" class="button button-quiet" onClick={() => desk.show('templates')}>Templates</button>}>
      <p class="soft">What sessions are about: an event, a project, or a journal. A notebook remembers where you were in it.</p>
      <p><button type="button" class="button button-primary" onClick={() => desk.fill({ kind: 'notebook', id: null })}>New notebook</button></p>
      {open.length === 0 && <p class="soft">There is none yet. Sessions can do without.</p>}
      <NotebookList desk={desk} notebooks={open} />
      {archived.length > 0 && <details class="folded"><summary>{counted(archived.length, 'notebook')} put away</summary><NotebookList desk={desk} notebooks={archived} /></details>}
      {trashed.length > 0 && <details class="folded"><summary>{counted(trashed.length, 'notebook')} in the trash</summary><NotebookList desk={desk} notebooks={trashed} /></details>}
      {isMaking && <NotebookDialog desk={desk} notebook={null} onClose={() => desk.fill(null)} onSaved={(id) => desk.showNotebook(id)} />}
    </ScreenFrame>
  );
}

function latestIn(sessions: readonly SessionSummary[]): Map<string, number> {
  const latest = new Map<string, number>();
  for (const { notebookId, activeAt } of sessions) {
    if (notebookId !== null) latest.set(notebookId, Math.max(activeAt, latest.get(notebookId) ?? 0));
  }
  return latest;
}

function sessionsOf(notebook: Notebook, sessions: readonly SessionSummary[]): SessionSummary[] {
  return sessions.filter(({ notebookId, trashedAt }) => notebookId === notebook.id && trashedAt === null);
}

function NotebookList({ desk, notebooks }: { readonly desk: Desk; readonly notebooks: readonly Notebook[] }): VNode {
  return <ul class="notebook-list">{notebooks.map((notebook) => <li key={notebook.id}><NotebookItem desk={desk} notebook={notebook} /></li>)}</ul>;
}

function NotebookItem({ desk, notebook }: { readonly desk: Desk; readonly notebook: Notebook }): VNode {
  const own = useStore(desk.view, (view) => view.templates);
  const sessions = sessionsOf(notebook, useStore(desk.view, (view) => view.sessions));
  const now = useNow();
  const programme = templateNamed(own, notebook.programme);
  const latest = latestIn(sessions).get(notebook.id) ?? 0;
  return (
    <div class="notebook-item">
      <button type="button" class="notebook-name" onClick={() => desk.showNotebook(notebook.id)}>
        <span class={tint(notebook.colour)} aria-hidden="true" /><span dir="auto">{notebook.title}</span>
      </button>
      <p class="notebook-facts">
        {[KINDS[notebook.kind], notebook.date !== null && dayText(notebook.date), counted(sessions.length, 'session'), latest > 0 && relativeTime(latest, now)].filter(Boolean).join(' · ')}
      </p>
      {programme !== null && <ProgressBar programme={programme} progress={progressOf(programme, sessions)} />}
    </div>
  );
}
