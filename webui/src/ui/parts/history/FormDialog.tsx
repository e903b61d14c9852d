import type { ComponentChildren, VNode } from 'preact';
import type { History } from '../../state/history.ts';
import { Dialog } from '../Dialog.tsx';

interface FormDialogProps {
  readonly title: string;
  readonly action: string;
  readonly history: History;
  readonly disabled?: boolean;
  readonly onSubmit: () => void;
  readonly children: ComponentChildren;
}

/** Closes at once; what does not work is said in a notice, and what does can be undone. */
export function FormDialog({ title, action, history, disabled = false, onSubmit, children }: FormDialogProps): VNode {
  const submit = (event: Event): void => {
    event.preventDefault();
    if (disabled) return;
    history.answered();
    onSubmit();
  };
  return (
    <Dialog title={title} onClose={() => history.answered()}>
      <form autocomplete="off" onSubmit={submit}>
        {children}
        <div class="dialog-actions">
          <button type="button" class="button" onClick={() => history.answered()}>Cancel</button>
          <button type="submit" class="button button-primary" disabled={disabled}>{action}</button>
        </div>
      </form>
    </Dialog>
  );
}
