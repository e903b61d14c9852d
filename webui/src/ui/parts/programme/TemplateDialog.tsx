import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import type { FormOf, Phase, Template, TemplateFields } from '../../../client/vault.ts';
import type { Desk } from '../../state/desk.ts';
import { BLANK_PHASE, templateContent, templateFields, type TemplateContent } from '../../state/form-fields.ts';
import { useStore } from '../../state/store.ts';
import { Area } from '../Area.tsx';
import { Dialog } from '../Dialog.tsx';
import { Field } from '../Field.tsx';
import { FormKept, FormState } from '../forms/FormState.tsx';
import { useForm } from '../forms/useForm.tsx';
import { useSaving } from '../forms/useSaving.ts';
import { counted } from '../notebooks/labels.ts';

const MAX_PHASES = 20;
const MAX_MINUTES = 600;

/** The fields in words, for what another device has made of them. */
const WORDS = {
  title: { label: 'The title', say: orNothing },
  about: { label: 'What it is for', say: orNothing },
  tags: { label: 'The tags', say: orNothing },
  phases: { label: 'The phases', say: (phases: readonly Phase[]) => phases.map(phaseText).join('\n\n') },
};

function orNothing(text: string): string {
  return text === '' ? 'Nothing' : text;
}

function phaseText({ title, prompt, minutes }: Phase): string {
  return [title, prompt, minutes > 0 && counted(minutes, 'minute')].filter(Boolean).join('\n');
}

interface TemplateDialogProps {
  readonly desk: Desk;
  readonly of: FormOf;
  /** What a new one begins with. */
  readonly given?: TemplateFields;
  readonly onSaved: (name: string) => void;
  readonly onClose: () => void;
}

/** A template of the writer's own. */
export function TemplateDialog({ desk, of, given, onSaved, onClose }: TemplateDialogProps): VNode {
  const own = useStore(desk.view, (view) => view.templates);
  // One that another device puts into the trash meanwhile is not shown any more, and stays what the form changes.
  const last = useRef<Template | undefined>(undefined);
  const theirsOf = (id: string | null): TemplateFields | undefined => {
    const wanted = of.id ?? id;
    last.current = own.find(({ name }) => name === wanted) ?? last.current;
    return last.current?.name === wanted ? last.current : given;
  };
  const use = useForm(desk, of, (id) => templateContent(theirsOf(id)), onClose);
  const { form, view: { mine: { title, about, tags, phases } }, close, question } = use;
  const setPhases = (next: readonly Phase[]): void => form.set({ phases: next });
  const fieldsOf = (content: TemplateContent): TemplateFields => {
    const theirs = theirsOf(form.id);
    // A tag may have a comma in it, where another tool gave it.
    return { ...templateFields(content), ...(theirs !== undefined && content.tags === templateContent(theirs).tags && { tags: theirs.tags }) };
  };
  const { error, busy, complain, save } = useSaving(desk, use, {
    said: () => form.said((mine) => ({ ...mine, title: mine.title.trim(), about: mine.about.trim() })),
    send: (said, seen) => desk.vault.saveTemplate(fieldsOf(said), { ...(of.id === null ? { newId: form.id } : { id: of.id }), seen: seen.map(fieldsOf) }),
    onSaved,
  });
  const submit = (): void => {
    if (title.trim() === '') complain('Give the template a title.');
    else void save();
  };
  return (
    <Dialog title={of.id !== null ? 'Edit the template' : given === undefined ? 'New template' : 'Save as a template'} onClose={close}>
      <form class="stack" inert={busy} autocomplete="off" onSubmit={(event) => { event.preventDefault(); submit(); }}>
        <FormState use={use} what="template" fields={WORDS} fate="Saving puts yours in its place." />
        {given !== undefined && <p class="soft small">The session keeps its texts. The prompt stands before the text of each session that begins with the template.</p>}
        <Field label="Title" value={title} onInput={(value) => { complain(null); form.set({ title: value }); }} error={error} focus maxLength={200} />
        <Area label="What it is for" value={about} onInput={(value) => form.set({ about: value })} rows={2} maxLength={2_000} />
        <Field label="Tags" value={tags} onInput={(value) => form.set({ tags: value })} hint="Apart by commas. A session that begins with it has them." />
        {phases.map((phase, index) => (
          <PhaseFields key={index} phase={phase} name={phases.length > 1 ? `Phase ${index + 1}` : 'The page'}
            onSet={(next) => setPhases(phases.map((one, at) => (at === index ? next : one)))}
            onRemove={phases.length > 1 ? () => setPhases(phases.filter((_, at) => at !== index)) : null} />
        ))}
        {phases.length < MAX_PHASES && <p><button type="button" class="button button-text" onClick={() => setPhases([...phases, BLANK_PHASE])}>Add a phase</button></p>}
        <div class="dialog-actions">
          <FormKept use={use} />
          <button type="button" class="button" onClick={close}>Cancel</button>
          <button type="submit" class="button button-primary" disabled={busy}>{of.id !== null ? 'Save' : given === undefined ? 'Make the template' : 'Save the template'}</button>
        </div>
      </form>
      {question}
    </Dialog>
  );
}

interface PhaseFieldsProps {
  readonly phase: Phase;
  readonly name: string;
  readonly onSet: (phase: Phase) => void;
  readonly onRemove: (() => void) | null;
}

function PhaseFields({ phase, name, onSet, onRemove }: PhaseFieldsProps): VNode {
  const minutes = (text: string): number => (/^\d{1,4}$/.test(text) ? Math.min(MAX_MINUTES, Number(text)) : 0);
  return (
    <fieldset class="phase-fields">
      <legend class="field-label">{name}</legend>
      <Field label="Title" value={phase.title} onInput={(title) => onSet({ ...phase, title })} maxLength={200} />
      <Area label="Prompt" value={phase.prompt} onInput={(prompt) => onSet({ ...phase, prompt })} maxLength={20_000} />
      <Field label="Minutes" value={phase.minutes === 0 ? '' : String(phase.minutes)} onInput={(text) => onSet({ ...phase, minutes: minutes(text) })} hint="Empty for no timer." />
      {onRemove !== null && <p><button type="button" class="button button-text" onClick={onRemove}>Remove this phase</button></p>}
    </fieldset>
  );
}
