import type { VNode } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { FormOf, MessageView, Role } from '../../../client/vault.ts';
import type { Desk } from '../../state/desk.ts';
import { MOD } from '../../state/shortcuts.ts';
import { clockTime, fullTime, isoTime } from '../../time.ts';
import { Icon } from '../Icon.tsx';
import { FormKept, FormState } from '../forms/FormState.tsx';
import { useForm } from '../forms/useForm.tsx';
import { counted } from '../notebooks/labels.ts';
import { Particulars } from './Particulars.tsx';

const ROLES: Record<Role, string> = { writer: 'You', helper: 'Helper', system: 'Note', tool: 'Tool' };

interface MessageProps {
  readonly desk: Desk;
  readonly message: MessageView;
}

/** One message: its text, what came with it, and what it was before it was edited. */
export function Message({ desk, message }: MessageProps): VNode {
  const of: FormOf = { kind: 'message', sessionId: desk.pen.sessionId ?? '', id: message.id };
  const [editing, setEditing] = useState(() => desk.forms.restores(of, { text: message.text }));
  const element = useRef<HTMLElement>(null);
  const wasEditing = useRef(false);
  useLayoutEffect(() => {
    // The button that led to the form takes the focus back.
    if (wasEditing.current && !editing) element.current?.querySelector<HTMLElement>('.message-edit')?.focus();
    wasEditing.current = editing;
  }, [editing]);
  return (
    <article ref={element} class="message" id={`m-${message.id}`} data-role={message.role} aria-label={`${ROLES[message.role]}, ${fullTime(message.createdAt)}`}>
      <time class="message-time" dateTime={isoTime(message.createdAt)} title={fullTime(message.createdAt)}>{clockTime(message.createdAt)}</time>
      {message.role !== 'writer' && <p class="message-role">{ROLES[message.role]}</p>}
      {editing
        ? <EditForm desk={desk} of={of} message={message} onDone={() => setEditing(false)} />
        : <div class="message-text" dir="auto">{message.text}</div>}
      <Particulars message={message} />
      <Versions desk={desk} message={message} />
      {!editing && (
        <div class="message-tools">
          <button type="button" class="button button-quiet button-icon message-edit" aria-label={`Edit the message of ${clockTime(message.createdAt)}`} title="Edit" onClick={() => setEditing(true)}><Icon name="rename" /></button>
          <button type="button" class="button button-quiet button-icon" aria-label={`Put the message of ${clockTime(message.createdAt)} into the trash`} title="Into the trash" onClick={() => void desk.trashMessage(message.id, true)}><Icon name="trash" /></button>
          <button type="button" class="button button-quiet button-icon" aria-label={`Nuke the message of ${clockTime(message.createdAt)}`} title="Nuke…" onClick={() => nuke(desk, message.id)}><Icon name="nuke" /></button>
        </div>
      )}
    </article>
  );
}

const TRASHED = 'This message was put into the trash meanwhile. What you changed is still here; if you save it, it goes there too.';
const EDITED = { text: { label: 'The text', say: (text: string) => text } };

interface EditFormProps extends MessageProps {
  readonly of: FormOf;
  readonly onDone: () => void;
}

/** The old text stays, as a version. */
function EditForm({ desk, of, message, onDone }: EditFormProps): VNode {
  const area = useRef<HTMLTextAreaElement>(null);
  const [busy, setBusy] = useState(false);
  const isTrashed = message.trashedAt !== null;
  const leave = (): void => {
    onDone();
    // It goes out of sight with the form.
    if (isTrashed) document.getElementById('page')?.focus();
  };
  const use = useForm(desk, of, () => ({ text: message.text }), leave);
  const { form, view: { mine, isRestored }, close, question } = use;
  // Before anybody can type: a caret that moved later would take what is typed along.
  useLayoutEffect(() => {
    const element = area.current;
    if (isRestored || element === null) return;
    element.focus();
    element.setSelectionRange(element.value.length, element.value.length);
  }, []);
  useLayoutEffect(() => {
    if (area.current !== null && area.current.value !== mine.text) area.current.value = mine.text;
  }, [mine.text]);
  const save = async (): Promise<void> => {
    const { text } = form.view.value.mine;
    if (busy || text.trim() === '') return;
    setBusy(true);
    form.sending({ text });
    const isSaved = text === message.text || (await desk.editMessage(message.id, text));
    if (isSaved && form.saved({ text })) leave();
    else setBusy(false);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const isSave = event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.shiftKey;
    if (event.isComposing || (event.key !== 'Escape' && !isSave)) return;
    event.preventDefault();
    event.stopPropagation();
    if (isSave) void save();
    else close();
  };
  return (
    <>
      <FormState use={use} what="message" fields={EDITED} fate="Saving puts yours in its place; that one stays as an earlier version."
        beside={isTrashed ? { text: TRASHED, action: 'Restore the message', onAction: () => void desk.trashMessage(message.id, false) } : null} />
      <form class="message-form" autocomplete="off" onSubmit={(event) => { event.preventDefault(); void save(); }}>
        <textarea ref={area} class="message-area" dir="auto" rows={2} defaultValue={mine.text} aria-label="Text of the message" autocomplete="off" translate={false} data-gramm="false" data-lt-active="false" onInput={(event) => form.set({ text: event.currentTarget.value })} onKeyDown={onKeyDown} />
        <div class="row">
          <button type="submit" class="button button-primary" disabled={busy}>Save the change</button>
          <button type="button" class="button button-quiet" onClick={close}>Cancel</button>
          <span class="soft small hint-keys"><kbd>{MOD}</kbd> <kbd>Enter</kbd></span>
          <FormKept use={use} />
        </div>
      </form>
      {question}
    </>
  );
}

function nuke(desk: Desk, id: string): void {
  const { sessionId } = desk.pen;
  if (sessionId !== null) desk.nuke({ kind: 'messages', sessionId, ids: [id] });
}

function nukeEarlier(desk: Desk, messageId: string): void {
  const { sessionId } = desk.pen;
  if (sessionId !== null) desk.nuke({ kind: 'earlier', sessionId, messageId });
}

function Versions({ desk, message: { id, editedAt, versions } }: MessageProps): VNode | null {
  if (editedAt === null || versions.length === 0) return null;
  return (
    <details class="folded">
      <summary>Edited {fullTime(editedAt)}, {counted(versions.length, 'earlier version')}</summary>
      {versions.map(({ text, at }) => (
        <div key={at} class="version">
          <p class="version-when">{fullTime(at)}</p>
          <div class="version-text" dir="auto">{text}</div>
        </div>
      )).reverse()}
      <p class="small soft">
        Earlier versions stay in the message until they are erased. <button type="button" class="button button-text" onClick={() => nukeEarlier(desk, id)}>Nuke them…</button>
      </p>
    </details>
  );
}
