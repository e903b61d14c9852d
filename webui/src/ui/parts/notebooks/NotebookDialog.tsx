import type { VNode } from 'preact';
import type { Colour, Notebook, NotebookFields, NotebookKind, Retention, Template } from '../../../client/vault.ts';
import { allTemplates, templateNamed } from '../../../writing/templates.ts';
import type { Desk } from '../../state/desk.ts';
import { notebookFields } from '../../state/form-fields.ts';
import { useStore } from '../../state/store.ts';
import { dayText } from '../../time.ts';
import { Area, Select } from '../Area.tsx';
import { Dialog } from '../Dialog.tsx';
import { Field } from '../Field.tsx';
import { FormKept, FormState } from '../forms/FormState.tsx';
import { useForm } from '../forms/useForm.tsx';
import { useSaving } from '../forms/useSaving.ts';
import { RetentionFields } from '../retention/RetentionFields.tsx';
import { COLOURS, counted, KINDS, tint } from './labels.ts';

interface NotebookDialogProps {
  readonly desk: Desk;
  /** null for a new one. */
  readonly notebook: Notebook | null;
  readonly onClose: () => void;
  readonly onSaved: (id: string) => void;
}

export function NotebookDialog({ desk, notebook, onClose, onSaved }: NotebookDialogProps): VNode {
  const all = useStore(desk.view, (view) => view.notebooks);
  const theirsOf = (id: string | null): NotebookFields => notebookFields(notebook ?? all.find((one) => one.id === id));
  const use = useForm(desk, { kind: 'notebook', id: notebook?.id ?? null }, theirsOf, onClose);
  const { form, view: { mine: fields }, close, question } = use;
  const own = useStore(desk.view, (view) => view.templates);
  const set = (patch: Partial<NotebookFields>): void => form.set(patch);
  const { error, busy, complain, save } = useSaving(desk, use, {
    said: () => withDay(form.said((mine) => ({ ...mine, title: mine.title.trim() })), form.view.value.theirs),
    send: (said, seen) => desk.vault.saveNotebook(said, { ...(notebook === null ? { newId: form.id } : { id: notebook.id }), seen }),
    onSaved,
  });
  const submit = (): void => {
    if (fields.title.trim() === '') complain('Give the notebook a title.');
    else void save();
  };
  return (
    <Dialog title={notebook === null ? 'New notebook' : 'Edit the notebook'} onClose={close}>
      <form class="stack" inert={busy} autocomplete="off" onSubmit={(event) => { event.preventDefault(); submit(); }}>
        <FormState use={use} what="notebook" fields={words(own)} fate="Saving puts yours in its place." />
        <Field label="Title" value={fields.title} onInput={(title) => { complain(null); set({ title }); }} error={error} focus maxLength={200} />
        <NotebookKindFields desk={desk} fields={fields} onSet={set} />
        <Colours value={fields.colour} onChange={(colour) => set({ colour })} />
        <Area label="Notes" value={fields.notes} onInput={(notes) => set({ notes })} maxLength={100_000} />
        <details class="folded" open={fields.retention !== null}>
          <summary>Rules of its own for sessions that rest</summary>
          <RetentionFields value={fields.retention} onChange={(retention) => set({ retention })} />
        </details>
        <div class="dialog-actions">
          <FormKept use={use} />
          <button type="button" class="button" onClick={close}>Cancel</button>
          <button type="submit" class="button button-primary" disabled={busy}>{notebook === null ? 'Make the notebook' : 'Save'}</button>
        </div>
      </form>
      {question}
    </Dialog>
  );
}

interface KindFieldsProps {
  readonly desk: Desk;
  readonly fields: NotebookFields;
  readonly onSet: (patch: Partial<NotebookFields>) => void;
}

function NotebookKindFields({ desk, fields, onSet }: KindFieldsProps): VNode {
  const own = useStore(desk.view, (view) => view.templates);
  const programmes = allTemplates(own).filter(({ kind, phases }) => kind !== null || phases.length > 1);
  return (
    <>
      <Select label="Kind" value={fields.kind} onChange={(kind) => onSet({ kind: kind as NotebookKind })}>
        {(Object.keys(KINDS) as NotebookKind[]).map((kind) => <option key={kind} value={kind}>{KINDS[kind]}</option>)}
      </Select>
      {fields.kind === 'event' && (
        <div class="field">
          <label for="notebook-date">Day of the event</label>
          <input id="notebook-date" class="input" type="date" value={fields.date ?? ''} autocomplete="off" onInput={(event) => onSet({ date: event.currentTarget.value === '' ? null : event.currentTarget.value })} />
        </div>
      )}
      <Select label="Programme" value={fields.programme ?? ''} hint={programmes.find(({ name }) => name === fields.programme)?.about ?? 'Phases to go through one after the other, with prompts.'} onChange={(name) => onSet({ programme: name === '' ? null : name })}>
        <option value="">None</option>
        {programmes.map(({ name, title }) => <option key={name} value={name}>{title}</option>)}
      </Select>
    </>
  );
}

function Colours({ value, onChange }: { readonly value: Colour | null; readonly onChange: (value: Colour | null) => void }): VNode {
  const choices: readonly (Colour | null)[] = [null, ...(Object.keys(COLOURS) as Colour[])];
  return (
    <fieldset class="colours">
      <legend class="field-label">Colour</legend>
      {choices.map((colour) => (
        <label key={colour} title={colour === null ? 'None' : COLOURS[colour]}>
          <input type="radio" name="colour" checked={value === colour} onChange={() => onChange(colour)} />
          <span class={tint(colour)} aria-hidden="true" />
          <span class="visually-hidden">{colour === null ? 'None' : COLOURS[colour]}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** Only events have a day. One that another tool has given to something else stays. */
function withDay(said: NotebookFields, theirs: NotebookFields): NotebookFields {
  if (said.kind === 'event') return said;
  return { ...said, date: said.kind === theirs.kind ? theirs.date : null };
}

/** The fields in words, for what another device has made of them. */
function words(own: readonly Template[]) {
  const text = (value: string): string => (value === '' ? 'Nothing' : value);
  return {
    title: { label: 'The title', say: text },
    kind: { label: 'The kind', say: (kind: NotebookKind) => KINDS[kind] },
    notes: { label: 'The notes', say: text },
    colour: { label: 'The colour', say: (colour: Colour | null) => (colour === null ? 'None' : COLOURS[colour]) },
    date: { label: 'The day', say: (day: string | null) => (day === null ? 'None' : dayText(day)) },
    programme: { label: 'The programme', say: (name: string | null) => templateNamed(own, name)?.title ?? 'None' },
    retention: { label: 'The rules', say: rulesText },
  };
}

function rulesText(rules: Retention | null): string {
  if (rules === null) return 'None of its own';
  const { archiveDays, trashDays, remindDays } = rules;
  const said = [['put away', archiveDays], ['into the trash', trashDays], ['reminded of', remindDays]] as const;
  return said.flatMap(([what, days]) => (days === null ? [] : [`${what} after ${counted(days, 'day')}`])).join(', ');
}
