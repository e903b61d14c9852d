/** What payloads say: container headers, messages and drafts (FORMAT §5.3). Fields unknown here are kept in `extra`. */
import { ID_BYTES } from '../wire/limits.ts';
import { toHex, type Bytes } from './bytes.ts';
import type { Json, Payload } from './canonical.ts';
import { SetDigest } from './digest.ts';
import { FormatError } from '../errors.ts';
import { Fields } from './fields.ts';
import * as optional from './optional.ts';
import { Optionals, or, orNone, orNull } from './optional.ts';

/** Code points of a title; likewise below. */
export const MAX_TITLE = 200;
export const MAX_OPENING = 50;
export const MAX_PREVIEW = 160;
export const MAX_HELPER = 100;
export const MAX_THREAD = 500;
export const MAX_TAGS = 50;
export const MAX_PHASE = 99;

export const ROLES = ['writer', 'helper', 'system', 'tool'] as const;
export type Role = (typeof ROLES)[number];

/** The header of the root container: number and digest of its records. */
export interface RootHeader {
  readonly type: 'root';
  readonly count: number;
  readonly digest: SetDigest;
  readonly extra: Payload;
}

function rootPayload({ count, digest, extra }: RootHeader): Payload {
  return { ...extra, type: 'root', count, digest: digest.hex() };
}

export function parseRoot(payload: Payload): RootHeader {
  const fields = new Fields(payload);
  fields.constant('type', 'root');
  return { type: 'root', count: fields.integer('count', 0), digest: fields.digest('digest'), extra: fields.rest() };
}

/** What was written in a session on one day, `YYYY-MM-DD` in the zone of each message; one number is above 0. */
export interface Day {
  readonly day: string;
  readonly words: number;
  readonly seconds: number;
  readonly extra: Payload;
}

function dayPayload({ day, words, seconds, extra }: Day): Payload {
  return { ...extra, day, words, seconds };
}

function parseDay(payload: Payload): Day {
  const fields = new Fields(payload);
  const day = optional.DAY.read(fields.take('day'));
  const [words, seconds] = [fields.integer('words', 0), fields.integer('seconds', 0)];
  if (words === 0 && seconds === 0) throw new FormatError('a day without anything');
  return { day, words, seconds, extra: fields.rest() };
}

/** What a session header may leave out. The first three times, and the last two, are by the service's clock (FORMAT §5.5). */
export interface SessionDetails {
  readonly activeAt: number | null;
  /** Never both there. */
  readonly endedAt: number | null;
  readonly resumedAt: number | null;
  /** Hexadecimal. */
  readonly notebook: string | null;
  readonly phase: number | null;
  readonly template: string | null;
  readonly helper: string | null;
  /** Sorted by their UTF-8 bytes. */
  readonly tags: readonly string[];
  readonly pinned: boolean;
  readonly thread: string | null;
  readonly archivedAt: number | null;
  readonly trashedAt: number | null;
  /** Sorted by their day. */
  readonly days: readonly Day[];
}

const SESSION = new Optionals<SessionDetails>({
  activeAt: orNull(optional.TIME),
  endedAt: orNull(optional.TIME),
  resumedAt: orNull(optional.TIME),
  notebook: orNull(optional.ID),
  phase: orNull(optional.integer(1, MAX_PHASE)),
  template: orNull(optional.TEMPLATE_NAME),
  helper: orNull(optional.text(MAX_HELPER)),
  tags: orNone(optional.labels(MAX_TAGS)),
  pinned: or<boolean>(false, optional.TRUE),
  thread: orNull(optional.text(MAX_THREAD)),
  archivedAt: orNull(optional.TIME),
  trashedAt: orNull(optional.TIME),
  days: orNone(optional.many(parseDay, dayPayload)),
});

/** The header of a session. Times are in milliseconds; the title shown is `title`, else `opening`. */
export interface SessionHeader extends SessionDetails {
  readonly type: 'session';
  readonly count: number;
  readonly digest: SetDigest;
  readonly title: string | null;
  readonly opening: string;
  readonly preview: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly zone: string;
  readonly nextPosition: number;
  readonly extra: Payload;
}

/** The header of a session that has no records and nothing set. */
export function emptySession(createdAt: number, zone: string): SessionHeader {
  return {
    type: 'session', count: 0, digest: SetDigest.empty, title: null, opening: '', preview: '', createdAt, updatedAt: createdAt,
    zone, nextPosition: 0, ...SESSION.absent, extra: {},
  };
}

function sessionPayload(header: SessionHeader): Payload {
  return {
    ...header.extra,
    ...SESSION.write(header),
    type: 'session',
    count: header.count,
    digest: header.digest.hex(),
    title: header.title,
    opening: header.opening,
    preview: header.preview,
    created_at: header.createdAt,
    updated_at: header.updatedAt,
    zone: header.zone,
    next_position: header.nextPosition,
  };
}

export function parseSession(payload: Payload): SessionHeader {
  const fields = new Fields(payload);
  fields.constant('type', 'session');
  const header: SessionHeader = {
    type: 'session',
    count: fields.integer('count', 0),
    digest: fields.digest('digest'),
    title: fields.optionalText('title', MAX_TITLE),
    opening: fields.text('opening', MAX_OPENING),
    preview: fields.text('preview', MAX_PREVIEW),
    createdAt: fields.integer('created_at'),
    updatedAt: fields.integer('updated_at'),
    zone: fields.text('zone'),
    nextPosition: fields.integer('next_position', 0),
    ...SESSION.read(fields),
    extra: fields.rest(),
  };
  if (header.endedAt !== null && header.resumedAt !== null) throw new FormatError('ended and resumed');
  if (header.days.some(({ day }, index) => index > 0 && day <= (header.days[index - 1]?.day ?? ''))) throw new FormatError('days not sorted');
  return header;
}

export function headerPayload(header: RootHeader | SessionHeader): Payload {
  return header.type === 'root' ? rootPayload(header) : sessionPayload(header);
}

/** An earlier text of a message; `at` is when it was written. */
export interface Version {
  readonly text: string;
  readonly at: number;
  readonly extra: Payload;
}

function versionPayload({ text, at, extra }: Version): Payload {
  return { ...extra, text, at };
}

function parseVersion(payload: Payload): Version {
  const fields = new Fields(payload);
  return { text: fields.text('text'), at: fields.integer('at'), extra: fields.rest() };
}

/** What a message may leave out. */
export interface MessageDetails {
  /** How long it took to write; 0 when nobody knows. */
  readonly seconds: number;
  /** There when `versions` are. */
  readonly editedAt: number | null;
  /** Oldest first. */
  readonly versions: readonly Version[];
  readonly trashedAt: number | null;
  readonly sources: readonly Payload[];
  readonly toolCalls: readonly Payload[];
  /** Sorted by their UTF-8 bytes. */
  readonly flags: readonly string[];
}

const MESSAGE = new Optionals<MessageDetails>({
  seconds: or(0, optional.integer(1)),
  editedAt: orNull(optional.TIME),
  versions: orNone(optional.many(parseVersion, versionPayload)),
  trashedAt: orNull(optional.TIME),
  sources: orNone(optional.OBJECTS),
  toolCalls: orNone(optional.OBJECTS),
  flags: orNone(optional.labels()),
});

/** Messages of a session are shown by (`position`, record id). */
export interface Message extends MessageDetails {
  readonly role: Role;
  readonly text: string;
  readonly position: number;
  readonly createdAt: number;
  readonly zone: string;
  readonly extra: Payload;
}

/** A message that has nothing but its text. */
export function plainMessage(message: Pick<Message, 'role' | 'text' | 'position' | 'createdAt' | 'zone'>): Message {
  return { ...MESSAGE.absent, extra: {}, ...message };
}

export function messagePayload(message: Message): Payload {
  const { role, text, position, createdAt, zone, extra } = message;
  return { ...extra, ...MESSAGE.write(message), type: 'message', role, text, position, created_at: createdAt, zone };
}

export function parseMessage(payload: Payload): Message {
  const fields = new Fields(payload);
  fields.constant('type', 'message');
  const message: Message = {
    role: parseRole(fields.text('role')),
    text: fields.text('text'),
    position: fields.integer('position', 0),
    createdAt: fields.integer('created_at'),
    zone: fields.text('zone'),
    ...MESSAGE.read(fields),
    extra: fields.rest(),
  };
  if ((message.editedAt === null) !== (message.versions.length === 0)) throw new FormatError('versions of a message');
  return message;
}

function parseRole(name: string): Role {
  const role = ROLES.find((known) => known === name);
  if (role === undefined) throw new FormatError('role');
  return role;
}

/** A selection in UTF-16 units. */
export type Selection = readonly [start: number, end: number];

/** What is being written and not saved yet, in `session`, or in `newSession` which begins with it: one of the two. */
export type DraftPayload = DraftHome & {
  readonly text: string;
  readonly recordId: Bytes;
  readonly selection: Selection;
  readonly scroll: number;
  readonly updatedAt: number;
};
type DraftHome =
  | { readonly session: Bytes; readonly newSession: null }
  | { readonly session: null; readonly newSession: Bytes };

export function draftPayload({ text, session, newSession, recordId, selection, scroll, updatedAt }: DraftPayload): Payload {
  return {
    type: 'draft',
    text,
    session: session && toHex(session),
    new_session: newSession && toHex(newSession),
    record_id: toHex(recordId),
    selection,
    scroll,
    updated_at: updatedAt,
  };
}

export function parseDraft(payload: Payload): DraftPayload {
  const fields = new Fields(payload);
  fields.constant('type', 'draft');
  return {
    ...parseDraftHome(fields),
    text: fields.text('text'),
    recordId: fields.binary('record_id', ID_BYTES),
    selection: parseSelection(fields.take('selection')),
    scroll: fields.integer('scroll'),
    updatedAt: fields.integer('updated_at'),
  };
}

function parseDraftHome(fields: Fields): DraftHome {
  const session = fields.optionalBinary('session', ID_BYTES);
  const newSession = fields.optionalBinary('new_session', ID_BYTES);
  if (session === null && newSession !== null) return { session, newSession };
  if (session !== null && newSession === null) return { session, newSession };
  throw new FormatError('session of the draft');
}

export function parseSelection(value: Json): Selection {
  if (!Array.isArray(value) || value.length !== 2) throw new FormatError('selection');
  const [start, end] = value as readonly Json[];
  if (typeof start !== 'number' || typeof end !== 'number') throw new FormatError('selection');
  return [start, end];
}
