import type { VNode } from 'preact';
import type { Secret } from '../../client/vault.ts';
import { Field } from './Field.tsx';

export type SecretKind = Secret['kind'];

interface SecretFieldProps {
  readonly kind: SecretKind;
  readonly text: string;
  readonly error: string | null;
  readonly focus: boolean;
  readonly onInput: (text: string) => void;
  /** Of the passphrase. */
  readonly label?: string;
}

/** What is typed of a secret, and why not; it can be read as one with `secretOf`. */
export function SecretField({ kind, text, error, focus, onInput, label = 'Passphrase' }: SecretFieldProps): VNode {
  if (kind === 'passkey') {
    return (
      <div class="field">
        <p class="soft">Your device will ask for its own lock: a fingerprint, a face or a PIN.</p>
        {error !== null && <p class="error" role="alert">{error}</p>}
      </div>
    );
  }
  if (kind === 'recovery') {
    return <Field label="Recovery key" value={text} error={error} focus={focus} mono onInput={onInput} hint="All 14 groups; small letters, spaces and missing dashes do not matter." />;
  }
  return <Field label={label} type="password" name="passphrase" autocomplete="current-password" value={text} error={error} focus={focus} onInput={onInput} />;
}

export function secretOf(kind: SecretKind, text: string): Secret {
  return kind === 'passkey' ? { kind } : { kind, text };
}

/** What is said of a secret that is another one's. */
export const NOT_IT: Readonly<Record<SecretKind, string>> = {
  passphrase: 'This is not the passphrase of this vault.',
  recovery: 'This is not the recovery key of this vault.',
  passkey: 'This passkey does not open this vault.',
};

/** Why this cannot be a secret, or null. */
export function secretProblem(kind: SecretKind, text: string): string | null {
  if (kind === 'passkey' || text !== '') return null;
  return kind === 'passphrase' ? 'Type the passphrase.' : 'Type the recovery key.';
}
