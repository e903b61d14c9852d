/** What payloads say: container headers, messages and drafts (FORMAT §5.3). Fields unknown here are kept in `extra`. */
import { ID_BYTES } from '../wire/limits.ts';
import { toHex, type Bytes } from './bytes.ts';
import type { Json, Payload } from './canonical.ts';
import type { SetDigest } from './digest.ts';
import { FormatError } from '../errors.ts';
import { Fields } from './fields.ts';

/** Code points of a title; likewise below. */
export const MAX_TITLE = 200;
export const MAX_OPENING = 50;
export const MAX_PREVIEW = 160;

const ROLES = ['writer', 'helper', 'system', 'tool'] as const;
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

/** The header of a session. Times are in milliseconds; the title shown is `title`, else `opening`. */
export interface SessionHeader {
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

function sessionPayload(header: SessionHeader): Payload {
  return {
    ...header.extra,
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
  return {
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
    extra: fields.rest(),
  };
}

export function headerPayload(header: RootHeader | SessionHeader): Payload {
  return header.type === 'root' ? rootPayload(header) : sessionPayload(header);
}

/** Messages of a session are shown by (`position`, record id). */
export interface Message {
  readonly role: Role;
  readonly text: string;
  readonly position: number;
  readonly createdAt: number;
  readonly zone: string;
  readonly extra: Payload;
}

export function messagePayload({ role, text, position, createdAt, zone, extra }: Message): Payload {
  return { ...extra, type: 'message', role, text, position, created_at: createdAt, zone };
}

export function parseMessage(payload: Payload): Message {
  const fields = new Fields(payload);
  fields.constant('type', 'message');
  return {
    role: parseRole(fields.text('role')),
    text: fields.text('text'),
    position: fields.integer('position', 0),
    createdAt: fields.integer('created_at'),
    zone: fields.text('zone'),
    extra: fields.rest(),
  };
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
