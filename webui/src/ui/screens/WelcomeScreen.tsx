import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { serviceInfo } from '../../client/vault.ts';
import { Gate } from '../parts/Gate.tsx';
import { app } from '../state/app.ts';

/** The first visit. */
export function WelcomeScreen(): VNode {
  const [open, setOpen] = useState(true);
  useEffect(() => {
    // An unreachable server says so when a vault is created.
    serviceInfo().then((service) => setOpen(service.signUp), () => undefined);
  }, []);
  return (
    <Gate title="A private place to write.">
      <p class="lead">What you write is encrypted here, in your browser, before it goes anywhere.</p>
      <p class="lead">The server keeps it without ever being able to read a word of it, titles included.</p>
      <p class="lead">That also means that nobody can reset your passphrase, so you will get a recovery key to keep on paper.</p>
      <div class="gate-actions">
        {open && <button type="button" class="button button-primary" onClick={() => app.toCreate()}>Create a vault</button>}
        <button type="button" class="button" onClick={() => app.toUnlock()}>Unlock a vault</button>
      </div>
      {open && <p class="small soft">Have you a backup, or something from another tool? <button type="button" class="button button-text" onClick={() => app.toCreate(true)}>Bring it into a new vault</button></p>}
      {!open && <p class="small soft">This server takes no new vaults at the moment.</p>}
    </Gate>
  );
}
