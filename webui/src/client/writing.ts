/** Writes into the sessions of an unlocked vault. */
import { UsageError } from '../errors.ts';
import { MAX_OPENING, MAX_PREVIEW, MAX_TITLE, emptySession, messagePayload, plainMessage, type Message, type SessionHeader } from '../core/model.ts';
import { codePoints, excerpt } from '../core/text.ts';
import type { WriteOptions } from './types.ts';
import type { Unlocked } from './unlocked.ts';

/** Adds a message. A record of that id that is there already is left as it is: the caller compares. */
export async function write(unlocked: Unlocked, { text, recordId, beginning, ...home }: WriteOptions): Promise<{ sessionId: string }> {
  const { platform } = unlocked.login;
  const title = beginning?.title ?? null;
  checkTitle(title);
  const isNew = home.sessionId === null;
  const id = isNew ? home.newSessionId : home.sessionId;
  const about = { role: 'writer', text: text.toWellFormed(), createdAt: platform.now(), zone: platform.zone() } as const;
  await unlocked.commit(async () => {
    const isThere = unlocked.contents.containers.has(id);
    if (isThere && (await unlocked.records(id)).records.has(recordId)) return null;
    const header = isThere || !isNew ? unlocked.session(id).header : { ...emptySession(about.createdAt, about.zone), title: title?.toWellFormed() ?? null };
    const message = plainMessage({ ...about, position: header.nextPosition });
    return { containers: [{ id, header: withMessage(header, message), records: [{ id: recordId, payload: messagePayload(message), before: undefined }] }] };
  });
  return { sessionId: id };
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
    return header.title === wanted ? null : { containers: [{ id, header: { ...header, title: wanted }, records: [] }] };
  });
}

function checkTitle(title: string | null): void {
  if (title !== null && (title.trim() === '' || codePoints(title) > MAX_TITLE)) {
    throw new UsageError(`A title has 1 to ${MAX_TITLE} characters. Choose another one.`);
  }
}
