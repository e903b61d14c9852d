import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { DamagedError, type SessionSummary } from '../../../client/vault.ts';
import { isAll } from '../../../transfer/document.ts';
import { exportVault, type ExportFile, type ExportFormat, type ExportStep, type PrintOptions } from '../../../transfer/exporting.ts';
import { app } from '../../state/app.ts';
import type { Desk } from '../../state/desk.ts';
import { choiceProblem, NewPassphrase, NO_CHOICE, type ChoiceProblem } from '../NewPassphrase.tsx';
import { Dialog } from '../Dialog.tsx';
import { named } from '../history/named.ts';
import { useStrength } from '../Strength.tsx';
import { Formats, Printing, Scope } from './ExportChoices.tsx';
import { Exported, Exporting } from './ExportStates.tsx';
import { ALL_OF_IT, scopeProblem, selectionOf, type Scoped } from './scope.ts';
import { forgetFiles, saveFile } from './saveFile.ts';

type State =
  | { readonly name: 'choosing' }
  | { readonly name: 'working'; readonly step: ExportStep }
  | { readonly name: 'done'; readonly made: ExportFile; readonly isBackup: boolean; readonly note: string | null };

/** What stopped an export; what is damaged can be left out. */
interface Fault {
  readonly text: string;
  readonly isDamage: boolean;
}

interface ExportDialogProps {
  readonly desk: Desk;
  /** Chosen in the history; null when the writer chooses here. */
  readonly chosen: readonly SessionSummary[] | null;
  readonly onClose: () => void;
}

/** Chooses what and how, makes the file, and hands it to the browser. */
export function ExportDialog({ desk, chosen, onClose }: ExportDialogProps): VNode {
  const [format, setFormat] = useState<ExportFormat>(chosen === null ? 'backup' : 'pdf');
  const [scope, setScope] = useState<Scoped>(ALL_OF_IT);
  const [print, setPrint] = useState<PrintOptions>({ paper: 'a4', withTrash: false, withHelper: true, withDocument: true });
  const [choice, setChoice] = useState(NO_CHOICE);
  const [problem, setProblem] = useState<ChoiceProblem | null>(null);
  const [fault, setFault] = useState<Fault | null>(null);
  const [state, setState] = useState<State>({ name: 'choosing' });
  const strength = useStrength(choice.text, [desk.vault.handle]);
  const stop = useRef(new AbortController());
  const submit = useRef<HTMLButtonElement>(null);
  const said = useRef<HTMLDivElement>(null);
  // A lock, or the dialog closed in the middle: nothing goes on behind the writer's back.
  useEffect(() => () => {
    stop.current.abort();
    forgetFiles();
  }, []);
  // Back from the work: the button that had the focus has gone.
  useEffect(() => {
    if (submit.current?.closest('dialog')?.contains(document.activeElement) === false) submit.current.focus();
  }, [state.name]);
  // The form may be longer than the screen: what is wrong is not left below its edge.
  useEffect(() => said.current?.scrollIntoView({ block: 'nearest' }), [fault]);

  const make = async (skipDamaged: boolean): Promise<void> => {
    const selection = selectionOf(scope, chosen);
    const wrong = scopeProblem(scope, selection, desk.vault.sessions());
    const found = format === 'backup' ? choiceProblem(choice, strength) : null;
    setFault(wrong === null ? null : { text: wrong, isDamage: false });
    setProblem(found);
    if (found !== null || wrong !== null) return;
    stop.current = new AbortController();
    const { signal } = stop.current;
    const begunAt = desk.vault.now();
    const isBackup = format === 'backup';
    setState({ name: 'working', step: { name: 'reading', done: 0, total: 0 } });
    try {
      const made = await exportVault(desk.vault, {
        format, selection, skipDamaged, passphrase: choice.text, print, signal, onStep: (step) => setState({ name: 'working', step }),
      });
      signal.throwIfAborted();
      saveFile(made.file, made.name);
      const isWhole = isBackup && isAll(selection) && made.missing.length === 0;
      const note = isWhole ? await desk.reminders.backedUp(begunAt) : null;
      setState({ name: 'done', made, isBackup, note });
      setChoice(NO_CHOICE);
    } catch (error) {
      setState({ name: 'choosing' });
      if (!signal.aborted) setFault({ text: app.fault(error), isDamage: error instanceof DamagedError });
    }
  };
  const cancel = (): void => {
    if (state.name === 'working') stop.current.abort();
    else onClose();
  };
  return (
    <Dialog title={chosen === null ? 'Take everything out' : `Take out ${named(chosen)}`} onClose={cancel}>
      {state.name === 'working' && <Exporting step={state.step} onCancel={cancel} />}
      {state.name === 'done' && <Exported made={state.made} isBackup={state.isBackup} note={state.note} onClose={onClose} />}
      {state.name === 'choosing' && (
        <form class="stack" noValidate autocomplete="off" onSubmit={(event) => { event.preventDefault(); void make(false); }}>
          <Formats format={format} onChange={setFormat} />
          {format !== 'backup' && <p class="small">This file is not encrypted: whoever gets it can read all of it.</p>}
          {chosen === null && <Scope desk={desk} scope={scope} onChange={setScope} />}
          {format === 'pdf' && <Printing print={print} onChange={setPrint} />}
          {format === 'backup' && <NewPassphrase label="Passphrase of the backup" choice={choice} strength={strength} problem={problem} onChange={(next) => { setChoice(next); setProblem(null); }} />}
          {fault !== null && (
            <div ref={said} role="alert">
              <p class="error">{fault.text}</p>
              {fault.isDamage && <p class="small">Everything else can be taken out without it; the file then says what is missing.</p>}
            </div>
          )}
          <div class="dialog-actions">
            <button type="button" class="button" onClick={cancel}>Cancel</button>
            {fault?.isDamage === true && <button type="button" class="button" onClick={() => void make(true)}>Leave out what is damaged</button>}
            <button ref={submit} type="submit" class="button button-primary">Make the file</button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
