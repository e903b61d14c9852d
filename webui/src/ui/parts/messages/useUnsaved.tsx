import type { VNode } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Desk } from '../../state/desk.ts';
import { ConfirmDialog } from '../ConfirmDialog.tsx';

interface Unsaved {
  /** Closes the form; asks first when its text was changed. */
  readonly close: () => void;
  /** To be shown beside the form. */
  readonly question: VNode | null;
}

/** Tells the desk that a form holds changed text. `content` is all that the form holds; what it was at first is unchanged. */
export function useUnsaved(desk: Desk, content: string, onClose: () => void): Unsaved {
  const first = useRef(content);
  const [asking, setAsking] = useState(false);
  const isChanged = content !== first.current;
  useLayoutEffect(() => (isChanged ? desk.forms.hold() : undefined), [desk, isChanged]);
  useEffect(() => {
    if (isChanged) desk.forms.typed();
  }, [desk, content]);
  const question = asking
    ? <ConfirmDialog title="Give up the change?" action="Give it up" danger onConfirm={async () => onClose()} onClose={() => setAsking(false)}><p>What you changed here is not saved.</p></ConfirmDialog>
    : null;
  return { close: () => (isChanged ? setAsking(true) : onClose()), question };
}
