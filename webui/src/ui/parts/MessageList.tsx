import { Fragment, type VNode } from 'preact';
import type { MessageView, Role } from '../../client/vault.ts';
import { useNow } from '../state/useNow.ts';
import { clockTime, dayName, fullTime, sameDay } from '../time.ts';

const ROLES: Record<Role, string> = { writer: 'You', helper: 'Helper', system: 'Note', tool: 'Tool' };

interface MessageListProps {
  readonly messages: readonly MessageView[];
}

/** The messages of a session in order, with a heading over each day. */
export function MessageList({ messages }: MessageListProps): VNode {
  const now = useNow();
  return (
    <div class="messages">
      {messages.map((message, index) => {
        const before = messages[index - 1];
        return (
          <Fragment key={message.id}>
            {(before === undefined || !sameDay(before.createdAt, message.createdAt)) && <h2 class="day">{dayName(message.createdAt, now)}</h2>}
            <Message message={message} />
          </Fragment>
        );
      })}
    </div>
  );
}

function Message({ message }: { readonly message: MessageView }): VNode {
  return (
    <article class="message" data-role={message.role} aria-label={`${ROLES[message.role]}, ${fullTime(message.createdAt)}`}>
      <time class="message-time" dateTime={new Date(message.createdAt).toISOString()} title={fullTime(message.createdAt)}>{clockTime(message.createdAt)}</time>
      {message.role !== 'writer' && <p class="message-role">{ROLES[message.role]}</p>}
      <div class="message-text" dir="auto">{message.text}</div>
    </article>
  );
}
