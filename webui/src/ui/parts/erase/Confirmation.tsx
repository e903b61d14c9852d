import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { passkeysAvailable, UnlockError, type Authority, type ErasurePlan } from '../../../client/vault.ts';
import { app } from '../../state/app.ts';
import type { Desk } from '../../state/desk.ts';
import { Field } from '../Field.tsx';
import { NOT_IT, SecretField, secretOf, secretProblem, type SecretKind } from '../SecretField.tsx';

interface ConfirmationProps {
  readonly desk: Desk;
  readonly plan: ErasurePlan;
  readonly onClose: () => void;
  /** With what signs the order. */
  readonly onConfirmed: (authority: Authority) => void;
}

const WAYS: Readonly<Record<SecretKind, string>> = { passphrase: 'Use the passphrase', recovery: 'Use the recovery key', passkey: 'Use a passkey' };

/** Two separate ways to be sure: the phrase, typed, and a secret of the vault, given again. */
export function Confirmation({ desk, plan, onClose, onConfirmed }: ConfirmationProps): VNode {
  const kinds = useKinds(desk);
  const [kind, setKind] = useState<SecretKind>(kinds[0] ?? 'passphrase');
  const [phrase, setPhrase] = useState('');
  const [phraseError, setPhraseError] = useState<string | null>(null);
  const [secret, setSecret] = useState('');
  const [secretError, setSecretError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (): Promise<void> => {
    if (busy) return;
    const isPhrase = plan.isConfirmedBy(phrase);
    const missing = secretProblem(kind, secret);
    setPhraseError(isPhrase ? null : `Type: ${plan.phrase}`);
    setSecretError(isPhrase ? missing : null);
    if (!isPhrase || missing !== null) return;
    setBusy(true);
    try {
      onConfirmed(await desk.vault.authorise(secretOf(kind, secret)));
    } catch (error) {
      setBusy(false);
      const said = app.fault(error);
      setSecretError(error instanceof UnlockError ? NOT_IT[kind] : said);
    }
  };
  const change = (next: SecretKind): void => {
    setKind(next);
    setSecret('');
    setSecretError(null);
  };
  return (
    <form class="stack" noValidate autocomplete="off" onSubmit={(event) => { event.preventDefault(); void submit(); }}>
      <p>Type <strong class="phrase">{plan.phrase}</strong> to say what is to go.</p>
      <Field label="The phrase" value={phrase} error={phraseError} focus onInput={(text) => { setPhrase(text); setPhraseError(null); }} />
      <SecretField key={kind} kind={kind} label="Your passphrase again" text={secret} error={secretError} focus={false} onInput={(text) => { setSecret(text); setSecretError(null); }} />
      {kinds.length > 1 && (
        <ul class="ways">
          {kinds.filter((other) => other !== kind).map((other) => (
            <li key={other}><button type="button" class="button button-text small" onClick={() => change(other)}>{WAYS[other]}</button></li>
          ))}
        </ul>
      )}
      <p class="small soft">The order is signed on this device with a key made from it. The server carries out exactly what was signed.</p>
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>Cancel</button>
        <button type="submit" class="button button-danger" disabled={busy}>{busy ? 'Checking…' : kind === 'passkey' ? 'Confirm with a passkey' : 'Confirm'}</button>
      </div>
    </form>
  );
}

/** What this vault and this browser can prove with; the one it was unlocked with first. */
function useKinds(desk: Desk): readonly SecretKind[] {
  const [passkeys, setPasskeys] = useState(false);
  useEffect(() => {
    passkeysAvailable().then(setPasskeys, () => undefined);
  }, []);
  const [known] = useState(() => desk.vault.secretKinds());
  return known.filter((kind) => kind !== 'passkey' || passkeys || kind === known[0]);
}
