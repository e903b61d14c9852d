/** Writes into the sessions of an unlocked vault. */
import { NotFoundError, UsageError } from '../core/errors.ts';
import { SetDigest } from '../core/digest.ts';
import { MAX_OPENING, MAX_PREVIEW, MAX_TITLE, messagePayload, type Message, type SessionHeader } from '../core/model.ts';
import { codePoints, excerpt } from '../core/text.ts';
import { sessionIdFor } from './commits.ts';
import type { WriteOptions } from './types.ts';
import type { Unlocked } from './unlocked.ts';

/** Adds a message. A record of that id that is there already is left as it is: the caller compares. */
export async function write(unlocked: Unlocked, { text, sessionId, recordId, title }: WriteOptions): Promise<{ sessionId: string }> {
  const { vaultId, platform } = unlocked.access;
  checkTitle(title ?? null);
  const id = sessionId ?? (await sessionIdFor(vaultId, recordId));
  const about = { role: 'writer', text: text.toWellFormed(), createdAt: platform.now(), zone: platform.zone(), extra: {} } as const;
  let written: Message | null = null;
  await unlocked.commit(async () => {
    written = null;
    const isThere = unlocked.contents.sessions.has(id);
    if (!isThere && sessionId !== null) throw new NotFoundError('This session is not in the vault. Choose another one.', 'not_found');
    if (isThere && (await unlocked.records(id)).records.has(recordId)) return null;
    const header = unlocked.contents.sessions.get(id)?.header ?? newSession(about, title?.toWellFormed() ?? null);
    const message = { ...about, position: header.nextPosition };
    written = message;
    return { session: { id, header: withMessage(header, message), records: [{ id: recordId, payload: messagePayload(message) }] } };
  });
  if (written !== null) unlocked.addRecord(id, recordId, written);
  return { sessionId: id };
}

function newSession({ createdAt, zone }: Omit<Message, 'position'>, title: string | null): SessionHeader {
  return {
    count: 0, digest: SetDigest.empty, title, opening: '', preview: '', createdAt, updatedAt: createdAt, zone,
    nextPosition: 0, extra: {},
  };
}

function withMessage(header: SessionHeader, { text, createdAt, zone, position }: Message): SessionHeader {
  return {
    ...header,
    opening: position === 0 ? excerpt(text, MAX_OPENING) : header.opening,
    preview: excerpt(text, MAX_PREVIEW),
    updatedAt: createdAt,
    zone,
    nextPosition: position + 1,
  };
}

/** The last one to rename wins; a message that came in between stays. */
export async function rename(unlocked: Unlocked, id: string, title: string | null): Promise<void> {
  checkTitle(title);
  const wanted = title?.toWellFormed() ?? null;
  await unlocked.commit(async () => {
    const { header } = unlocked.session(id);
    return header.title === wanted ? null : { session: { id, header: { ...header, title: wanted }, records: [] } };
  });
}

function checkTitle(title: string | null): void {
  if (title !== null && (title.trim() === '' || codePoints(title) > MAX_TITLE)) {
    throw new UsageError(`A title has 1 to ${MAX_TITLE} characters. Choose another one.`);
  }
}
