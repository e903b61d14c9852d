import type { ComponentChildren, VNode } from 'preact';
import { useState } from 'preact/hooks';
import { app } from '../state/app.ts';
import { Dialog } from './Dialog.tsx';

interface ConfirmProps {
  readonly title: string;
  readonly action: string;
  readonly danger?: boolean;
  readonly onConfirm: () => Promise<void>;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** Asks before something that cannot be taken back. */
export function ConfirmDialog({ title, action, danger = false, onConfirm, onClose, children }: ConfirmProps): VNode {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const confirm = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await onConfirm();
    } catch (fault) {
      setError(app.fault(fault));
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="stack">{children}</div>
      {error !== null && <p class="error" role="alert">{error}</p>}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>Cancel</button>
        <button type="button" class={danger ? 'button button-danger' : 'button button-primary'} disabled={busy} onClick={() => void confirm()}>{action}</button>
      </div>
    </Dialog>
  );
}
