/** Merges two sessions: copies of the messages of one stand at the end of the other. */
import { concat, fromHex, toHex, utf8 } from '../core/bytes.ts';
import { sha256 } from '../core/kdf.ts';
import { MAX_TAGS, type Message, type SessionHeader } from '../core/model.ts';
import { compareCodePoints } from '../core/text.ts';
import { UsageError } from '../errors.ts';
import { ID_BYTES, MAX_COMMIT_ITEMS } from '../wire/limits.ts';
import { keepingUndo, restored } from './changes.ts';
import { TooLargeError, type Edit } from './commits.ts';
import { lastActive } from './counting.ts';
import { inParts } from './parts.ts';
import { inOrder, type OpenRecords } from './records.ts';
import type { OnProgress, Undo } from './types.ts';
import type { Unlocked } from './unlocked.ts';
import { changeMessages } from './writing.ts';

/** The headers of a session before and after. */
interface Step {
  readonly before: SessionHeader;
  readonly after: SessionHeader;
}

/** What one commit did: the copies it made or took out of the trash, and whether they were the last. */
interface Part {
  /** By id: when the text of the copy had last been changed. */
  readonly copies: ReadonlyMap<string, number | null>;
  readonly into: Step;
  readonly from: Step;
  /** Copies that were still to be made. */
  readonly left: number;
}

/**
 * In as many commits as it takes; the last one puts the session the copies are from into the trash. Whatever another
 * device writes into either meanwhile is copied or stays.
 */
export async function mergeSessions(unlocked: Unlocked, into: string, from: string, onProgress?: OnProgress): Promise<Undo> {
  const { serviceMs } = unlocked.moment();
  const parts: Part[] = [];
  const work = async () => {
    let most = MAX_COMMIT_ITEMS;
    let left = 1;
    while (left > 0) {
      const part = await mergePart(unlocked, into, from, serviceMs, most);
      if (typeof part === 'number') {
        most = Math.ceil(part / 2);
        continue;
      }
      parts.push(part);
      ({ left } = part);
      const done = parts.reduce((sum, { copies }) => sum + copies.size, 0);
      onProgress?.(done, done + left);
    }
  };
  return keepingUndo(work, () => undo(unlocked, into, from, parts), () => parts.length > 0);
}

/** The number of copies when they are too large for one commit. */
async function mergePart(unlocked: Unlocked, into: string, from: string, now: number, most: number): Promise<Part | number> {
  const planned: Part[] = [];
  try {
    await unlocked.act(async () => {
      const { given, records } = await readBoth(unlocked, from, into);
      const [intoHeader, fromHeader] = [unlocked.session(into).header, unlocked.session(from).header];
      if (into === from || intoHeader.trashedAt !== null) {
        throw new UsageError('Two sessions are merged, into one that is not in the trash. Choose others.');
      }
      const missing = await missingCopies(into, given, records, intoHeader.nextPosition);
      const changed = new Map([...missing].slice(0, most));
      const left = missing.size - changed.size;
      const after = {
        into: withCopies(intoHeader, fromHeader, changed),
        from: left > 0 ? fromHeader : { ...fromHeader, trashedAt: fromHeader.trashedAt ?? now },
      };
      planned.push({
        copies: new Map([...changed].map(([id, { editedAt }]) => [id, editedAt])), left, into: { before: intoHeader, after: after.into }, from: { before: fromHeader, after: after.from },
      });
      const edits: Edit[] = changed.size === 0 ? [] : [changeMessages(records, after.into, changed)];
      if (after.from.trashedAt !== fromHeader.trashedAt) edits.push({ id: from, header: after.from, records: [] });
      return edits.length === 0 ? null : { containers: edits };
    });
  } catch (error) {
    const tried = planned.at(-1)?.copies.size ?? 0;
    if (!(error instanceof TooLargeError) || tried <= 1) throw error;
    return tried;
  }
  const [last] = planned.slice(-1);
  if (last === undefined) throw new UsageError('Nothing was merged. Try again.');
  return last;
}

/** The records of two sessions as of one state of the vault: reading may find a newer one. */
async function readBoth(unlocked: Unlocked, from: string, into: string): Promise<{ given: OpenRecords; records: OpenRecords }> {
  for (;;) {
    const { contents } = unlocked;
    const [given, records] = [await unlocked.records(from), await unlocked.records(into)];
    if (unlocked.contents === contents) return { given, records };
  }
}

/** By id: the copies that are not there, or lie in the trash of an earlier merge that was taken back. */
async function missingCopies(into: string, given: OpenRecords, { records }: OpenRecords, nextPosition: number): Promise<Map<string, Message>> {
  const there = new Map(inOrder(records.values()).map(({ id, message }) => [id, message]));
  const missing = new Map<string, Message>();
  let position = nextPosition;
  for (const { id: of, message } of inOrder(given.records.values())) {
    const id = await copyId(into, of);
    const copy = there.get(id);
    if (!records.has(id)) missing.set(id, { ...message, position: position++ });
    else if (copy !== undefined && copy.trashedAt !== null && message.trashedAt === null) missing.set(id, { ...copy, trashedAt: null });
  }
  return missing;
}

/** The id that the copy of a message takes: the same each time, so that none comes twice. */
async function copyId(into: string, of: string): Promise<string> {
  const hash = await sha256(concat(utf8('inkvault/v1/merge'), fromHex(into, ID_BYTES), fromHex(of, ID_BYTES)));
  return toHex(hash.subarray(0, ID_BYTES));
}

/** The header of the session that takes the copies, but for what is counted. */
function withCopies(into: SessionHeader, from: SessionHeader, copies: ReadonlyMap<string, Message>): SessionHeader {
  const tags = [...new Set([...into.tags, ...from.tags])].sort(compareCodePoints);
  return {
    ...into,
    tags: tags.length <= MAX_TAGS ? tags : into.tags,
    activeAt: Math.max(lastActive(into), lastActive(from)),
    nextPosition: Math.max(into.nextPosition, ...[...copies.values()].map(({ position }) => position + 1)),
  };
}

/** Gives the other session back, takes the tags away, and the copies out of sight; but not those edited since. */
async function undo(unlocked: Unlocked, into: string, from: string, parts: readonly Part[]): Promise<void> {
  const { serviceMs } = unlocked.moment();
  const [first, last] = [parts[0], parts.at(-1)];
  if (first === undefined || last === undefined) return;
  await restoreHeader(unlocked, from, last.from);
  await inParts(parts.flatMap(({ copies }) => [...copies]), (part) => unlocked.act(async () => {
    const records = await unlocked.records(into);
    const copies = new Map(part);
    const shown = inOrder(records.records.values()).filter(({ id, message }) => message.trashedAt === null && copies.get(id) === message.editedAt);
    const changed = new Map(shown.map(({ id, message }) => [id, { ...message, trashedAt: serviceMs }]));
    return changed.size === 0 ? null : { containers: [changeMessages(records, unlocked.session(into).header, changed)] };
  }));
  await restoreHeader(unlocked, into, first.into);
}

async function restoreHeader(unlocked: Unlocked, id: string, step: Step): Promise<void> {
  await unlocked.act(async () => {
    const { header } = unlocked.session(id);
    const back = restored(header, step);
    return back === header ? null : { containers: [{ id, header: back, records: [] }] };
  });
}
