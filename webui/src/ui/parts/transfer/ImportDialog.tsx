import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import {
  FailedImportError, SourceError, preview, run, type Duplicates, type ImportProgress, type PickedFile, type Preview, type ReaderName, type SecretNeeded,
} from '../../../transfer/importing.ts';
import type { Report } from '../../../transfer/report.ts';
import { LockedError, UnlockError, UsageError } from '../../../client/vault.ts';
import { app } from '../../state/app.ts';
import type { Desk } from '../../state/desk.ts';
import { Dialog } from '../Dialog.tsx';
import { Choosing, Sealed } from './ImportChoices.tsx';
import { Imported, Importing } from './ImportStates.tsx';
import { Planned } from './Planned.tsx';
import { forgetFiles } from './saveFile.ts';

/** How the files are read. */
export interface Reading {
  readonly files: readonly PickedFile[];
  readonly reader: ReaderName | 'auto';
  readonly zone: string;
  readonly secret: string | null;
}

/** `isFile`: it is about the files, and others may do. */
export interface Fault {
  readonly text: string;
  readonly isFile: boolean;
}

type State =
  | { readonly name: 'choosing'; readonly fault: Fault | null }
  | { readonly name: 'sealed'; readonly needed: SecretNeeded; readonly fault: string | null }
  | { readonly name: 'working'; readonly progress: ImportProgress }
  | { readonly name: 'planned'; readonly plan: Preview }
  | { readonly name: 'done'; readonly report: Report; readonly fault: string | null };

const NOTHING: Reading = { files: [], reader: 'auto', zone: 'UTC', secret: null };
const BEGUN: ImportProgress = { step: 'reading', done: 0, total: 0 };

/** Choose, see what would become of it, decide, take it in, read what became of it. */
export function ImportDialog({ desk, onClose }: { readonly desk: Desk; readonly onClose: () => void }): VNode {
  const [state, setState] = useState<State>({ name: 'choosing', fault: null });
  const [reading, setReading] = useState(NOTHING);
  const stop = useRef(new AbortController());
  const held = useRef<Preview | null>(null);
  /** Whose secret was asked for last. */
  const asked = useRef<SecretNeeded | null>(null);
  const hold = (plan: Preview | null): void => {
    held.current?.close();
    held.current = plan;
  };
  // A lock, or the dialog closed in the middle: nothing goes on behind the writer's back.
  useEffect(() => () => {
    stop.current.abort();
    hold(null);
    forgetFiles();
  }, []);

  /** Looks into the files; writes nothing. */
  const look = async (next: Reading): Promise<void> => {
    setReading(next);
    hold(null);
    stop.current = new AbortController();
    const { signal } = stop.current;
    setState({ name: 'working', progress: BEGUN });
    try {
      const { files, ...options } = next;
      const found = await preview(files, { ...options, vault: desk.vault, signal, onProgress: (progress) => setState({ name: 'working', progress }) });
      if (found.kind === 'sealed') {
        asked.current = found;
        return setState({ name: 'sealed', needed: found, fault: null });
      }
      if (signal.aborted) return found.close();
      hold(found);
      setState({ name: 'planned', plan: found });
    } catch (error) {
      if (signal.aborted) return setState({ name: 'choosing', fault: null });
      const fault = app.fault(error);
      const isWrongSecret = next.secret !== null && error instanceof UnlockError && !(error instanceof LockedError);
      const { current: needed } = asked;
      const isFile = error instanceof SourceError || error instanceof UsageError;
      setState(isWrongSecret && needed !== null ? { name: 'sealed', needed, fault } : { name: 'choosing', fault: { text: fault, isFile } });
    }
  };

  const take = async (plan: Preview, duplicates: Duplicates): Promise<void> => {
    stop.current = new AbortController();
    const { signal } = stop.current;
    setState({ name: 'working', progress: { step: 'writing', done: 0, total: plan.messages } });
    try {
      const report = await run(plan, { duplicates, signal, onProgress: (progress) => setState({ name: 'working', progress }) });
      setState({ name: 'done', report, fault: null });
    } catch (error) {
      const fault = app.fault(error);
      if (error instanceof FailedImportError) setState({ name: 'done', report: error.report, fault });
      else setState({ name: 'choosing', fault: { text: `${fault} What is in until then stays whole; choose the same again to go on.`, isFile: false } });
    }
    hold(null);
    if (app.desk === desk) desk.update();
  };

  const cancel = (): void => {
    if (state.name === 'working') stop.current.abort();
    else onClose();
  };
  return (
    <Dialog title="Bring everything in" onClose={cancel}>
      {state.name === 'choosing' && <Choosing reading={reading} fault={state.fault} onLook={(next) => void look(next)} onReader={(reader) => setReading({ ...reading, reader })} onClose={onClose} />}
      {state.name === 'sealed' && <Sealed needed={state.needed} fault={state.fault} onOpen={(secret) => void look({ ...reading, secret })} onBack={() => setState({ name: 'choosing', fault: null })} />}
      {state.name === 'working' && <Importing progress={state.progress} onCancel={cancel} />}
      {state.name === 'planned' && <Planned desk={desk} plan={state.plan} reading={reading} onLook={(next) => void look(next)} onTake={(duplicates) => void take(state.plan, duplicates)} onClose={onClose} />}
      {state.name === 'done' && <Imported report={state.report} fault={state.fault} onClose={onClose} />}
    </Dialog>
  );
}
