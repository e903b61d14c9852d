/** What the records of the root container say: notebooks, the writer's own templates, settings (FORMAT §5.3). */
import type { Payload } from './canonical.ts';
import { FormatError } from '../errors.ts';
import { Fields } from './fields.ts';
import { MAX_TAGS, MAX_TITLE } from './model.ts';
import * as optional from './optional.ts';
import { Optionals, or, orNone, orNull } from './optional.ts';

export const NOTEBOOK_KINDS = ['event', 'project', 'journal'] as const;
export type NotebookKind = (typeof NOTEBOOK_KINDS)[number];
export const COLOURS = ['red', 'orange', 'yellow', 'green', 'teal', 'blue', 'violet', 'rose'] as const;
export type Colour = (typeof COLOURS)[number];

/** Code points; likewise below. */
export const MAX_NOTES = 100_000;
export const MAX_ABOUT = 2_000;
export const MAX_PROMPT = 20_000;
export const MAX_PHASES = 20;
export const MAX_PHASE_MINUTES = 600;
export const MAX_RETENTION_DAYS = 36_500;
export const MAX_CONTINUE_MINUTES = 60;
/** When the writer has set nothing else (FORMAT §5.5). */
export const CONTINUE_MINUTES = 5;
/** When the writer has set nothing else. */
export const BACKUP_DAYS = 30;
export const MAX_BACKUP_DAYS = 36_500;

interface RetentionDays {
  readonly archiveDays: number | null;
  readonly trashDays: number | null;
  readonly remindDays: number | null;
}

/** Days after its last activity until a session is archived, trashed, brought to mind; null for never, not all of them null. */
export interface Retention extends RetentionDays {
  readonly extra: Payload;
}

const DAYS = orNull(optional.integer(1, MAX_RETENTION_DAYS));
const RETENTION = new Optionals<RetentionDays>({ archiveDays: DAYS, trashDays: DAYS, remindDays: DAYS });

function retentionPayload(retention: Retention): Payload {
  return { ...retention.extra, ...RETENTION.write(retention) };
}

function parseRetention(payload: Payload): Retention {
  const fields = new Fields(payload);
  const days = RETENTION.read(fields);
  if (Object.values(days).every((value) => value === null)) throw new FormatError('retention of nothing');
  return { ...days, extra: fields.rest() };
}

interface NotebookDetails {
  readonly notes: string;
  readonly colour: Colour | null;
  /** `YYYY-MM-DD` */
  readonly date: string | null;
  /** Name of a template. */
  readonly programme: string | null;
  readonly archivedAt: number | null;
  readonly trashedAt: number | null;
  readonly retention: Retention | null;
}

const NOTEBOOK = new Optionals<NotebookDetails>({
  notes: or('', optional.text(MAX_NOTES)),
  colour: orNull(optional.choice(COLOURS)),
  date: orNull(optional.DAY),
  programme: orNull(optional.TEMPLATE_NAME),
  archivedAt: orNull(optional.TIME),
  trashedAt: orNull(optional.TIME),
  retention: orNull(optional.one(parseRetention, retentionPayload)),
});

/** What notebooks and templates begin with. Times are in milliseconds. */
interface Titled {
  readonly title: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly zone: string;
  readonly extra: Payload;
}

function titledPayload({ title, createdAt, updatedAt, zone, extra }: Titled): Payload {
  return { ...extra, title, created_at: createdAt, updated_at: updatedAt, zone };
}

function parseTitled(fields: Fields): Omit<Titled, 'extra'> {
  return {
    title: fields.text('title', MAX_TITLE, 1),
    createdAt: fields.integer('created_at'),
    updatedAt: fields.integer('updated_at'),
    zone: fields.text('zone'),
  };
}

export interface Notebook extends Titled, NotebookDetails {
  readonly type: 'notebook';
  readonly kind: NotebookKind;
}

const KIND = optional.choice(NOTEBOOK_KINDS);

function notebookPayload(notebook: Notebook): Payload {
  return { ...titledPayload(notebook), ...NOTEBOOK.write(notebook), type: 'notebook', kind: notebook.kind };
}

function parseNotebook(payload: Payload): Notebook {
  const fields = new Fields(payload);
  fields.constant('type', 'notebook');
  const titled = parseTitled(fields);
  const kind = KIND.read(fields.take('kind'));
  return { type: 'notebook', ...titled, kind, ...NOTEBOOK.read(fields), extra: fields.rest() };
}

/** One session of a programme; `minutes` is 0 for no limit. */
export interface Phase {
  readonly title: string;
  readonly prompt: string;
  readonly minutes: number;
  readonly extra: Payload;
}

function phasePayload({ title, prompt, minutes, extra }: Phase): Payload {
  return { ...extra, title, prompt, minutes };
}

function parsePhase(payload: Payload): Phase {
  const fields = new Fields(payload);
  return {
    title: fields.text('title', MAX_TITLE),
    prompt: fields.text('prompt', MAX_PROMPT),
    minutes: fields.integer('minutes', 0, MAX_PHASE_MINUTES),
    extra: fields.rest(),
  };
}

interface TemplateDetails {
  readonly about: string;
  /** Sorted by their UTF-8 bytes. */
  readonly tags: readonly string[];
  readonly trashedAt: number | null;
}

const PHASES = optional.many(parsePhase, phasePayload, MAX_PHASES);
const TEMPLATE = new Optionals<TemplateDetails>({
  about: or('', optional.text(MAX_ABOUT)),
  tags: orNone(optional.labels(MAX_TAGS)),
  trashedAt: orNull(optional.TIME),
});

/** A template of the writer's own. Its name is the id of its record in hexadecimal. */
export interface Template extends Titled, TemplateDetails {
  readonly type: 'template';
  readonly phases: readonly Phase[];
}

function templatePayload(template: Template): Payload {
  const phases = PHASES.write(template.phases);
  return { ...titledPayload(template), ...TEMPLATE.write(template), type: 'template', phases };
}

function parseTemplate(payload: Payload): Template {
  const fields = new Fields(payload);
  fields.constant('type', 'template');
  const titled = parseTitled(fields);
  const phases = PHASES.read(fields.take('phases'));
  return { type: 'template', ...titled, phases, ...TEMPLATE.read(fields), extra: fields.rest() };
}

interface SettingsDetails {
  /** null stands for CONTINUE_MINUTES. */
  readonly continueMinutes: number | null;
  readonly retention: Retention | null;
  /** null stands for BACKUP_DAYS, 0 for never. */
  readonly backupDays: number | null;
}

const SETTINGS = new Optionals<SettingsDetails>({
  continueMinutes: orNull(optional.integer(1, MAX_CONTINUE_MINUTES)),
  retention: orNull(optional.one(parseRetention, retentionPayload)),
  backupDays: orNull(optional.integer(0, MAX_BACKUP_DAYS)),
});

/** What the writer set for the whole vault. */
export interface Settings extends SettingsDetails {
  readonly type: 'settings';
  readonly extra: Payload;
}

export const NO_SETTINGS: Settings = { type: 'settings', ...SETTINGS.absent, extra: {} };

function parseSettings(payload: Payload): Settings {
  const fields = new Fields(payload);
  fields.constant('type', 'settings');
  return { type: 'settings', ...SETTINGS.read(fields), extra: fields.rest() };
}

/** That everything was backed up: when that was begun, by the service's clock. */
export interface Backup {
  readonly type: 'backup';
  readonly begunAt: number;
  readonly extra: Payload;
}

function parseBackup(payload: Payload): Backup {
  const fields = new Fields(payload);
  fields.constant('type', 'backup');
  return { type: 'backup', begunAt: fields.integer('begun_at'), extra: fields.rest() };
}

export type RootRecord = Notebook | Template | Settings | Backup;

/** null for a type that is not known here: its payload is kept, counted and verified, and left unshown. */
export function parseRootRecord(payload: Payload): RootRecord | null {
  switch (payload['type']) {
    case 'notebook':
      return parseNotebook(payload);
    case 'template':
      return parseTemplate(payload);
    case 'settings':
      return parseSettings(payload);
    case 'backup':
      return parseBackup(payload);
    default:
      return null;
  }
}

export function rootRecordPayload(record: RootRecord): Payload {
  switch (record.type) {
    case 'notebook':
      return notebookPayload(record);
    case 'template':
      return templatePayload(record);
    case 'settings':
      return { ...record.extra, ...SETTINGS.write(record), type: 'settings' };
    case 'backup':
      return { ...record.extra, type: 'backup', begun_at: record.begunAt };
  }
}
