import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { FormOf } from '../../client/vault.ts';
import { app } from '../state/app.ts';
import type { Desk } from '../state/desk.ts';
import { remember, settings } from '../state/settings.ts';
import { useStore } from '../state/store.ts';
import { dayText, today } from '../time.ts';
import { ChangePassphraseDialog } from './ChangePassphraseDialog.tsx';

const NEAR_LOCK = 'Inkvault locks in less than a minute. A key or a touch keeps it open; your draft is safe either way.';
const ENDED = 'The server has ended this login. Finish your sentence: Inkvault locks when you pause, and your text will be here after unlocking.';
/** So long a reminder of a backup that was put off stays away from this device. */
const LATER = 7 * 86_400_000;
/** The same while a form holds changed text that could not be sealed. */
const NEAR_LOCK_FORM = 'Inkvault locks in less than a minute. A key or a touch keeps it open. What you changed in a form could not be kept on this device, and is lost then, unless you save it.';
const ENDED_FORM = 'The server has ended this login. Inkvault locks when you pause. What you changed in a form can be neither kept nor saved any more: copy it now, or it is lost.';

/** What the writer should know now, above the page; never over the text. */
export function Notices({ desk }: { readonly desk: Desk }): VNode | null {
  const { newDevice, nearLock, ended, offerPassphrase, waiting } = useStore(app.view, (view) => view);
  const fault = useStore(desk.view, (view) => view.fault);
  const owes = useStore(desk.view, (view) => view.owes);
  const owesBackup = useStore(desk.view, (view) => view.owesBackup);
  const owed = useStore(settings, (value) => value.recoveryOwed) === desk.vault.vaultId;
  const isUnkept = useStore(desk.forms.view, (view) => view.unkept > 0);
  const unsaved = useUnsaved(desk);
  const [endedText, nearText] = isUnkept ? [ENDED_FORM, NEAR_LOCK_FORM] : [ENDED, NEAR_LOCK];
  useEffect(() => {
    if (ended) app.announce(endedText);
    else if (nearLock) app.announce(nearText);
  }, [nearLock, ended, isUnkept]);
  if (!nearLock && !ended && newDevice === null && !offerPassphrase && waiting === null && !owed && !owes && !owesBackup && unsaved === null && fault === null) return null;
  return (
    <aside class="page-notices" aria-label="Notices">
      {nearLock && <div class="notice"><p>{nearText}</p></div>}
      {ended && <div class="notice notice-warn"><p>{endedText}</p></div>}
      {newDevice !== null && (
        <div class="notice" role="status">
          <p>
            This device has not opened the vault before. It stands at <strong>number {newDevice.seq}</strong>, code <strong class="mono">{newDevice.code}</strong>.
            A device of yours that shows the same number in its settings must show the same code.
          </p>
          <button type="button" class="button button-text" onClick={() => app.dismissNewDevice()}>I have compared</button>
        </div>
      )}
      {waiting !== null && (
        <div class="notice" role="status">
          <p>{waiting.isTaken ? 'An erasure that you ordered goes on by itself. Its certificate waits for you.' : 'It is not known yet whether an erasure that you ordered was carried out.'}</p>
          <button type="button" class="button button-text" onClick={() => app.showErasure(waiting)}>Look at it</button>
        </div>
      )}
      {offerPassphrase && <PassphraseOffer desk={desk} />}
      {owed && (
        <div class="notice" role="status">
          <p>The recovery key of this vault was never confirmed. Without it a lost passphrase is a lost vault.</p>
          <button type="button" class="button button-text" onClick={() => desk.show('settings')}>Make a new one</button>
        </div>
      )}
      {owes && (
        <div class="notice" role="status">
          <p>By your own rules some sessions are due to be put away, or to be looked at again. Nothing has happened to them.</p>
          <button type="button" class="button button-text" onClick={() => desk.ask('retention')}>Show them</button>
          <button type="button" class="button button-text" onClick={() => desk.reminders.dismissDue()}>Not now</button>
        </div>
      )}
      {unsaved !== null && (
        <div class="notice" role="status">
          <p>{unsaved.id === null ? `What you had typed for a new ${unsaved.kind === 'notebook' ? 'notebook' : 'template'}` : `What you had changed of a ${unsaved.kind}`} was not saved. It is kept on this device.</p>
          <button type="button" class="button button-text" onClick={() => desk.returnTo(unsaved)}>Go on with it</button>
        </div>
      )}
      {owesBackup && <BackupNotice desk={desk} />}
      {fault !== null && (
        <div class="notice notice-warn" role="alert">
          <p>{fault}</p>
          <button type="button" class="button button-text" onClick={() => desk.dismissFault()}>Close</button>
        </div>
      )}
    </aside>
  );
}

/** None is spoken of while one is open. */
function useUnsaved(desk: Desk): FormOf | null {
  useStore(desk.forms.view, (view) => view.kept);
  const view = useStore(desk.view, (value) => value);
  return view.form === null ? desk.forms.unsaved(view) : null;
}

/** Said after unlocking, never while somebody writes. */
function BackupNotice({ desk }: { readonly desk: Desk }): VNode {
  const backupAt = useStore(desk.view, (view) => view.backupAt);
  const later = (): void => {
    remember({ backupLater: desk.vault.now() + LATER });
    desk.reminders.dismissBackup();
  };
  return (
    <div class="notice" role="status">
      <p>{backupAt === null ? 'There is no backup of this vault yet.' : `The last backup is from ${dayText(today(backupAt))}.`} A backup is one sealed file that you keep somewhere else.</p>
      <button type="button" class="button button-text" onClick={() => desk.ask('export')}>Make a backup…</button>
      <button type="button" class="button button-text" onClick={later}>Not now</button>
    </div>
  );
}

/** Whoever came in with the recovery key may have lost the passphrase. */
function PassphraseOffer({ desk }: { readonly desk: Desk }): VNode {
  const [changing, setChanging] = useState(false);
  const done = (): void => {
    app.dismissOffer();
    app.announce('The passphrase was changed.');
  };
  return (
    <>
      <div class="notice" role="status">
        <p>You unlocked with the recovery key. If the passphrase is lost, set a new one now.</p>
        <button type="button" class="button button-text" onClick={() => setChanging(true)}>Set a new passphrase</button>
        <button type="button" class="button button-text" onClick={() => app.dismissOffer()}>Not now</button>
      </div>
      {changing && <ChangePassphraseDialog vault={desk.vault} kind="recovery" onClose={() => setChanging(false)} onDone={done} />}
    </>
  );
}
