import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { passkeysAvailable, type Secret, type Step } from '../../client/vault.ts';
import { Field } from '../parts/Field.tsx';
import { Gate } from '../parts/Gate.tsx';
import { Steps, UNLOCK_STEPS } from '../parts/Steps.tsx';
import { app, sentence } from '../state/app.ts';

type Way = Secret['kind'];

const WAYS: Record<Way, string> = { passphrase: 'Use the passphrase', recovery: 'Use the recovery key', passkey: 'Use a passkey' };

/** The way back in, by any of the three secrets. */
export function UnlockScreen({ notice }: { readonly notice: string | null }): VNode {
  const [handle, setHandle] = useState(app.view.value.handle);
  const [way, setWay] = useState<Way>('passphrase');
  const [text, setText] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [step, setStep] = useState<Step | 'waiting' | null>(null);
  const passkeys = usePasskeys();
  const known = useRef(handle !== '');

  const submit = async (): Promise<void> => {
    if (handle.trim() === '') return setError('Type the name of the vault.');
    if (way !== 'passkey' && text === '') return setError(way === 'passphrase' ? 'Type the passphrase.' : 'Type the recovery key.');
    setError(null);
    setStep('waiting');
    try {
      await app.unlock(handle, way === 'passkey' ? { kind: way } : { kind: way, text }, setStep);
    } catch (fault) {
      setStep(null);
      setError(sentence(fault));
    }
  };
  const change = (next: Way): void => {
    setWay(next);
    setText('');
    setError(null);
  };

  if (step !== null) {
    return (
      <Gate title="Unlocking">
        <Steps lines={UNLOCK_STEPS} now={step === 'waiting' ? null : step} />
      </Gate>
    );
  }
  return (
    <Gate title="Unlock your vault">
      {notice !== null && <p class="lead" role="status">{notice}</p>}
      <form class="stack" noValidate autocomplete="off" onSubmit={(event) => { event.preventDefault(); void submit(); }}>
        <Field label="Name of the vault" name="vault" autocomplete="username" value={handle} focus={!known.current} maxLength={64} onInput={setHandle} />
        <SecretField key={way} way={way} text={text} error={error} focus={known.current} onInput={setText} />
        <div class="gate-actions">
          <button type="submit" class="button button-primary">{way === 'passkey' ? 'Unlock with a passkey' : 'Unlock'}</button>
          <button type="button" class="button button-quiet" onClick={() => app.toStart()}>Another vault</button>
        </div>
        <ul class="ways">
          {(Object.keys(WAYS) as Way[]).filter((other) => other !== way && (other !== 'passkey' || passkeys)).map((other) => (
            <li key={other}><button type="button" class="button button-text small" onClick={() => change(other)}>{WAYS[other]}</button></li>
          ))}
        </ul>
      </form>
    </Gate>
  );
}

interface SecretFieldProps {
  readonly way: Way;
  readonly text: string;
  readonly error: string | null;
  readonly focus: boolean;
  readonly onInput: (text: string) => void;
}

function SecretField({ way, text, error, focus, onInput }: SecretFieldProps): VNode {
  if (way === 'passkey') {
    return (
      <div class="field">
        <p class="soft">Your device will ask for its own lock: a fingerprint, a face or a PIN.</p>
        {error !== null && <p class="error" role="alert">{error}</p>}
      </div>
    );
  }
  if (way === 'recovery') {
    return <Field label="Recovery key" value={text} error={error} focus mono onInput={onInput} hint="All 14 groups; small letters, spaces and missing dashes do not matter." />;
  }
  return <Field label="Passphrase" type="password" name="passphrase" autocomplete="current-password" value={text} error={error} focus={focus} onInput={onInput} />;
}

function usePasskeys(): boolean {
  const [available, setAvailable] = useState(false);
  useEffect(() => {
    passkeysAvailable().then(setAvailable, () => undefined);
  }, []);
  return available;
}
