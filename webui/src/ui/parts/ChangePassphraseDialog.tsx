import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { UnlockError, type Vault } from '../../client/vault.ts';
import { app } from '../state/app.ts';
import { Dialog } from './Dialog.tsx';
import { Field } from './Field.tsx';
import { choiceProblem, NewPassphrase, NO_CHOICE, type ChoiceProblem } from './NewPassphrase.tsx';
import { useStrength } from './Strength.tsx';

interface ChangeProps {
  readonly vault: Vault;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** A new passphrase for the same vault. Whoever sits at an open page still has to know the current one. */
export function ChangePassphraseDialog({ vault, onClose, onDone }: ChangeProps): VNode {
  const [current, setCurrent] = useState('');
  const [choice, setChoice] = useState(NO_CHOICE);
  const [problem, setProblem] = useState<ChoiceProblem | null>(null);
  const [currentError, setCurrentError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const strength = useStrength(choice.text, [vault.handle]);

  const submit = async (): Promise<void> => {
    const found = choiceProblem(choice, strength);
    setCurrentError(current === '' ? 'Type the passphrase you use now.' : null);
    setProblem(found);
    if (current === '' || found !== null) return;
    setBusy(true);
    try {
      await vault.changePassphrase({ current, next: choice.text });
      onDone();
    } catch (error) {
      setBusy(false);
      const said = app.fault(error);
      setCurrentError(error instanceof UnlockError ? 'This is not the passphrase of this vault.' : said);
    }
  };
  return (
    <Dialog title="Change the passphrase" onClose={onClose}>
      <form class="stack" noValidate autocomplete="off" onSubmit={(event) => { event.preventDefault(); void submit(); }}>
        <Field label="Current passphrase" type="password" name="passphrase" autocomplete="current-password" value={current} focus error={currentError} onInput={(text) => { setCurrent(text); setCurrentError(null); }} />
        <NewPassphrase label="New passphrase" choice={choice} strength={strength} problem={problem} onChange={(next) => { setChoice(next); setProblem(null); }} />
        <p class="small soft">The old passphrase stops working at once; its slot on the server is overwritten.</p>
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="button button-primary" disabled={busy}>{busy ? 'Changing…' : 'Change it'}</button>
        </div>
      </form>
    </Dialog>
  );
}
