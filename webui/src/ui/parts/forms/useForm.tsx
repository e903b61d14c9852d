import type { VNode } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import type { FormOf } from '../../../client/vault.ts';
import type { Desk } from '../../state/desk.ts';
import type { Form, FormView } from '../../state/form.ts';
import { useStore } from '../../state/store.ts';
import { ConfirmDialog } from '../ConfirmDialog.tsx';

export interface FormInUse<T extends object> {
  readonly form: Form<T>;
  readonly view: FormView<T>;
  /** Closes the form; asks first when its text was changed. */
  readonly close: () => void;
  /** To be shown beside the form. */
  readonly question: VNode | null;
}

/**
 * A form with changed text that outlives a lock. `theirsOf` says what the vault has by now of what it changes; of a new
 * one by the id that it takes, where there is one already.
 */
export function useForm<T extends object>(desk: Desk, of: FormOf, theirsOf: (id: string | null) => T, onClose: () => void): FormInUse<T> {
  const [form] = useState(() => desk.forms.open(of, theirsOf));
  const [asking, setAsking] = useState(false);
  const view = useStore(form.view, (value) => value);
  // Before anybody can press a key: what is saved is compared with what is shown.
  useLayoutEffect(() => form.follow(theirsOf(form.id)));
  useEffect(() => () => form.close(), [form]);
  const giveUp = async (): Promise<void> => {
    form.done();
    onClose();
  };
  const question = asking
    ? <ConfirmDialog title="Give up the change?" action="Give it up" danger onConfirm={giveUp} onClose={() => setAsking(false)}><p>What you changed here is not saved.</p></ConfirmDialog>
    : null;
  return { form, view, close: () => (form.isChanged ? setAsking(true) : onClose()), question };
}
