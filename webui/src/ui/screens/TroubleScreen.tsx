import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { forgetHandle, ForkError, PolicyError, RollbackError, SubstitutionError, type HostileDataError } from '../../client/vault.ts';
import { Gate } from '../parts/Gate.tsx';
import { app } from '../state/app.ts';

interface Story {
  /** For whoever runs the server. */
  readonly kind: string;
  readonly title: string;
  readonly what: string;
  readonly perhaps: string;
}

type Kind = abstract new (...args: never) => HostileDataError;

const ALTERED: Story = {
  kind: 'integrity',
  title: 'Something here was altered.',
  what: 'What the server sent does not fit together: it was damaged or changed after it was written.',
  perhaps: 'A disk may have failed, or somebody has changed what the server keeps.',
};

const STORIES: readonly (readonly [Kind, Story])[] = [
  [RollbackError, {
    kind: 'roll-back',
    title: 'The server shows an older vault.',
    what: 'This device has seen a newer state of your vault than the one the server sent.',
    perhaps: 'An old backup may have been put back, or somebody hides what you wrote since.',
  }],
  [ForkError, {
    kind: 'fork',
    title: 'The server tells another story.',
    what: 'The history of the vault that the server sent splits from the one this device has seen.',
    perhaps: 'The server may show different vaults to different devices, or was rebuilt from a copy.',
  }],
  [SubstitutionError, {
    kind: 'substitution',
    title: 'This is another vault.',
    what: 'Under this name this device has seen a different vault.',
    perhaps: 'The server may have been set up anew, or somebody has put another vault in its place.',
  }],
  [PolicyError, {
    kind: 'policy',
    title: 'The server asks for a weak lock.',
    what: 'The server named costs for turning your passphrase into a key that are outside the safe bounds, so nothing was derived from it.',
    perhaps: 'The server may be damaged, or somebody tries to make your passphrase easy to guess.',
  }],
];

/** Hostile or damaged data: what happened, what did not happen, and what to do. */
export function TroubleScreen({ error }: { readonly error: HostileDataError }): VNode {
  const { kind, title, what, perhaps } = STORIES.find(([type]) => error instanceof type)?.[1] ?? ALTERED;
  const { handle } = app.view.value;
  const [sure, setSure] = useState(false);
  const forget = async (): Promise<void> => {
    if (!sure) return setSure(true);
    await forgetHandle(handle);
    app.toUnlock();
  };
  return (
    <Gate title={title}>
      <p class="lead" role="alert">{what} Nothing of it is shown, and nothing of yours was overwritten.</p>
      <p class="soft">{perhaps}</p>
      <ul class="plain-list">
        <li>What you had not saved is kept on this device, sealed.</li>
        <li>Do not go on writing to this vault here. Look from another device, and compare.</li>
        <li>Ask whoever runs the server what happened, and tell them the line below.</li>
      </ul>
      <p class="trouble-detail mono">{kind}: {error.detail}</p>
      <div class="gate-actions">
        <button type="button" class="button button-primary" onClick={() => app.toUnlock()}>Go to the lock</button>
        {error instanceof SubstitutionError && (
          <button type="button" class="button button-danger" onClick={() => void forget()}>
            {sure ? `Yes, forget what this device knows of “${handle}”` : 'I expected this'}
          </button>
        )}
      </div>
    </Gate>
  );
}
