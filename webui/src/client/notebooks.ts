/** Notebooks, own templates and settings: the records of the root container, shown and changed (FORMAT §5.3). */
import { equal, randomId, toHex } from '../core/bytes.ts';
import * as canonical from '../core/canonical.ts';
import { MAX_TITLE } from '../core/model.ts';
import {
  BACKUP_DAYS, CONTINUE_MINUTES, MAX_BACKUP_DAYS, MAX_CONTINUE_MINUTES, MAX_NOTES, MAX_PHASE_MINUTES, MAX_PHASES, MAX_PROMPT, MAX_RETENTION_DAYS,
  parseRootRecord, rootRecordPayload, type Notebook, type Retention, type RootRecord, type Settings, type Template,
} from '../core/rootrecords.ts';
import { ConflictError, IntegrityError } from '../errors.ts';
import { conflicts, isSame as isEqual, rebased } from '../writing/rebase.ts';
import { since } from './changes.ts';
import { checkPayload, checkTags, checkTemplateName, checkTitle } from './checks.ts';
import { notThere, type Root } from './root.ts';
import type * as shown from './types.ts';
import type { Unlocked } from './unlocked.ts';

const DOES_NOT_FIT = `This does not fit: titles have 1 to ${MAX_TITLE} characters, notes at most ${MAX_NOTES.toLocaleString('en')}, prompts `
  + `${MAX_PROMPT.toLocaleString('en')}; there are 1 to ${MAX_PHASES} phases of up to ${MAX_PHASE_MINUTES} minutes, retention has 1 to `
  + `${MAX_RETENTION_DAYS.toLocaleString('en')} days, a session goes on for 1 to ${MAX_CONTINUE_MINUTES} minutes, a backup is due after 0 to ${MAX_BACKUP_DAYS.toLocaleString('en')} days. Change it and save again.`;

/** By title. */
export function notebooksOf(root: Root): shown.Notebook[] {
  const views = [...root.notebooks()].map(([id, { type: _, extra: __, retention, ...notebook }]): shown.Notebook => ({
    ...notebook, id, retention: retentionView(retention),
  }));
  return views.sort(byTitle(({ id }) => id));
}

/** By title, without those in the trash. */
export function templatesOf(root: Root): shown.Template[] {
  const kept = [...root.templates()].filter(([, { trashedAt }]) => trashedAt === null);
  const views = kept.map(([name, template]): shown.Template => ({ name, ...contentOf(template), kind: null, source: '', care: '', builtIn: false }));
  return views.sort(byTitle(({ name }) => name));
}

export function settingsOf(root: Root): shown.VaultSettings {
  const { continueMinutes, retention, backupDays } = root.settings().settings;
  return { continueMinutes: continueMinutes ?? CONTINUE_MINUTES, retention: retentionView(retention), backupDays: backupDays ?? BACKUP_DAYS };
}

/** Makes a notebook, or changes one. */
export async function saveNotebook(
  unlocked: Unlocked, fields: shown.NotebookFields, { id, newId, seen = [] }: shown.Saving<shown.NotebookFields>,
): Promise<string> {
  const { ms, zone } = unlocked.moment();
  const mine: shown.NotebookFields = {
    ...fields, title: checkTitle(fields.title) ?? '', notes: fields.notes.toWellFormed(), programme: checkTemplateName(fields.programme),
    retention: retentionView(retentionOf(fields.retention, null)),
  };
  const recordId = id ?? newId ?? toHex(randomId());
  await saveRecord(unlocked, recordId, (record): Notebook => {
    const before = id === undefined && record === undefined ? undefined : find(record, 'notebook');
    if (before === undefined) return { type: 'notebook', ...said(mine, null), createdAt: ms, updatedAt: ms, zone, archivedAt: null, trashedAt: null, extra: {} };
    return { ...before, ...said(meeting(mine, fieldsOf(before), seen), before.retention), updatedAt: ms, zone };
  });
  return recordId;
}

function fieldsOf({ title, kind, notes, colour, date, programme, retention }: Notebook): shown.NotebookFields {
  return { title, kind, notes, colour, date, programme, retention: retentionView(retention) };
}

function said({ title, kind, notes, colour, date, programme, retention }: shown.NotebookFields, before: Retention | null) {
  return { title, kind, notes, colour, date, programme, retention: retentionOf(retention, before) };
}

/** Makes a template, or changes one. */
export async function saveTemplate(
  unlocked: Unlocked, fields: shown.TemplateFields, { id, newId, seen = [] }: shown.Saving<shown.TemplateFields>,
): Promise<string> {
  const { ms, zone } = unlocked.moment();
  const mine: shown.TemplateFields = {
    title: checkTitle(fields.title) ?? '', about: fields.about.toWellFormed(), tags: checkTags(fields.tags),
    phases: fields.phases.map(({ title, prompt, minutes }) => ({ title: title.toWellFormed(), prompt: prompt.toWellFormed(), minutes })),
  };
  const recordId = id ?? newId ?? toHex(randomId());
  await saveRecord(unlocked, recordId, (record): Template => {
    const before = id === undefined && record === undefined ? undefined : find(record, 'template');
    const next = before === undefined ? mine : meeting(mine, contentOf(before), seen);
    const phases = next.phases.map((phase, index) => ({ ...phase, extra: before?.phases[index]?.extra ?? {} }));
    if (before !== undefined) return { ...before, ...next, phases, updatedAt: ms, zone };
    return { type: 'template', ...next, phases, createdAt: ms, updatedAt: ms, zone, trashedAt: null, extra: {} };
  });
  return recordId;
}

function contentOf({ title, about, phases, tags }: Template): shown.TemplateFields {
  return { title, about, tags, phases: phases.map(({ title: name, prompt, minutes }) => ({ title: name, prompt, minutes })) };
}

/** What the fields become that are `now` in the vault, when the writer has made `mine` of the first of what they have `seen`. */
function meeting<T extends object>(mine: T, now: T, seen: readonly T[]): T {
  const [base] = seen;
  if (base === undefined) return mine;
  const change = rebased({ base, mine }, now);
  const isKnown = (name: keyof T): boolean => seen.some((known) => isEqual(known[name], now[name]));
  if (conflicts(change, now).every(isKnown)) return change.mine;
  throw new ConflictError('Another device has changed the same meanwhile. Look at what it says now, and save again.', 'stale');
}

export async function saveSettings(unlocked: Unlocked, change: Partial<shown.VaultSettings>): Promise<void> {
  const fresh = toHex(randomId());
  await unlocked.act(async () => {
    const { id, settings: before } = unlocked.root.settings();
    const { continueMinutes = before.continueMinutes, retention, backupDays = before.backupDays } = change;
    const after: Settings = {
      ...before,
      continueMinutes: continueMinutes === CONTINUE_MINUTES ? null : continueMinutes,
      retention: retention === undefined ? before.retention : retentionOf(retention, before.retention),
      backupDays: backupDays === BACKUP_DAYS ? null : backupDays,
    };
    return editRoot(unlocked, id ?? fresh, after);
  });
}

/** Of several the latest counts. */
export async function noteBackup(unlocked: Unlocked, begunAt: number): Promise<void> {
  const fresh = toHex(randomId());
  await unlocked.act(async () => {
    const { id, record } = unlocked.root.backup() ?? { id: fresh, record: { type: 'backup', begunAt, extra: {} } as const };
    return editRoot(unlocked, id, { ...record, begunAt: Math.max(record.begunAt, begunAt) });
  });
}

/** Puts a notebook or a template away or into the trash, or back; what is left out stays. */
export async function putAway(
  unlocked: Unlocked, id: string, { archived, trashed }: { readonly archived?: boolean; readonly trashed?: boolean },
): Promise<shown.Undo> {
  const { serviceMs } = unlocked.moment();
  let changed: { readonly before: RootRecord; readonly after: RootRecord } | null = null;
  await unlocked.act(async () => {
    const before = unlocked.root.get(id);
    if (before?.type !== 'notebook' && before?.type !== 'template') throw notThere();
    const trashedAt = since(before.trashedAt, trashed, serviceMs);
    const after = before.type === 'template'
      ? { ...before, trashedAt }
      : { ...before, trashedAt, archivedAt: since(before.archivedAt, archived, serviceMs) };
    changed = { before, after };
    return editRoot(unlocked, id, after);
  });
  return () => unlocked.act(async () => {
    const record = unlocked.root.get(id);
    if (changed === null || record === undefined || !isSame(record, changed.after)) return null;
    return editRoot(unlocked, id, changed.before);
  });
}

async function saveRecord(unlocked: Unlocked, id: string, make: (before: RootRecord | undefined) => RootRecord): Promise<void> {
  await unlocked.act(async () => editRoot(unlocked, id, make(unlocked.root.get(id))));
}

/** The edit that makes a record of the root this one; null when it is. Throws UsageError for one that nobody could read. */
function editRoot({ contents, root, login: { vaultId } }: Unlocked, id: string, record: RootRecord) {
  const before = root.get(id);
  const payload = rootRecordPayload(record);
  checkPayload(payload, parseRootRecord, DOES_NOT_FIT);
  if (before !== undefined && isSame(before, record)) return null;
  const header = contents.containers.get(vaultId)?.header;
  if (header === undefined) throw new IntegrityError('no root container');
  return { containers: [{ id: vaultId, header, records: [{ id, payload, before: root.records.records.get(id) }] }] };
}

/** Whether the two say the same, but for when they were saved. */
function isSame(a: RootRecord, b: RootRecord): boolean {
  const said = (record: RootRecord) => canonical.encode({ ...rootRecordPayload(record), updated_at: 0, zone: '' });
  return equal(said(a), said(b));
}

function find<T extends RootRecord['type']>(record: RootRecord | undefined, type: T): Extract<RootRecord, { type: T }> {
  if (record?.type !== type) throw notThere();
  return record as Extract<RootRecord, { type: T }>;
}

function retentionView(retention: Retention | null): shown.Retention | null {
  if (retention === null) return null;
  const { archiveDays, trashDays, remindDays } = retention;
  return { archiveDays, trashDays, remindDays };
}

/** Never for everything says nothing, and is left out. */
function retentionOf(retention: shown.Retention | null, before: Retention | null): Retention | null {
  if (retention === null || Object.values(retention).every((days) => days === null)) return null;
  const { archiveDays, trashDays, remindDays } = retention;
  return { archiveDays, trashDays, remindDays, extra: before?.extra ?? {} };
}

function byTitle<T extends { readonly title: string }>(idOf: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => a.title.localeCompare(b.title) || (idOf(a) < idOf(b) ? -1 : 1);
}
