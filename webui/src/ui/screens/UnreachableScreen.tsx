import type { VNode } from 'preact';
import { Gate } from '../parts/Gate.tsx';
import { app } from '../state/app.ts';

/** After a refresh without a server: nothing is thrown away, the writer can try again. */
export function UnreachableScreen({ why }: { readonly why: string }): VNode {
  return (
    <Gate title="The server does not answer.">
      <p class="lead" role="alert">{why}</p>
      <p class="soft">What you wrote and had not saved is kept on this device, sealed. It will be there when the server is back.</p>
      <div class="gate-actions">
        <button type="button" class="button button-primary" onClick={() => void app.resume()}>Try again</button>
        <button type="button" class="button" onClick={() => app.toUnlock()}>Unlock instead</button>
      </div>
    </Gate>
  );
}
