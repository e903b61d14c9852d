import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { SlotKindName, SlotView } from '../../client/vault.ts';
import { app } from '../state/app.ts';
import type { Desk } from '../state/desk.ts';
import { useNow } from '../state/useNow.ts';
import { fullTime, relativeTime } from '../time.ts';
import { ChangePassphraseDialog } from './ChangePassphraseDialog.tsx';
import { ConfirmDialog } from './ConfirmDialog.tsx';
import { PasskeyDialog } from './PasskeyDialog.tsx';

/** In the order of the list. */
const NAMES: Record<SlotKindName, string> = { passphrase: 'Passphrase', recovery: 'Recovery key', passkey: 'Passkey' };

type Doing =
  | { readonly name: 'passphrase' | 'recovery' | 'passkey' }
  | { readonly name: 'remove'; readonly slot: SlotView };

/** Everything that opens this vault, when it last did, and the ways to change it. */
export function SlotList({ desk }: { readonly desk: Desk }): VNode {
  const [slots, setSlots] = useState<readonly SlotView[] | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [doing, setDoing] = useState<Doing | null>(null);
  const load = (): void => void desk.vault.slots().then((all) => setSlots(inOrder(all)), (error: unknown) => setFault(app.fault(error)));
  useEffect(load, [desk]);
  const done = (said?: string): void => {
    setDoing(null);
    if (said !== undefined) app.announce(said);
    load();
  };
  return (
    <section aria-labelledby="settings-secrets">
      <h2 id="settings-secrets">What opens this vault</h2>
      {fault !== null && <p class="error" role="alert">{fault}</p>}
      <ul class="slot-list" aria-busy={slots === null}>
        {slots?.map((slot) => <Slot key={slot.id} slot={slot} onChange={(name) => setDoing({ name })} onRemove={() => setDoing({ name: 'remove', slot })} />)}
      </ul>
      <div class="row">
        <button type="button" class="button" onClick={() => setDoing({ name: 'passkey' })}>Add a passkey</button>
        {slots?.every((slot) => slot.kind !== 'recovery') === true && <button type="button" class="button" onClick={() => setDoing({ name: 'recovery' })}>Make a recovery key</button>}
      </div>
      {doing !== null && slots !== null && <SlotDialog desk={desk} slots={slots} doing={doing} onDone={done} />}
    </section>
  );
}

function inOrder(slots: readonly SlotView[]): readonly SlotView[] {
  const kinds = Object.keys(NAMES);
  return [...slots].sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || a.createdAt - b.createdAt);
}

interface SlotDialogProps {
  readonly desk: Desk;
  readonly slots: readonly SlotView[];
  readonly doing: Doing;
  /** `said` is announced; without it nothing was done. */
  readonly onDone: (said?: string) => void;
}

function SlotDialog({ desk: { vault }, slots, doing, onDone }: SlotDialogProps): VNode {
  const onClose = (): void => onDone();
  switch (doing.name) {
    case 'passphrase': {
      const kind = slots.find((slot) => slot.current)?.kind ?? 'passphrase';
      return <ChangePassphraseDialog vault={vault} kind={kind} onClose={onClose} onDone={() => { app.dismissOffer(); onDone('The passphrase was changed.'); }} />;
    }
    case 'passkey':
      return <PasskeyDialog vault={vault} onClose={onClose} onDone={() => onDone('The passkey was added.')} />;
    case 'recovery':
      return (
        <ConfirmDialog title="Make a new recovery key?" action="Make a new key" onClose={onClose} onConfirm={async () => app.showRecoveryKey(await vault.replaceRecoveryKey())}>
          {slots.some((slot) => slot.kind === 'recovery') && <p>The old recovery key stops working at once, on paper and wherever else you keep it.</p>}
          <p>The new one is shown once. Have a printer, or pen and paper, at hand.</p>
        </ConfirmDialog>
      );
    case 'remove':
      return (
        <ConfirmDialog title="Remove this passkey?" action="Remove it" danger onClose={onClose} onConfirm={async () => { await vault.removeSlot(doing.slot.id); onDone('Removed.'); }}>
          <p>The passkey{doing.slot.label !== '' && ` “${doing.slot.label}”`} will not open this vault any more. Its slot on the server is overwritten.</p>
        </ConfirmDialog>
      );
  }
}

interface SlotProps {
  readonly slot: SlotView;
  readonly onChange: (kind: 'passphrase' | 'recovery') => void;
  readonly onRemove: () => void;
}

function Slot({ slot, onChange, onRemove }: SlotProps): VNode {
  const now = useNow();
  const { kind } = slot;
  return (
    <li class="slot" data-kind={kind}>
      <div>
        <p class="slot-name">
          {NAMES[kind]}{slot.label !== '' && <span dir="auto"> · {slot.label}</span>}
          {slot.current && <span class="badge">in use</span>}
        </p>
        <p class="slot-facts">
          Made <time title={fullTime(slot.createdAt)}>{relativeTime(slot.createdAt, now)}</time>
          {' · '}
          {slot.lastUsedAt === null ? 'never used' : <>last used <time title={fullTime(slot.lastUsedAt)}>{relativeTime(slot.lastUsedAt, now)}</time></>}
        </p>
      </div>
      <div class="row">
        {kind === 'passphrase' && <button type="button" class="button" onClick={() => onChange('passphrase')}>Change</button>}
        {kind === 'recovery' && <button type="button" class="button" onClick={() => onChange('recovery')}>Replace</button>}
        {kind === 'passkey' && !slot.current && (
          <button type="button" class="button button-quiet" aria-label={`Remove the passkey ${slot.label}`} onClick={onRemove}>Remove</button>
        )}
      </div>
    </li>
  );
}
