/** Writes messages into the sessions of an unlocked vault, and changes them. */
import { NotFoundError, UsageError } from '../errors.ts';
import { emptySession, messagePayload, parseMessage, plainMessage, type Message, type SessionHeader } from '../core/model.ts';
import { randomId, toHex } from '../core/bytes.ts';
import { goesOn, standing } from '../writing/activity.ts';
import { checkPhase, checkTags, checkTemplateName, checkTitle } from './checks.ts';
import type { Edit, RecordEdit } from './commits.ts';
import { isSession } from './contents.ts';
import { lastActive, takenUp, withAdded, withChanged } from './counting.ts';
import { inOrder, type OpenRecords } from './records.ts';
import type { Beginning, Undo, WriteOptions } from './types.ts';
import type { Moment, Unlocked } from './unlocked.ts';

/** Typing sets `active_at` no more often (FORMAT §5.5). */
const TOUCH_MS = 60_000;

/** Adds a message. A record of that id that is there already is left as it is: the caller compares. */
export async function write(
  unlocked: Unlocked, { text, recordId, seconds = 0, beginning = {}, ...home }: WriteOptions,
): Promise<{ sessionId: string }> {
  const isNew = home.sessionId === null;
  const id = isNew ? home.newSessionId : home.sessionId;
  const moment = unlocked.moment();
  const message = { role: 'writer', text: text.toWellFormed(), createdAt: moment.ms, zone: moment.zone, seconds: wholeSeconds(seconds) } as const;
  await unlocked.act(async () => {
    const isThere = unlocked.contents.containers.has(id);
    if (isThere && (await unlocked.records(id)).records.has(recordId)) return null;
    const begins = isNew && !isThere;
    const header = begins ? begun(unlocked, beginning, moment) : goneOn(unlocked, id, moment);
    const said = { id: recordId, message: plainMessage({ ...message, position: 0 }) };
    const all = begins && beginning.prompt !== undefined ? [promptOf(beginning.prompt, moment), said] : [said];
    return { containers: [appended(id, header, all)] };
  });
  return { sessionId: id };
}

/** How long it took, where that is a number that can be sealed. */
function wholeSeconds(seconds: number): number {
  const whole = Math.round(seconds);
  return Number.isSafeInteger(whole) && whole > 0 ? whole : 0;
}

function begun(unlocked: Unlocked, { title, notebookId, phase, template, tags }: Beginning, { ms, serviceMs, zone }: Moment): SessionHeader {
  return {
    ...emptySession(ms, zone),
    activeAt: serviceMs,
    title: checkTitle(title ?? null),
    notebook: unlocked.root.checkNotebook(notebookId ?? null),
    phase: checkPhase(phase ?? null),
    template: checkTemplateName(template ?? null),
    tags: checkTags(tags ?? []),
  };
}

function promptOf(text: string, { ms: createdAt, zone }: Moment) {
  return { id: toHex(randomId()), message: plainMessage({ role: 'system', text: text.toWellFormed(), createdAt, zone, position: 0 }) };
}

function goneOn(unlocked: Unlocked, id: string, { serviceMs }: Moment): SessionHeader {
  const { header } = unlocked.session(id);
  if (header.trashedAt !== null) throw new UsageError('This session is in the trash. Restore it, or write into another one.');
  return takenUp(header, serviceMs, unlocked.root.continueMinutes);
}

function appended(id: string, header: SessionHeader, added: readonly { readonly id: string; readonly message: Message }[]): Edit {
  const messages = added.map(({ message }, index) => ({ ...message, position: header.nextPosition + index }));
  const { createdAt: updatedAt, zone } = messages.at(-1) ?? { ...header, createdAt: header.updatedAt };
  const nextPosition = header.nextPosition + messages.length;
  const records = messages.map((message, index): RecordEdit => ({ id: added[index]?.id ?? '', payload: messagePayload(message), before: undefined }));
  return { id, header: { ...withAdded(header, messages), updatedAt, zone, nextPosition }, records };
}

/** Notes that the writer is typing in a session that goes on; one that has ended stays so. */
export async function touch(unlocked: Unlocked, id: string): Promise<void> {
  const touched = (): SessionHeader | null => {
    const session = unlocked.contents.containers.get(id);
    if (!isSession(session)) return null;
    const [now, activeAt] = [unlocked.now(), lastActive(session.header)];
    const { state } = standing({ ...session.header, activeAt }, now, unlocked.root.continueMinutes);
    return goesOn(state) && now - activeAt >= TOUCH_MS ? { ...session.header, activeAt: now } : null;
  };
  if (touched() === null) return;
  await unlocked.act(async () => {
    const header = touched();
    return header === null ? null : { containers: [{ id, header, records: [] }] };
  });
}

/**
 * The edit that puts `changed`, by id, in the place of messages of a session, or adds them. `records` are all that it
 * has; `header` is its next one but for what is counted here.
 */
export function changeMessages({ containerId: id, records }: OpenRecords, header: SessionHeader, changed: ReadonlyMap<string, Message>): Edit {
  const messages = new Map(inOrder(records.values()).map(({ id: recordId, message }) => [recordId, message]));
  const before = [...changed.keys()].map((recordId) => messages.get(recordId)).filter((message) => message !== undefined);
  for (const [recordId, message] of changed) messages.set(recordId, message);
  const all = [...messages].sort(([a, { position: p }], [b, { position: q }]) => p - q || (a < b ? -1 : 1)).map(([, message]) => message);
  return {
    id,
    header: withChanged(header, before, [...changed.values()], all),
    records: [...changed].map(([recordId, message]) => ({ id: recordId, payload: messagePayload(message), before: records.get(recordId) })),
  };
}

/** The earlier text stays in the record. */
export function editMessage(unlocked: Unlocked, sessionId: string, messageId: string, text: string): Promise<void> {
  const { ms: editedAt } = unlocked.moment();
  return changeMessage(unlocked, sessionId, messageId, (message) => {
    if (message.text === text.toWellFormed()) return null;
    const earlier = { text: message.text, at: message.editedAt ?? message.createdAt, extra: {} };
    return { ...message, text: text.toWellFormed(), editedAt, versions: [...message.versions, earlier] };
  });
}

export async function trashMessage(unlocked: Unlocked, sessionId: string, messageId: string, trashed: boolean): Promise<Undo> {
  const { serviceMs } = unlocked.moment();
  let before: number | null = null;
  let after: number | null = null;
  await changeMessage(unlocked, sessionId, messageId, (message) => {
    [before, after] = [message.trashedAt, trashed ? serviceMs : null];
    if ((before !== null) !== trashed) return { ...message, trashedAt: after };
    after = before;
    return null;
  });
  if (before === after) return async () => undefined;
  return () => changeMessage(unlocked, sessionId, messageId, (message) => (message.trashedAt === after ? { ...message, trashedAt: before } : null));
}

/** `change` gives null for a message that is to stay as it is. */
function changeMessage(
  unlocked: Unlocked, sessionId: string, messageId: string, change: (message: Message) => Message | null,
): Promise<void> {
  return unlocked.act(async () => {
    const records = await unlocked.records(sessionId);
    const payload = records.records.get(messageId)?.payload;
    if (payload?.['type'] !== 'message') throw new NotFoundError('This message is not in the session. Choose another one.', 'not_found');
    const message = change(parseMessage(payload));
    return message === null ? null : { containers: [changeMessages(records, unlocked.session(sessionId).header, new Map([[messageId, message]]))] };
  });
}
