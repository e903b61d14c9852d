import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { passkeysAvailable, type Step } from '../../client/vault.ts';
import { Field } from '../parts/Field.tsx';
import { Gate } from '../parts/Gate.tsx';
import { SecretField, secretOf, secretProblem, type SecretKind } from '../parts/SecretField.tsx';
import { Steps, UNLOCK_STEPS } from '../parts/Steps.tsx';
import { app, sentence } from '../state/app.ts';

const WAYS: Record<SecretKind, string> = { passphrase: 'Use the passphrase', recovery: 'Use the recovery key', passkey: 'Use a passkey' };

/** The way back in, by any of the three secrets. */
export function UnlockScreen({ notice }: { readonly notice: string | null }): VNode {
  const [handle, setHandle] = useState(app.view.value.handle);
  const [way, setWay] = useState<SecretKind>('passphrase');
  const [text, setText] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [step, setStep] = useState<Step | 'waiting' | null>(null);
  const known = useRef(handle !== '');

  const submit = async (): Promise<void> => {
    if (handle.trim() === '') return setError('Type the name of the vault.');
    const missing = secretProblem(way, text);
    if (missing !== null) return setError(missing);
    setError(null);
    setStep('waiting');
    try {
      await app.unlock(handle, secretOf(way, text), setStep);
    } catch (fault) {
      setStep(null);
      setError(sentence(fault));
    }
  };
  const change = (next: SecretKind): void => {
    setWay(next);
    setText('');
    setError(null);
  };

  if (step !== null) return <Gate title="Unlocking"><Steps lines={UNLOCK_STEPS} now={step} /></Gate>;
  return (
    <Gate title="Unlock your vault">
      {notice !== null && <p class="lead" role="status">{notice}</p>}
      <form class="stack" noValidate autocomplete="off" onSubmit={(event) => { event.preventDefault(); void submit(); }}>
        <Field label="Name of the vault" name="vault" autocomplete="username" value={handle} focus={!known.current} maxLength={64} onInput={setHandle} />
        <SecretField key={way} kind={way} text={text} error={error} focus={known.current || way === 'recovery'} onInput={setText} />
        <div class="gate-actions">
          <button type="submit" class="button button-primary">{way === 'passkey' ? 'Unlock with a passkey' : 'Unlock'}</button>
          <button type="button" class="button button-quiet" onClick={() => app.toStart()}>Another vault</button>
        </div>
        <OtherWays way={way} onChange={change} />
      </form>
    </Gate>
  );
}

function OtherWays({ way, onChange }: { readonly way: SecretKind; readonly onChange: (way: SecretKind) => void }): VNode {
  const [passkeys, setPasskeys] = useState(false);
  useEffect(() => {
    passkeysAvailable().then(setPasskeys, () => undefined);
  }, []);
  const others = (Object.keys(WAYS) as SecretKind[]).filter((other) => other !== way && (other !== 'passkey' || passkeys));
  return (
    <ul class="ways">
      {others.map((other) => (
        <li key={other}><button type="button" class="button button-text small" onClick={() => onChange(other)}>{WAYS[other]}</button></li>
      ))}
    </ul>
  );
}
