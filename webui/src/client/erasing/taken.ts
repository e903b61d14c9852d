/** What an erasure takes: from what the writer chose to containers, records, and what others say no more. */
import { isPayload, type Payload } from '../../core/canonical.ts';
import { messagePayload, type Message, type RootHeader, type SessionHeader } from '../../core/model.ts';
import { IntegrityError, NotFoundError } from '../../errors.ts';
import { isSession, sessionsOf, type OpenSession } from '../contents.ts';
import { lastActive, withChanged } from '../counting.ts';
import { inOrder, type OpenRecord, type OpenRecords } from '../records.ts';
import type { ErasureSelection } from '../types.ts';
import type { Unlocked } from '../unlocked.ts';
import { tellsOf } from './reports.ts';

/** A container that goes in part: it gets a new key, under which the rest is sealed anew. */
export interface TakenPart {
  readonly containerId: string;
  /** Ids of the records that go, rising. */
  readonly gone: readonly string[];
  /** All that stays, with what it says then. */
  readonly survivors: readonly { readonly record: OpenRecord; readonly payload: Payload }[];
  /** But for count and digest. */
  readonly header: RootHeader | SessionHeader;
}

export interface Taken {
  readonly whole: boolean;
  /** Those that go altogether, by rising id. */
  readonly sessions: readonly OpenSession[];
  /** By rising id of the container. */
  readonly parts: readonly TakenPart[];
  /** Messages that go out of sessions that stay. */
  readonly messages: readonly { readonly sessionId: string; readonly message: Message }[];
  /** How many earlier texts go of messages that stay. */
  readonly earlierTexts: number;
  /** Records of the root that go. */
  readonly root: readonly OpenRecord[];
}

/** Ids of messages in the trash, by session: no header tells them. */
export type Trashed = ReadonlyMap<string, readonly string[]>;

/** What is there no more is left out. To be called when the work on the contents has its turn. */
export async function takenBy(unlocked: Unlocked, selection: ErasureSelection, trashed: Trashed): Promise<Taken> {
  const all = sessionsOf(unlocked.contents).sort((a, b) => (a.id < b.id ? -1 : 1));
  const held = [...unlocked.root.records.records.values()];
  if (selection.kind === 'everything') return { whole: true, sessions: all, parts: [], messages: [], earlierTexts: 0, root: held };
  const sessions = all.filter(sessionsIn(selection));
  const inParts = await partsOfSessions(unlocked, new Set(sessions.map(({ id }) => id)), partsIn(selection, trashed));
  const chosen = held.filter(isChosenOfRoot(unlocked, selection));
  const shelved = chosen.map(({ recordId }) => unlocked.root.get(recordId)).filter((record) => record !== undefined);
  const messages = inParts.flatMap(({ part, messages: gone }) => gone.map((message) => ({ sessionId: part.containerId, message })));
  const edited = inParts.flatMap((part) => part.edited);
  const told = tellsOf({ sessions, shelved, messages: messages.map(({ message }) => message), edited });
  const root = [...chosen, ...held.filter(told)];
  const parts = [...inParts.map(({ part }) => part), ...(root.length > 0 ? [rootPart(unlocked, root)] : [])];
  parts.sort((a, b) => (a.containerId < b.containerId ? -1 : 1));
  if (sessions.length + parts.length === 0) throw new NotFoundError('There is nothing to erase in what you chose. Choose something else.', 'not_found');
  return { whole: false, sessions, parts, messages, earlierTexts: edited.reduce((sum, { versions }) => sum + versions.length, 0), root };
}

/** Of sessions that do not go altogether. */
async function partsOfSessions(unlocked: Unlocked, whole: ReadonlySet<string>, choices: readonly (readonly [string, Choice])[]): Promise<SessionPart[]> {
  const found: SessionPart[] = [];
  for (const [sessionId, choice] of choices) {
    if (whole.has(sessionId) || !isSession(unlocked.contents.containers.get(sessionId))) continue;
    const part = sessionPart(unlocked.session(sessionId).header, await unlocked.records(sessionId), choice);
    if (part !== null) found.push(part);
  }
  return found;
}

function rootPart({ contents, root: { records }, login: { vaultId } }: Unlocked, gone: readonly OpenRecord[]): TakenPart {
  const header = contents.containers.get(vaultId)?.header;
  if (header === undefined) throw new IntegrityError('no root container');
  return partOf(records, header, new Set(gone.map(({ recordId }) => recordId)), new Map());
}

function sessionsIn(selection: ErasureSelection): (session: OpenSession) => boolean {
  switch (selection.kind) {
    case 'sessions': {
      const ids = new Set(selection.ids);
      return ({ id }) => ids.has(id);
    }
    case 'notebook':
      return ({ header }) => header.notebook === selection.id;
    case 'before':
      return ({ header }) => lastActive(header) < selection.at;
    case 'trash':
      return ({ header }) => header.trashedAt !== null;
    default:
      return () => false;
  }
}

/** Of one session: messages that go, and those whose earlier texts go. */
interface Choice {
  readonly gone: ReadonlySet<string>;
  readonly earlier: ReadonlySet<string>;
}

function partsIn(selection: ErasureSelection, trashed: Trashed): readonly (readonly [string, Choice])[] {
  switch (selection.kind) {
    case 'messages':
      return [[selection.sessionId, { gone: new Set(selection.ids), earlier: new Set() }]];
    case 'earlier':
      return [[selection.sessionId, { gone: new Set(), earlier: new Set([selection.messageId]) }]];
    case 'trash':
      return [...trashed].map(([id, ids]) => [id, { gone: new Set(ids), earlier: new Set<string>() }] as const);
    default:
      return [];
  }
}

interface SessionPart {
  readonly part: TakenPart;
  /** Those that go. */
  readonly messages: readonly Message[];
  /** Those that stay without their earlier texts. */
  readonly edited: readonly Message[];
}

/** null when nothing of what was chosen is there. */
function sessionPart(header: SessionHeader, records: OpenRecords, { gone, earlier }: Choice): SessionPart | null {
  const all = inOrder(records.records.values());
  const messages = all.filter(({ id }) => gone.has(id)).map(({ message }) => message);
  const edited = all.filter(({ id, message }) => earlier.has(id) && message.versions.length > 0);
  if (messages.length + edited.length === 0) return null;
  const without = new Set(all.filter(({ id }) => gone.has(id)).map(({ id }) => id));
  // The same text as it came from another tool lies beside it where it is too large for the message.
  const positions = new Set([...messages, ...edited.map(({ message }) => message)].map(({ position }) => position));
  for (const { recordId, payload } of records.records.values()) {
    if (payload['type'] === 'source' && positions.has(Number(payload['position'] ?? Number.NaN))) without.add(recordId);
  }
  const changed = new Map(edited.map(({ id, message }) => [id, messagePayload(asIfNeverEdited(message))]));
  const left = all.filter(({ id }) => !gone.has(id)).map(({ message }) => message);
  return {
    part: partOf(records, withChanged(header, messages, [], left), without, changed),
    messages,
    edited: edited.map(({ message }) => message),
  };
}

/** Without the earlier texts, the one it was imported with included. */
function asIfNeverEdited(message: Message): Message {
  const { origin, ...extra } = message.extra;
  if (origin === undefined || !isPayload(origin)) return { ...message, versions: [], editedAt: null };
  const { item: _, ...rest } = origin;
  return { ...message, versions: [], editedAt: null, extra: { ...extra, origin: rest } };
}

function partOf(
  { containerId, records }: OpenRecords, header: RootHeader | SessionHeader, gone: ReadonlySet<string>, changed: ReadonlyMap<string, Payload>,
): TakenPart {
  const survivors = [...records.values()].filter(({ recordId }) => !gone.has(recordId));
  return {
    containerId,
    gone: [...gone].sort(),
    survivors: survivors.map((record) => ({ record, payload: changed.get(record.recordId) ?? record.payload })),
    header,
  };
}

function isChosenOfRoot({ root }: Unlocked, selection: ErasureSelection): (record: OpenRecord) => boolean {
  return ({ recordId }) => {
    const record = root.get(recordId);
    if (selection.kind === 'notebook') return recordId === selection.id && record?.type === 'notebook';
    return selection.kind === 'trash' && (record?.type === 'notebook' || record?.type === 'template') && record.trashedAt !== null;
  };
}
