import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { UnlockError, type Vault } from '../../client/vault.ts';
import { app } from '../state/app.ts';
import { Dialog } from './Dialog.tsx';
import { choiceProblem, NewPassphrase, NO_CHOICE, type ChoiceProblem } from './NewPassphrase.tsx';
import { NOT_IT, SecretField, secretOf, secretProblem, type SecretKind } from './SecretField.tsx';
import { useStrength } from './Strength.tsx';

interface ChangeProps {
  readonly vault: Vault;
  /** The kind of secret that the vault was unlocked with: the one that the writer surely has. */
  readonly kind: SecretKind;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** A new passphrase for the same vault. Whoever sits at an open page still has to have a secret that opens it. */
export function ChangePassphraseDialog({ vault, kind, onClose, onDone }: ChangeProps): VNode {
  const [current, setCurrent] = useState('');
  const [choice, setChoice] = useState(NO_CHOICE);
  const [problem, setProblem] = useState<ChoiceProblem | null>(null);
  const [currentError, setCurrentError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const strength = useStrength(choice.text, [vault.handle]);

  const submit = async (): Promise<void> => {
    const [missing, found] = [secretProblem(kind, current), choiceProblem(choice, strength)];
    setCurrentError(missing);
    setProblem(found);
    if (missing !== null || found !== null) return;
    setBusy(true);
    try {
      await vault.changePassphrase({ current: secretOf(kind, current), next: choice.text });
      onDone();
    } catch (error) {
      setBusy(false);
      const said = app.fault(error);
      setCurrentError(error instanceof UnlockError ? NOT_IT[kind] : said);
    }
  };
  return (
    <Dialog title={kind === 'recovery' ? 'Set a new passphrase' : 'Change the passphrase'} onClose={onClose}>
      <form class="stack" noValidate autocomplete="off" onSubmit={(event) => { event.preventDefault(); void submit(); }}>
        <SecretField kind={kind} label="Current passphrase" text={current} focus error={currentError} onInput={(text) => { setCurrent(text); setCurrentError(null); }} />
        <NewPassphrase label="New passphrase" choice={choice} strength={strength} problem={problem} onChange={(next) => { setChoice(next); setProblem(null); }} />
        <p class="small soft">The old passphrase stops working at once; its slot on the server is overwritten.</p>
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="button button-primary" disabled={busy}>{busy ? 'Changing…' : kind === 'recovery' ? 'Set it' : 'Change it'}</button>
        </div>
      </form>
    </Dialog>
  );
}
