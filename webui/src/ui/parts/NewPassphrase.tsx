import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { newPassphrase, type Strength } from '../../client/vault.ts';
import { Field } from './Field.tsx';
import { ShowButton } from './ShowButton.tsx';
import { ENOUGH, StrengthMeter } from './Strength.tsx';

export interface Choice {
  readonly text: string;
  readonly again: string;
}

export interface ChoiceProblem {
  readonly field: 'text' | 'again';
  readonly message: string;
}

export const NO_CHOICE: Choice = { text: '', again: '' };

/** Why this passphrase cannot be taken, or null. `strength` null means that the estimate is still to come. */
export function choiceProblem(choice: Choice, strength: Strength | null): ChoiceProblem | null {
  if (choice.text === '') return { field: 'text', message: 'Choose a passphrase, or let Inkvault make one for you.' };
  if (strength === null) return { field: 'text', message: 'The passphrase is still being judged. Try again in a moment.' };
  if (strength.score < ENOUGH) return { field: 'text', message: 'This passphrase would be guessed too soon. Add words that do not belong together, or let Inkvault make one for you.' };
  if (choice.text !== choice.again) return { field: 'again', message: 'The two are not the same. Type it once more.' };
  return null;
}

interface NewPassphraseProps {
  readonly label: string;
  readonly choice: Choice;
  readonly onChange: (choice: Choice) => void;
  readonly strength: Strength | null;
  readonly problem: ChoiceProblem | null;
}

/** A passphrase typed twice, judged honestly, or made here. */
export function NewPassphrase({ label, choice, onChange, strength, problem }: NewPassphraseProps): VNode {
  const [shown, setShown] = useState(false);
  const [made, setMade] = useState('');
  const make = (): void => {
    const text = newPassphrase();
    setMade(text);
    setShown(true);
    onChange({ text, again: text });
  };
  const type = shown ? 'text' : 'password';
  return (
    <>
      <Field
        label={label} type={type} name="new-passphrase" autocomplete="new-password" value={choice.text} beside={<ShowButton shown={shown} onShow={setShown} />}
        error={problem?.field === 'text' ? problem.message : null} onInput={(text) => onChange({ ...choice, text })}
      />
      <StrengthMeter strength={strength} />
      <Field
        label="The same passphrase again" type={type} name="new-passphrase-again" autocomplete="new-password" value={choice.again}
        error={problem?.field === 'again' ? problem.message : null} onInput={(again) => onChange({ ...choice, again })}
      />
      {made !== '' && made === choice.text
        ? <p class="made">Write these seven words down, on paper, before you go on. <button type="button" class="button button-text" onClick={make}>Make another</button></p>
        : <p class="small soft">Rather not think of one? <button type="button" class="button button-text" onClick={make}>Make one for me</button></p>}
    </>
  );
}
