import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ConflictError, HostileDataError, ServiceError, type Authority, type ErasurePlan, type ErasureSelection } from '../../../client/vault.ts';
import { app } from '../../state/app.ts';
import type { Desk } from '../../state/desk.ts';
import { Dialog } from '../Dialog.tsx';
import { Panel } from '../transfer/Panel.tsx';
import { Confirmation } from './Confirmation.tsx';
import { LastPause } from './LastPause.tsx';
import { PlanView } from './PlanView.tsx';

type State =
  | { readonly name: 'looking'; readonly share: number | null }
  | { readonly name: 'plan' | 'confirm'; readonly plan: ErasurePlan; readonly note: string | null }
  | { readonly name: 'pause'; readonly plan: ErasurePlan; readonly authority: Authority }
  | { readonly name: 'ordering'; readonly share: number | null }
  | { readonly name: 'failed' | 'unknown'; readonly why: string };

interface EraseDialogProps {
  readonly desk: Desk;
  readonly selection: ErasureSelection;
  readonly onClose: () => void;
}

const TITLES: Readonly<Record<State['name'], string>> = {
  looking: 'Looking at what would go', plan: 'This would be erased', confirm: 'Are you sure?', pause: 'Last pause',
  ordering: 'Ordering it', failed: 'Nothing was erased', unknown: 'Not known yet',
};

/** Whether an order that failed with it may be carried out all the same. */
function isUnknown(error: unknown): boolean {
  return error instanceof HostileDataError || (error instanceof ServiceError && error.code === 'unknown');
}

/** Looks at what would go at once, and again when it has changed before the order. */
function useErasing(desk: Desk, selection: ErasureSelection) {
  const [state, setState] = useState<State>({ name: 'looking', share: null });
  const stop = useRef(new AbortController());
  const look = async (note: string | null): Promise<void> => {
    const { signal } = stop.current;
    setState({ name: 'looking', share: null });
    try {
      await desk.keep();
      const plan = await desk.vault.planErasure(selection, signal, (done, total) => setState({ name: 'looking', share: done / Math.max(1, total) }));
      if (!signal.aborted) setState({ name: 'plan', plan, note });
    } catch (error) {
      if (!signal.aborted) setState({ name: 'failed', why: app.fault(error) });
    }
  };
  useEffect(() => {
    void look(null);
    return () => stop.current.abort();
  }, []);
  const order = async (plan: ErasurePlan, authority: Authority): Promise<void> => {
    setState({ name: 'ordering', share: null });
    try {
      await app.erase(plan, authority, (done, total) => setState({ name: 'ordering', share: done / Math.max(1, total) }));
    } catch (error) {
      const why = app.fault(error);
      if (error instanceof ConflictError && error.code === 'stale') await look(why);
      else setState({ name: isUnknown(error) ? 'unknown' : 'failed', why });
    }
  };
  return { state, setState, order };
}

/** From what was chosen to the order: shown, confirmed in two ways, and after a last pause carried out. */
export function EraseDialog({ desk, selection, onClose }: EraseDialogProps): VNode {
  const { state, setState, order } = useErasing(desk, selection);
  // What is being ordered cannot be called back from here.
  const close = (): void => {
    if (state.name !== 'ordering') onClose();
  };
  useEffect(() => app.announce(TITLES[state.name]), [state.name]);
  return (
    <Dialog title={TITLES[state.name]} onClose={close}>
      <Panel key={state.name}>
        {state.name === 'looking' && <Working text="Reading what the vault holds. Nothing is changed." share={state.share} onCancel={close} />}
        {state.name === 'ordering' && <Working text="What stays is sealed anew, then the order is signed and handed in. Keep this page open." share={state.share} />}
        {state.name === 'plan' && <PlanView desk={desk} plan={state.plan} note={state.note} onClose={close} onGoOn={() => setState({ ...state, name: 'confirm' })} />}
        {state.name === 'confirm' && <Confirmation desk={desk} plan={state.plan} onClose={close} onConfirmed={(authority) => setState({ name: 'pause', plan: state.plan, authority })} />}
        {state.name === 'pause' && <LastPause plan={state.plan} onClose={close} onOver={() => void order(state.plan, state.authority)} />}
        {(state.name === 'failed' || state.name === 'unknown') && (
          <>
            <p class="error" role="alert">{state.why}</p>
            <div class="dialog-actions"><button type="button" class="button" onClick={close}>Close</button></div>
          </>
        )}
      </Panel>
    </Dialog>
  );
}

function Working({ text, share, onCancel }: { readonly text: string; readonly share: number | null; readonly onCancel?: () => void }): VNode {
  return (
    <div class="stack">
      <p>{text}</p>
      {share === null ? <progress class="thin" aria-label={text} /> : <progress class="thin" aria-label={text} value={share} />}
      {onCancel !== undefined && <div class="dialog-actions"><button type="button" class="button" onClick={onCancel}>Cancel</button></div>}
    </div>
  );
}
