import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { estimateStrength, type Strength } from '../../client/vault.ts';

/** Below this score a passphrase is refused: a thief of database and key file could guess it. */
export const ENOUGH = 3;
const WORDS = ['Very easy to guess', 'Easy to guess', 'Not strong enough yet', 'Strong', 'Very strong'] as const;

/** The estimate for a passphrase; null while there is none. */
export function useStrength(passphrase: string, hints: readonly string[]): Strength | null {
  const [strength, setStrength] = useState<Strength | null>(null);
  const hintText = hints.join('\n');
  useEffect(() => {
    if (passphrase === '') return setStrength(null);
    let current = true;
    estimateStrength(passphrase, hints).then((result) => current && setStrength(result), console.error);
    return () => {
      current = false;
    };
  }, [passphrase, hintText]);
  return passphrase === '' ? null : strength;
}

function guesses(strength: Strength): string {
  const digits = Math.floor(Math.log10(Math.max(1, strength.guesses)));
  return digits < 4 ? 'a handful of guesses would do' : `about 10${superscript(digits)} guesses`;
}

function superscript(number: number): string {
  return [...String(number)].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)] ?? '').join('');
}

export function StrengthMeter({ strength }: { readonly strength: Strength | null }): VNode {
  const advice = strength !== null && strength.score < ENOUGH ? strength.advice : [];
  return (
    <div class="strength" data-score={strength?.score}>
      <div class="strength-bars" aria-hidden="true"><span /><span /><span /><span /></div>
      <p class="field-hint" aria-live="polite">
        {strength === null ? 'Four or more words that do not belong together make a good passphrase.' : `${WORDS[strength.score]}: ${guesses(strength)}.`}
        {advice.map((line) => ` ${line}`)}
      </p>
    </div>
  );
}
