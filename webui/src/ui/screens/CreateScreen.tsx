import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Step } from '../../client/vault.ts';
import { Field } from '../parts/Field.tsx';
import { Gate } from '../parts/Gate.tsx';
import { choiceProblem, NewPassphrase, NO_CHOICE, type ChoiceProblem } from '../parts/NewPassphrase.tsx';
import { CREATE_STEPS, Steps } from '../parts/Steps.tsx';
import { useStrength } from '../parts/Strength.tsx';
import { app, sentence } from '../state/app.ts';

/** A name and a passphrase make a vault. */
export function CreateScreen({ restores }: { readonly restores: boolean }): VNode {
  const [handle, setHandle] = useState('');
  const [choice, setChoice] = useState(NO_CHOICE);
  const [problem, setProblem] = useState<ChoiceProblem | null>(null);
  const [nameError, setNameError] = useState<string | null>(null);
  const [step, setStep] = useState<Step | 'waiting' | null>(null);
  const strength = useStrength(choice.text, [handle]);
  const form = useRef<HTMLFormElement>(null);
  const [tries, setTries] = useState(0);
  // After the fields, of which the last with an error has taken the focus: the first is to be mended first.
  useEffect(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus(), [tries]);

  const submit = async (): Promise<void> => {
    setNameError(handle.trim() === '' ? 'Give the vault a name.' : null);
    const found = choiceProblem(choice, strength);
    setProblem(found);
    setTries(tries + 1);
    if (handle.trim() === '' || found !== null) return;
    setStep('waiting');
    try {
      await app.create({ handle, passphrase: choice.text }, setStep);
    } catch (error) {
      setStep(null);
      setNameError(sentence(error));
    }
  };

  if (step !== null) return <Gate title="Making your vault"><Steps lines={CREATE_STEPS} now={step} /></Gate>;
  return (
    <Gate title={restores ? 'A new vault for it' : 'Create a vault'}>
      {restores && <p class="lead">What you bring comes into a vault of its own, with a name and a passphrase that you choose now. You are asked for the file then.</p>}
      <form ref={form} class="stack" noValidate autocomplete="off" onSubmit={(event) => { event.preventDefault(); void submit(); }}>
        <Field
          label="Name of the vault" name="vault" autocomplete="username" value={handle} focus maxLength={64} error={nameError} onInput={(name) => { setHandle(name); setNameError(null); }}
          hint="You will type it to unlock. The server can see this name, so it need not be yours."
        />
        <NewPassphrase label="Passphrase" choice={choice} strength={strength} problem={problem} onChange={(next) => { setChoice(next); setProblem(null); }} />
        <div class="gate-actions">
          <button type="submit" class="button button-primary">Create the vault</button>
          <button type="button" class="button button-quiet" onClick={() => app.toStart()}>Back</button>
        </div>
      </form>
    </Gate>
  );
}
