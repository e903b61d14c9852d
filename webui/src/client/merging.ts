/** Merges two sessions: copies of the messages of one stand at the end of the other. */
import { concat, fromHex, toHex, utf8 } from '../core/bytes.ts';
import { sha256 } from '../core/kdf.ts';
import { MAX_TAGS, type Message, type SessionHeader } from '../core/model.ts';
import { compareCodePoints } from '../core/text.ts';
import { UsageError } from '../errors.ts';
import { ID_BYTES } from '../wire/limits.ts';
import { restored } from './changes.ts';
import type { Edits } from './commits.ts';
import { lastActive } from './counting.ts';
import { inParts } from './parts.ts';
import { inOrder, type OpenRecords } from './records.ts';
import type { OnProgress, Undo } from './types.ts';
import type { Unlocked } from './unlocked.ts';
import { changeMessages } from './writing.ts';

/** A message of the other session, and the id that its copy takes: the same each time, so that none comes twice. */
interface Copy {
  readonly of: string;
  readonly id: string;
}

/** Headers of a session before and after one commit. */
interface Step {
  readonly before: SessionHeader;
  readonly after: SessionHeader;
}

export async function mergeSessions(unlocked: Unlocked, into: string, from: string, onProgress?: OnProgress): Promise<Undo> {
  const { serviceMs } = unlocked.moment();
  const copies = await unlocked.gate.inTurn(async () => {
    if (into === from || unlocked.session(into).header.trashedAt !== null) {
      throw new UsageError('Two sessions are merged, into one that is not in the trash. Choose others.');
    }
    return copiesOf(into, await unlocked.records(from));
  });
  const made = new Set<string>();
  /** It gives the tags. */
  let first: Step | null = null;
  await inParts(copies, async (part) => {
    let done: { readonly ids: readonly string[]; readonly step: Step }[] = [];
    await unlocked.act(async () => {
      const { given, records } = await readBoth(unlocked, from, into);
      const [before, other] = [unlocked.session(into).header, unlocked.session(from).header];
      const changed = missing(part, given, records, before.nextPosition);
      const after = withCopies(before, other, changed);
      done = [{ ids: [...changed.keys()], step: { before, after } }];
      return changed.size === 0 ? null : { containers: [changeMessages(records, after, changed)] };
    });
    for (const { ids, step } of done) {
      for (const id of ids) made.add(id);
      first ??= step;
    }
  }, onProgress);
  const putAway = await trashSession(unlocked, from, serviceMs);
  return async () => {
    await putAway();
    await trashCopies(unlocked, into, [...made], first);
  };
}

function copiesOf(into: string, { records }: OpenRecords): Promise<Copy[]> {
  return Promise.all(inOrder(records.values()).map(async ({ id: of }) => {
    const hash = await sha256(concat(utf8('inkvault/v1/merge'), fromHex(into, ID_BYTES), fromHex(of, ID_BYTES)));
    return { of, id: toHex(hash.subarray(0, ID_BYTES)) };
  }));
}

/** The records of two sessions as of one state of the vault: reading may find a newer one. */
async function readBoth(unlocked: Unlocked, from: string, into: string) {
  for (;;) {
    const { contents } = unlocked;
    const given = new Map(inOrder((await unlocked.records(from)).records.values()).map(({ id, message }) => [id, message]));
    const records = await unlocked.records(into);
    if (unlocked.contents === contents) return { given, records };
  }
}

/** The copies that are not there, or lie in the trash of an earlier merge that was taken back. */
function missing(
  part: readonly Copy[], given: ReadonlyMap<string, Message>, { records }: OpenRecords, nextPosition: number,
): Map<string, Message> {
  const there = new Map(inOrder(records.values()).map(({ id, message }) => [id, message]));
  const changed = new Map<string, Message>();
  let position = nextPosition;
  for (const { of, id } of part) {
    const [original, copy] = [given.get(of), there.get(id)];
    if (original === undefined) continue;
    if (!records.has(id)) changed.set(id, { ...original, position: position++ });
    else if (copy !== undefined && copy.trashedAt !== null && original.trashedAt === null) changed.set(id, { ...copy, trashedAt: null });
  }
  return changed;
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

async function trashSession(unlocked: Unlocked, id: string, now: number): Promise<Undo> {
  let step: Step | null = null;
  await unlocked.act(async () => {
    const { header: before } = unlocked.session(id);
    const after = { ...before, trashedAt: now };
    step = before.trashedAt === null ? { before, after } : null;
    return step === null ? null : headerEdit(id, after);
  });
  return () => unlocked.act(async () => {
    const { header } = unlocked.session(id);
    const back = step === null ? header : restored(header, step);
    return back === header ? null : headerEdit(id, back);
  });
}

/** Takes the copies out of sight again, and gives the tags back. */
async function trashCopies(unlocked: Unlocked, into: string, ids: readonly string[], step: Step | null): Promise<void> {
  const { serviceMs } = unlocked.moment();
  await inParts(ids, (part) => unlocked.act(async () => {
    const records = await unlocked.records(into);
    const messages = inOrder(records.records.values()).filter(({ id, message }) => part.includes(id) && message.trashedAt === null);
    const changed = new Map(messages.map(({ id, message }) => [id, { ...message, trashedAt: serviceMs }]));
    return changed.size === 0 ? null : { containers: [changeMessages(records, unlocked.session(into).header, changed)] };
  }));
  if (step === null) return;
  await unlocked.act(async () => {
    const { header } = unlocked.session(into);
    const back = restored(header, step);
    return back === header ? null : headerEdit(into, back);
  });
}

function headerEdit(id: string, header: SessionHeader): Edits {
  return { containers: [{ id, header, records: [] }] };
}
