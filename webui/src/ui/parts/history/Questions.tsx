import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { SessionSummary } from '../../../client/vault.ts';
import { quoted, type History } from '../../state/history.ts';
import { useStore } from '../../state/store.ts';
import { Field } from '../Field.tsx';
import { tint } from '../notebooks/labels.ts';
import { ExportDialog } from '../transfer/ExportDialog.tsx';
import { changing } from './actions.ts';
import { FormDialog } from './FormDialog.tsx';
import { named } from './named.ts';
import { TagsDialog } from './TagsDialog.tsx';

export interface QuestionProps {
  readonly history: History;
  /** At least one. */
  readonly sessions: readonly SessionSummary[];
}

/** The dialog that an action has opened; each makes one change, which can be undone, or an export. */
export function Questions({ history }: { readonly history: History }): VNode | null {
  const asking = useStore(history.view, (view) => view.asking);
  const all = useStore(history.desk.view, (view) => view.sessions);
  if (asking === null) return null;
  const ids = new Set(asking.ids);
  const sessions = all.filter(({ id }) => ids.has(id));
  const [only] = sessions;
  if (only === undefined) return null;
  const props = { history, sessions };
  switch (asking.question) {
    case 'rename': return <RenameDialog {...props} session={only} />;
    case 'tags': return <TagsDialog {...props} />;
    case 'move': return <MoveDialog {...props} />;
    case 'details': return <DetailsDialog {...props} />;
    case 'export': return <ExportDialog desk={history.desk} chosen={sessions} onClose={() => history.answered()} />;
  }
}

function RenameDialog({ history, sessions, session }: QuestionProps & { readonly session: SessionSummary }): VNode {
  const [title, setTitle] = useState(session.renamed ? session.title : '');
  const rename = changing(history, sessions, { title: title.trim() === '' ? null : title.trim() }, 'renamed');
  return (
    <FormDialog title={`Rename ${quoted(session)}`} action="Rename" history={history} onSubmit={rename}>
      <Field label="Title" value={title} onInput={setTitle} maxLength={200} focus hint="Left empty, the session is called by how it begins." />
    </FormDialog>
  );
}

function MoveDialog({ history, sessions }: QuestionProps): VNode {
  const notebooks = useStore(history.desk.view, (view) => view.notebooks).filter(({ trashedAt, archivedAt }) => trashedAt === null && archivedAt === null);
  const [chosen, choose] = useState(common(sessions, ({ notebookId }) => notebookId));
  const target = notebooks.find(({ id }) => id === chosen);
  const move = changing(history, sessions, { notebookId: chosen ?? null }, target === undefined ? 'in no notebook now' : `in “${target.title}” now`);
  return (
    <FormDialog title={`Move ${named(sessions)}`} action="Move" history={history} onSubmit={move} disabled={chosen === undefined}>
      <fieldset class="picks">
        <legend class="visually-hidden">Notebook</legend>
        {notebooks.map(({ id, title, colour }) => (
          <label key={id} class="pick"><input type="radio" name="notebook" checked={chosen === id} onChange={() => choose(id)} /><span class={tint(colour)} /><span dir="auto">{title}</span></label>
        ))}
        <label class="pick"><input type="radio" name="notebook" checked={chosen === null} onChange={() => choose(null)} /><span class="dot" />No notebook</label>
      </fieldset>
      {notebooks.length === 0 && <p class="soft small">There is no notebook yet. Make one under Notebooks.</p>}
    </FormDialog>
  );
}

/** undefined leaves what differs as it is. */
function DetailsDialog({ history, sessions }: QuestionProps): VNode {
  const before = { phase: common(sessions, ({ phase }) => phase), helper: common(sessions, ({ helper }) => helper) };
  const [phase, setPhase] = useState(before.phase === undefined ? '' : String(before.phase ?? ''));
  const [helper, setHelper] = useState(before.helper ?? '');
  const number = phase.trim() === '' ? null : Number(phase);
  const isWrong = number !== null && !(Number.isInteger(number) && number >= 1 && number <= 99);
  const [hasPhase, hasHelper] = [phase !== String(before.phase ?? ''), helper.trim() !== (before.helper ?? '')];
  const change = { ...(hasPhase && { phase: number }), ...(hasHelper && { helper: helper.trim() === '' ? null : helper.trim() }) };
  return (
    <FormDialog title={`Phase and helper of ${named(sessions)}`} action="Set" history={history} onSubmit={changing(history, sessions, change, 'changed')} disabled={isWrong || !(hasPhase || hasHelper)}>
      <div class="stack">
        <Field label="Phase" value={phase} onInput={setPhase} maxLength={2} focus hint="The phase of the notebook’s programme that it is for, 1 to 99. Empty for none." error={isWrong ? 'A phase is a number from 1 to 99.' : null} />
        <Field label="Helper" value={helper} onInput={setHelper} maxLength={100} hint="Your name for who helps you with it. Empty for none." />
      </div>
    </FormDialog>
  );
}

/** What all of them have; undefined when they differ. */
function common<T>(sessions: readonly SessionSummary[], read: (session: SessionSummary) => T): T | undefined {
  const values = new Set(sessions.map(read));
  return values.size === 1 ? [...values][0] : undefined;
}
