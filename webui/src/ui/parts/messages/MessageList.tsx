import { Fragment, type VNode } from 'preact';
import { useLayoutEffect } from 'preact/hooks';
import type { MessageView } from '../../../client/vault.ts';
import type { Desk } from '../../state/desk.ts';
import { useStore } from '../../state/store.ts';
import { useNow } from '../../state/useNow.ts';
import { clockTime, dayName, fullTime, sameDay } from '../../time.ts';
import { counted } from '../notebooks/labels.ts';
import { Message } from './Message.tsx';

/**
 * The messages of a session in order, with a heading over each day. What is in the trash stands folded at the end, unless
 * a change of it is not saved.
 */
export function MessageList({ desk }: { readonly desk: Desk }): VNode {
  const messages = useStore(desk.view, (view) => view.messages);
  const sought = useStore(desk.view, (view) => view.sought);
  const now = useNow();
  // Not whenever something is typed in a form: there may be many messages.
  useStore(desk.forms.view, ({ count, kept }) => [count, ...kept.map(({ of }) => of.id)].join());
  const sessionId = desk.pen.sessionId ?? '';
  const isShown = ({ id, text, trashedAt }: MessageView): boolean => trashedAt === null || desk.forms.holds({ kind: 'message', sessionId, id }, { text });
  const shown = messages.filter(isShown);
  useLayoutEffect(() => {
    if (sought !== null) document.getElementById(`m-${sought}`)?.scrollIntoView({ block: 'center' });
  }, [sought]);
  return (
    <div class="messages">
      {shown.map((message, index) => {
        const before = shown[index - 1];
        return (
          <Fragment key={message.id}>
            {(before === undefined || !sameDay(before.createdAt, message.createdAt)) && <h2 class="day">{dayName(message.createdAt, now)}</h2>}
            <Message desk={desk} message={message} />
          </Fragment>
        );
      })}
      <Trash desk={desk} messages={messages.filter((message) => !isShown(message))} />
    </div>
  );
}

function nukeAll(desk: Desk, messages: readonly MessageView[]): void {
  const { sessionId } = desk.pen;
  if (sessionId !== null) desk.nuke({ kind: 'messages', sessionId, ids: messages.map(({ id }) => id) });
}

function Trash({ desk, messages }: { readonly desk: Desk; readonly messages: readonly MessageView[] }): VNode | null {
  if (messages.length === 0) return null;
  return (
    <details class="folded">
      <summary>{counted(messages.length, 'message')} in the trash</summary>
      <p><button type="button" class="button button-text" onClick={() => nukeAll(desk, messages)}>Nuke {messages.length === 1 ? 'it' : 'them'}…</button></p>
      {messages.map((message) => (
        <div key={message.id} class="version">
          <p class="version-when">
            {fullTime(message.createdAt)}
            <button type="button" class="button button-text" aria-label={`Restore the message of ${clockTime(message.createdAt)}`} onClick={() => void desk.trashMessage(message.id, false)}>Restore</button>
          </p>
          <div class="version-text" dir="auto">{message.text}</div>
        </div>
      ))}
    </details>
  );
}
