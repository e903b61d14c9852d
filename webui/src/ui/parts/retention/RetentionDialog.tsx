import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { undoOf, type SessionChange, type SessionSummary, type Undo } from '../../../client/vault.ts';
import type { Due, RetentionPlan } from '../../../writing/retention.ts';
import type { Desk } from '../../state/desk.ts';
import { Dialog } from '../Dialog.tsx';
import { counted } from '../notebooks/labels.ts';
import { stillDue, type Chosen } from './still-due.ts';

interface RetentionDialogProps {
  readonly desk: Desk;
  readonly plan: RetentionPlan;
  readonly onClose: () => void;
}

/** Which sessions the policies are due for. Nothing happens to one that the writer has not seen here, or has left out. */
export function RetentionDialog({ desk, plan, onClose }: RetentionDialogProps): VNode {
  const { archive, trash, remind } = plan;
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [busy, setBusy] = useState(false);
  const [note, setNote] = useState('');
  const toggle = (id: string): void => setLeft(left.has(id) ? new Set([...left].filter((one) => one !== id)) : new Set([...left, id]));
  const chosen = (due: readonly Due[]): string[] => due.map(({ sessionId }) => sessionId).filter((id) => !left.has(id));
  const seen = { archive: chosen(archive), trash: chosen(trash) };
  const count = seen.archive.length + seen.trash.length;
  const run = async (): Promise<void> => {
    setBusy(true);
    setNote('');
    const done = await tidy(desk, seen);
    if (done === 'done') onClose();
    else setBusy(false);
    if (done === 'changed') setNote('Nothing was done: what you chose has changed meanwhile. Close this and look again.');
  };
  const parts = { desk, left, onToggle: toggle };
  return (
    <Dialog title="Due by your own rules" onClose={onClose}>
      <div class="stack">
        <DueList {...parts} due={trash} title="Into the trash" note="They can be restored. The trash erases nothing." />
        <DueList {...parts} due={archive} title="To archive" note="They stay searchable, apart from the others." />
        <DueList {...parts} due={remind} title="To look at again" note="You asked to be reminded of these." onOpen={onClose} />
        {archive.length + trash.length + remind.length === 0 && <p>Nothing is due today.</p>}
      </div>
      <p class="small" role="status">{note}</p>
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>{archive.length + trash.length > 0 ? 'Not now' : 'Close'}</button>
        {archive.length + trash.length > 0 && <button type="button" class="button button-primary" disabled={busy || count === 0} onClick={() => void run()}>Do it for {counted(count, 'session')}</button>}
      </div>
    </Dialog>
  );
}

/** Only what was seen and is due still. One undo for both; also for the one that was done when the other could not be. */
async function tidy(desk: Desk, seen: Chosen): Promise<'done' | 'changed' | 'failed'> {
  const undos: Undo[] = [];
  const said: string[] = [];
  let isChanged = false;
  const change = async (ids: readonly string[], what: SessionChange, now: string): Promise<void> => {
    if (ids.length === 0) return;
    try {
      undos.push(await desk.vault.change(ids, what));
      said.push(`${counted(ids.length, 'session')} ${now}`);
    } catch (error) {
      const undo = undoOf(error);
      if (undo !== null) undos.push(undo);
      if (undo !== null) said.push(`Some sessions ${now}`);
      throw error;
    }
  };
  const isDone = await desk.do(async () => {
    // What other devices wrote until now counts, and is shown; without an answer of the service nothing is done.
    await desk.look();
    await desk.vault.refresh();
    desk.update();
    const { archive, trash, left } = stillDue(seen, desk.reminders.due());
    isChanged = archive.length + trash.length === 0;
    await change(archive, { archived: true }, 'archived');
    await change(trash, { trashed: true }, 'in the trash');
    if (left > 0) said.push(`${counted(left, 'session')} left out, changed meanwhile`);
  });
  if (undos.length > 0) {
    desk.did(`${said.join(', ')}.`, async () => {
      for (const undo of undos) await undo();
    });
  }
  return isDone ? (isChanged ? 'changed' : 'done') : 'failed';
}

interface DueListProps {
  readonly desk: Desk;
  readonly due: readonly Due[];
  readonly title: string;
  readonly note: string;
  readonly left: ReadonlySet<string>;
  readonly onToggle: (id: string) => void;
  /** The sessions can be opened rather than chosen. */
  readonly onOpen?: () => void;
}

function DueList({ desk, due, title, note, left, onToggle, onOpen }: DueListProps): VNode | null {
  const sessions = new Map(desk.view.value.sessions.map((session) => [session.id, session]));
  if (due.length === 0) return null;
  return (
    <section class="due">
      <h3>{title}</h3>
      <p class="small soft">{note}</p>
      <ul>
        {due.map(({ sessionId, idleDays }) => {
          const facts = <span class="small soft">{counted(idleDays, 'day')} without a word</span>;
          return (
            <li key={sessionId}>
              {onOpen !== undefined
                ? <button type="button" class="button button-text" onClick={() => { onOpen(); void desk.open(sessionId); }}>{nameOf(sessions.get(sessionId))}</button>
                : <label class="check"><input type="checkbox" class="switch" checked={!left.has(sessionId)} onChange={() => onToggle(sessionId)} /><span dir="auto">{nameOf(sessions.get(sessionId))}</span></label>}
              {facts}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function nameOf(session: SessionSummary | undefined): string {
  return session === undefined || session.title === '' ? 'Untitled' : session.title;
}
