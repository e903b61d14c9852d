import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { Phase, Template } from '../../../client/vault.ts';
import { app } from '../../state/app.ts';
import type { Desk } from '../../state/desk.ts';
import { Area } from '../Area.tsx';
import { Dialog } from '../Dialog.tsx';
import { Field } from '../Field.tsx';
import { useUnsaved } from '../messages/useUnsaved.tsx';

const BLANK: Phase = { title: '', prompt: '', minutes: 0 };
const MAX_PHASES = 20;
const MAX_MINUTES = 600;

interface TemplateDialogProps {
  readonly desk: Desk;
  /** null for a new one. */
  readonly template: Template | null;
  readonly onClose: () => void;
}

/** A template of the writer's own. */
export function TemplateDialog({ desk, template, onClose }: TemplateDialogProps): VNode {
  const [title, setTitle] = useState(template?.title ?? '');
  const [about, setAbout] = useState(template?.about ?? '');
  const [tags, setTags] = useState(template?.tags.join(', ') ?? '');
  const [phases, setPhases] = useState<readonly Phase[]>(template?.phases ?? [BLANK]);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const { close, question } = useUnsaved(desk, JSON.stringify([title, about, tags, phases]), onClose);
  const save = async (): Promise<void> => {
    if (title.trim() === '') return setError('Give the template a title.');
    setBusy(true);
    try {
      const fields = { title: title.trim(), about: about.trim(), phases, tags: tagsOf(tags) };
      await desk.vault.saveTemplate(fields, template?.name);
      desk.update();
      onClose();
    } catch (fault) {
      setError(app.fault(fault));
      setBusy(false);
    }
  };
  return (
    <Dialog title={template === null ? 'New template' : 'Edit the template'} onClose={close}>
      <form class="stack" autocomplete="off" onSubmit={(event) => { event.preventDefault(); void save(); }}>
        <Field label="Title" value={title} onInput={(value) => { setError(null); setTitle(value); }} error={error} focus maxLength={200} />
        <Area label="What it is for" value={about} onInput={setAbout} rows={2} maxLength={2_000} />
        <Field label="Tags" value={tags} onInput={setTags} hint="Apart by commas. A session that begins with it has them." />
        {phases.map((phase, index) => (
          <PhaseFields key={index} phase={phase} name={phases.length > 1 ? `Phase ${index + 1}` : 'The page'}
            onSet={(next) => setPhases(phases.map((one, at) => (at === index ? next : one)))}
            onRemove={phases.length > 1 ? () => setPhases(phases.filter((_, at) => at !== index)) : null} />
        ))}
        {phases.length < MAX_PHASES && <p><button type="button" class="button button-text" onClick={() => setPhases([...phases, BLANK])}>Add a phase</button></p>}
        <div class="dialog-actions">
          <button type="button" class="button" onClick={close}>Cancel</button>
          <button type="submit" class="button button-primary" disabled={busy}>{template === null ? 'Make the template' : 'Save'}</button>
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

/** As FORMAT §5.3 wants them: none empty, none twice. */
function tagsOf(text: string): string[] {
  return [...new Set(text.split(',').map((tag) => tag.trim()).filter((tag) => tag !== ''))];
}
