import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { AuditView, LogEntry } from '../../../client/vault.ts';
import { app } from '../../state/app.ts';
import type { Desk } from '../../state/desk.ts';
import { fullTime } from '../../time.ts';
import { counted } from '../notebooks/labels.ts';

/** Entries shown at once; the latest come first. */
const SHOWN = 50;

const SECRETS: Readonly<Record<string, string>> = { passphrase: 'the passphrase', recovery: 'the recovery key', passkey: 'a passkey' };

/** What happened to this vault: every entry checked, and all of them against what the service signed and this device has seen. */
export function Log({ desk }: { readonly desk: Desk }): VNode {
  const [log, setLog] = useState<AuditView | null>(null);
  const [count, setCount] = useState(SHOWN);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const load = async (): Promise<void> => {
    setBusy(true);
    setFault(null);
    try {
      setLog(await desk.vault.auditLog());
    } catch (error) {
      setFault(app.fault(error));
    }
    setBusy(false);
  };
  const said = log === null ? '' : `${counted(log.entries.length, 'entry', 'entries')}, verified: none was changed, taken out or put in since this device first saw the log.`;
  useEffect(() => app.announce(said), [said]);
  return (
    <div class="stack">
      <div class="setting">
        <div><p class="setting-name">The log of this vault</p><p>Unlocks, failed attempts, changed secrets, exports, imports, erasures. It holds nothing of what you write.</p></div>
        <button type="button" class="button" disabled={busy} onClick={() => void load()}>{busy ? 'Checking…' : log === null ? 'Show the log' : 'Look again'}</button>
      </div>
      {fault !== null && <p class="error" role="alert">{fault}</p>}
      {log !== null && (
        <>
          <p class="verified">{said}</p>
          <ol class="log" tabIndex={0} aria-label="The log, the latest entry first">
            {log.entries.slice(-count).reverse().map((entry) => (
              <li key={entry.index}><span>{textOf(entry)}</span><time class="small soft" dateTime={new Date(entry.at).toISOString()}>{fullTime(entry.at)}</time></li>
            ))}
          </ol>
          {log.entries.length > count && <p><button type="button" class="button" onClick={() => setCount(count + SHOWN)}>Show earlier ones</button></p>}
          <p class="small soft verifier-key">Verifier key <span class="mono">{log.verifierKey}</span></p>
        </>
      )}
    </div>
  );
}

function secrets(kinds: readonly string[]): string {
  return kinds.map((kind) => SECRETS[kind] ?? 'a secret').join(' and ');
}

function textOf({ event, kind, count, added, destroyed, problem }: LogEntry): string {
  switch (event) {
    case 'created': return 'Vault made';
    case 'login': return `Unlocked with ${SECRETS[kind ?? ''] ?? 'a secret'}`;
    case 'failed_logins': return `${counted(count ?? 0, 'failed attempt')} to unlock`;
    case 'slots': return ['Secrets changed', added.length > 0 && `added ${secrets(added)}`, destroyed.length > 0 && `destroyed ${secrets(destroyed)}`].filter(Boolean).join(': ');
    case 'export': return 'Export made, as a device of yours said';
    case 'import': return 'Import made, as a device of yours said';
    case 'ordered': return 'Erasure ordered';
    case 'erasure': return 'Erasure finished and certified';
    case 'failed': return `Erasure held up (${problem ?? 'unknown'}); it was tried again`;
  }
}
