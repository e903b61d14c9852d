import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { passkeysAvailable, type Vault } from '../../client/vault.ts';
import { app } from '../state/app.ts';
import { Dialog } from './Dialog.tsx';
import { Field } from './Field.tsx';

interface PasskeyProps {
  readonly vault: Vault;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Adds a passkey, or says why this browser cannot. */
export function PasskeyDialog({ vault, onClose, onDone }: PasskeyProps): VNode {
  const [available, setAvailable] = useState<boolean | null>(null);
  const [label, setLabel] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    passkeysAvailable().then(setAvailable, () => setAvailable(false));
  }, []);

  const submit = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await vault.addPasskey(label.trim());
      onDone();
    } catch (fault) {
      setBusy(false);
      setError(app.fault(fault));
    }
  };
  if (available === false) return <NoPasskeys onClose={onClose} />;
  return (
    <Dialog title="Add a passkey" onClose={onClose}>
      <form class="stack" autocomplete="off" onSubmit={(event) => { event.preventDefault(); void submit(); }}>
        <p>Then this device, or a security key, opens the vault with its own lock: a fingerprint, a face or a PIN.</p>
        <Field label="A name for it" value={label} focus maxLength={64} error={error} onInput={setLabel} hint="To tell it from others, such as “Laptop”. Encrypted, as everything you write." />
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="button button-primary" disabled={busy || available === null}>{busy ? 'Waiting for your device…' : 'Add the passkey'}</button>
        </div>
      </form>
    </Dialog>
  );
}

function NoPasskeys({ onClose }: { readonly onClose: () => void }): VNode {
  return (
    <Dialog title="Passkeys do not work here" onClose={onClose}>
      <div class="stack">
        <p>A passkey can open a vault only if it can also make a key (the WebAuthn extension “PRF”), and only on an address that begins with https, or on localhost.</p>
        <p>This browser, or this address, cannot do that. Your passphrase and your recovery key work everywhere.</p>
      </div>
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>Close</button>
      </div>
    </Dialog>
  );
}
