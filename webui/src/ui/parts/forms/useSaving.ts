import { useState } from 'preact/hooks';
import { ConflictError } from '../../../client/vault.ts';
import { app } from '../../state/app.ts';
import type { Desk } from '../../state/desk.ts';
import type { FormInUse } from './useForm.tsx';

interface Saver<T extends object> {
  /** What is to be saved. */
  readonly said: () => T;
  /** Resolves to the id of what was saved. `seen` are the states of it that the writer knows. */
  readonly send: (said: T, seen: readonly T[]) => Promise<string>;
  readonly onSaved: (id: string) => void;
}

interface SavingInUse {
  /** A sentence for the writer; null while nothing is wrong. */
  readonly error: string | null;
  readonly busy: boolean;
  readonly complain: (error: string | null) => void;
  readonly save: () => Promise<void>;
}

/** Saving what a form over the page holds, which then closes. */
export function useSaving<T extends object>(desk: Desk, { form }: FormInUse<T>, { said, send, onSaved }: Saver<T>): SavingInUse {
  const [error, complain] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const save = async (): Promise<void> => {
    setBusy(true);
    try {
      const sent = said();
      const id = await send(sent, form.sending(sent));
      form.done();
      desk.update();
      onSaved(id);
    } catch (fault) {
      complain(app.fault(fault));
      setBusy(false);
      // What the other device has made of it is here by now: the form shows it.
      if (fault instanceof ConflictError) desk.update();
    }
  };
  return { error, busy, complain, save };
}
