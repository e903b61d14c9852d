import type { VNode } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { ALL } from '../../../transfer/document.ts';
import { exportVault, type ExportFile, type ExportFormat, type ExportStep, type PrintOptions } from '../../../transfer/exporting.ts';
import { app } from '../../state/app.ts';
import type { Desk } from '../../state/desk.ts';
import { choiceProblem, NewPassphrase, NO_CHOICE, type ChoiceProblem } from '../NewPassphrase.tsx';
import { Dialog } from '../Dialog.tsx';
import { useStrength } from '../Strength.tsx';
import { forgetFiles, saveFile } from './saveFile.ts';

const FORMATS: Readonly<Record<ExportFormat, readonly [name: string, note: string]>> = {
  backup: ['Encrypted backup', 'Everything, sealed with a passphrase of its own. Any age tool opens it; Inkvault restores the vault from it.'],
  pdf: ['Book (PDF)', 'To read and to print. The whole vault is inside the file too, so that it can be restored from it.'],
  json: ['JSON', 'Everything, for programs.'],
  markdown: ['Markdown', 'One file a session in folders by notebook, in a zip archive.'],
};

type State =
  | { readonly name: 'choosing' }
  | { readonly name: 'working'; readonly step: ExportStep }
  | { readonly name: 'done'; readonly made: ExportFile };

/** Chooses what and how, makes the file, and hands it to the browser. */
export function ExportDialog({ desk, onClose }: { readonly desk: Desk; readonly onClose: () => void }): VNode {
  const [format, setFormat] = useState<ExportFormat>('backup');
  const [notebook, setNotebook] = useState<string | null>(null);
  const [print, setPrint] = useState<PrintOptions>({ paper: 'a4', withTrash: false, withHelper: true, withDocument: true });
  const [choice, setChoice] = useState(NO_CHOICE);
  const [problem, setProblem] = useState<ChoiceProblem | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [state, setState] = useState<State>({ name: 'choosing' });
  const strength = useStrength(choice.text, [desk.vault.handle]);
  const stop = useRef(new AbortController());
  // A lock, or the dialog closed in the middle: nothing goes on behind the writer's back.
  useEffect(() => () => {
    stop.current.abort();
    forgetFiles();
  }, []);

  const make = async (): Promise<void> => {
    const found = format === 'backup' ? choiceProblem(choice, strength) : null;
    setProblem(found);
    if (found !== null) return;
    stop.current = new AbortController();
    const { signal } = stop.current;
    setFault(null);
    setState({ name: 'working', step: { name: 'reading', done: 0, total: 0 } });
    try {
      const made = await exportVault(desk.vault, {
        format, selection: { ...ALL, notebook }, passphrase: choice.text, print, signal, onStep: (step) => setState({ name: 'working', step }),
      });
      signal.throwIfAborted();
      saveFile(made.file, made.name);
      setState({ name: 'done', made });
      setChoice(NO_CHOICE);
    } catch (error) {
      setState({ name: 'choosing' });
      if (!signal.aborted) setFault(app.fault(error));
    }
  };
  const cancel = (): void => {
    if (state.name === 'working') stop.current.abort();
    else onClose();
  };
  return (
    <Dialog title="Take everything out" onClose={cancel}>
      {state.name === 'working' && <Working step={state.step} onCancel={cancel} />}
      {state.name === 'done' && <Done made={state.made} isSealed={format === 'backup'} onClose={onClose} />}
      {state.name === 'choosing' && (
        <form class="stack" noValidate autocomplete="off" onSubmit={(event) => { event.preventDefault(); void make(); }}>
          <Formats format={format} onChange={setFormat} />
          <Scope desk={desk} notebook={notebook} onChange={setNotebook} />
          {format === 'pdf' && <Printing print={print} onChange={setPrint} />}
          {format === 'backup'
            ? <NewPassphrase label="Passphrase of the backup" choice={choice} strength={strength} problem={problem} onChange={(next) => { setChoice(next); setProblem(null); }} />
            : <p class="small">This file is not encrypted: whoever gets it can read all of it.</p>}
          {fault !== null && <p class="field-error" role="alert">{fault}</p>}
          <div class="dialog-actions">
            <button type="button" class="button" onClick={cancel}>Cancel</button>
            <button type="submit" class="button button-primary">Make the file</button>
          </div>
        </form>
      )}
    </Dialog>
  );
}

function Formats({ format, onChange }: { readonly format: ExportFormat; readonly onChange: (format: ExportFormat) => void }): VNode {
  const id = useId();
  return (
    <fieldset class="choices">
      <legend class="setting-name">As</legend>
      {(Object.entries(FORMATS) as [ExportFormat, readonly [string, string]][]).map(([name, [title, note]]) => (
        <label key={name} class="choice">
          <input type="radio" name={id} checked={format === name} aria-describedby={`${id}-${name}`} onChange={() => onChange(name)} />
          <span>{title}</span>
          <span id={`${id}-${name}`} class="small soft">{note}</span>
        </label>
      ))}
    </fieldset>
  );
}

function Scope({ desk, notebook, onChange }: { readonly desk: Desk; readonly notebook: string | null; readonly onChange: (id: string | null) => void }): VNode | null {
  const id = useId();
  const notebooks = desk.vault.notebooks();
  if (notebooks.length === 0) return null;
  return (
    <div class="setting">
      <label class="setting-name" for={id}>What</label>
      <select class="input" id={id} value={notebook ?? ''} onChange={(event) => onChange(event.currentTarget.value === '' ? null : event.currentTarget.value)}>
        <option value="">Everything</option>
        {notebooks.map((each) => <option key={each.id} value={each.id}>{each.title}</option>)}
      </select>
    </div>
  );
}

function Printing({ print, onChange }: { readonly print: PrintOptions; readonly onChange: (print: PrintOptions) => void }): VNode {
  const id = useId();
  return (
    <div>
      <div class="setting">
        <label class="setting-name" for={id}>Paper</label>
        <select class="input" id={id} value={print.paper} onChange={(event) => onChange({ ...print, paper: event.currentTarget.value === 'letter' ? 'letter' : 'a4' })}>
          <option value="a4">A4</option>
          <option value="letter">Letter</option>
        </select>
      </div>
      <div class="setting">
        <label class="setting-name" for={`${id}-helper`}>With what the helper wrote</label>
        <input type="checkbox" class="switch" id={`${id}-helper`} checked={print.withHelper} onChange={(event) => onChange({ ...print, withHelper: event.currentTarget.checked })} />
      </div>
      <div class="setting">
        <label class="setting-name" for={`${id}-trash`}>With sessions in the trash</label>
        <input type="checkbox" class="switch" id={`${id}-trash`} checked={print.withTrash} onChange={(event) => onChange({ ...print, withTrash: event.currentTarget.checked })} />
      </div>
      <div class="setting">
        <div>
          <label class="setting-name" for={`${id}-inside`}>With the vault inside, to restore it</label>
          <p id={`${id}-inside-note`}>Everything chosen above, printed or not. Leave it out of a book that you give to somebody.</p>
        </div>
        <input type="checkbox" class="switch" id={`${id}-inside`} aria-describedby={`${id}-inside-note`} checked={print.withDocument} onChange={(event) => onChange({ ...print, withDocument: event.currentTarget.checked })} />
      </div>
    </div>
  );
}

function Working({ step, onCancel }: { readonly step: ExportStep; readonly onCancel: () => void }): VNode {
  const text = { reading: 'Reading and checking your sessions', printing: 'Setting the pages', sealing: 'Sealing it, and opening it again to be sure' }[step.name];
  useEffect(() => app.announce(text), [text]);
  return (
    <div class="stack">
      <p>{text}</p>
      {step.name === 'sealing' ? <progress class="thin" aria-label={text} /> : <progress class="thin" aria-label={text} max={Math.max(1, step.total)} value={step.done} />}
      <div class="dialog-actions"><button type="button" class="button" onClick={onCancel}>Cancel</button></div>
    </div>
  );
}

function Done({ made: { name, file, counts }, isSealed, onClose }: { readonly made: ExportFile; readonly isSealed: boolean; readonly onClose: () => void }): VNode {
  const what = [counted(counts.notebooks, 'notebook'), counted(counts.sessions, 'session'), counted(counts.messages, 'message')].join(', ');
  useEffect(() => app.announce(`The file is made: ${what}.`), [what]);
  return (
    <div class="stack">
      <p><strong>{name}</strong></p>
      <p>{what}.{isSealed && ' It was opened again with its passphrase, and holds what was sealed in it.'}</p>
      <p class="small soft">Your browser has saved it, or asks you where. If it did not, save it again.</p>
      <div class="dialog-actions">
        <button type="button" class="button" onClick={() => saveFile(file, name)}>Save it again</button>
        <button type="button" class="button button-primary" onClick={onClose}>Done</button>
      </div>
    </div>
  );
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;
}
