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
  /** For whoever knows why it is so, and goes on with what the server shows: how. */
  readonly wayOut?: string;
}

const RESTORED = 'If you know that an older database was restored on purpose, say so below: this device then forgets what it has seen of the vault, and takes it as the server shows it when you unlock. Compare it with another device.';
const LOG_RESTORED = `${RESTORED} Where the server lost the key of its log, one run of “inkvault audit accept” on the command line is needed too.`;

const ALTERED: Story = {
  kind: 'integrity',
  title: 'Something here was altered.',
  what: 'What the server sent does not fit together: it was damaged or changed after it was written.',
  perhaps: 'A disk may have failed, or somebody has changed what the server keeps.',
};

const OLDER: Story = {
  kind: 'roll-back',
  title: 'The server shows an older vault.',
  what: 'This device has seen a newer state of your vault than the one the server sent.',
  perhaps: 'An old backup may have been put back, or somebody hides what you wrote since.',
  wayOut: RESTORED,
};
const SPLIT: Story = {
  kind: 'fork',
  title: 'The server tells another story.',
  what: 'The history of the vault that the server sent splits from the one this device has seen.',
  perhaps: 'The server may show different vaults to different devices, or was rebuilt from a copy.',
  wayOut: RESTORED,
};
const OLDER_LOG: Story = {
  kind: 'roll-back',
  title: 'The server shows an older log.',
  what: 'This device has seen more entries in the log of your vault than the server has now.',
  perhaps: 'An old backup may have been put back, or somebody hides what happened since.',
  wayOut: LOG_RESTORED,
};
const SPLIT_LOG: Story = {
  kind: 'fork',
  title: 'The server shows another log.',
  what: 'The log of your vault that the server keeps does not go on from the one this device has seen.',
  perhaps: 'An old backup may have been put back and used since, its key may have been lost, or somebody has changed it.',
  wayOut: LOG_RESTORED,
};
const OTHER: Story = {
  kind: 'substitution',
  title: 'This is another vault.',
  what: 'Under this name this device has seen a different vault.',
  perhaps: 'You may have erased it from another of your devices, the server may have been set up anew, or somebody has put another vault in its place.',
  wayOut: 'If you know why, say so below: this device then forgets what it has seen of the vault, and takes the one that the server shows.',
};
const WEAK: Story = {
  kind: 'policy',
  title: 'The server asks for a weak lock.',
  what: 'The server named costs for turning your passphrase into a key that are outside the safe bounds, so nothing was derived from it.',
  perhaps: 'The server may be damaged, or somebody tries to make your passphrase easy to guess.',
};

function storyOf(error: HostileDataError): Story {
  if (error instanceof RollbackError) return error.story === 'log' ? OLDER_LOG : OLDER;
  if (error instanceof ForkError) return error.story === 'log' ? SPLIT_LOG : SPLIT;
  if (error instanceof SubstitutionError) return OTHER;
  return error instanceof PolicyError ? WEAK : ALTERED;
}

/** Hostile or damaged data: what happened, what did not happen, and what to do. */
export function TroubleScreen({ error }: { readonly error: HostileDataError }): VNode {
  const { kind, title, what, perhaps, wayOut } = storyOf(error);
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
        {wayOut !== undefined && <li>{wayOut}</li>}
      </ul>
      <p class="trouble-detail mono">{kind}: {error.detail}</p>
      <div class="gate-actions">
        <button type="button" class="button button-primary" onClick={() => app.toUnlock()}>Go to the lock</button>
        {wayOut !== undefined && (
          <button type="button" class="button button-danger" onClick={() => void forget()}>
            {sure ? `Yes, forget what this device knows of “${handle}”` : 'I expected this'}
          </button>
        )}
      </div>
    </Gate>
  );
}
