import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import type { Fingerprint } from '../../client/vault.ts';
import { app } from '../state/app.ts';
import type { Desk } from '../state/desk.ts';
import { IDLE_MINUTES, remember, settings, type Theme } from '../state/settings.ts';
import { useStore } from '../state/store.ts';
import { EraseSection } from './erase/EraseSection.tsx';
import { SittingSettings } from './retention/SittingSettings.tsx';
import { ScreenFrame } from './ScreenFrame.tsx';
import { SlotList } from './SlotList.tsx';
import { ExportSection } from './transfer/ExportSection.tsx';
import { ImportSection } from './transfer/ImportSection.tsx';

/** Secrets and settings. */
export function SettingsPage({ desk, onMenu }: { readonly desk: Desk; readonly onMenu: () => void }): VNode {
  return (
    <ScreenFrame desk={desk} title="Secrets and settings" onMenu={onMenu}>
      <SlotList desk={desk} />
      <SittingSettings desk={desk} />
      <ExportSection desk={desk} />
      <ImportSection desk={desk} />
      <section aria-labelledby="settings-device">
        <h2 id="settings-device">This device</h2>
        <div>
          <Appearance />
          <IdleLimit />
          <Spelling />
        </div>
      </section>
      <EraseSection desk={desk} />
      <Comparison desk={desk} />
    </ScreenFrame>
  );
}

function Setting({ name, note, id, children }: { readonly name: string; readonly note: ComponentChildren; readonly id: string; readonly children: ComponentChildren }): VNode {
  return (
    <div class="setting">
      <div>
        <label class="setting-name" for={id}>{name}</label>
        <p id={`${id}-note`}>{note}</p>
      </div>
      {children}
    </div>
  );
}

const THEMES: Record<Theme, string> = { system: 'As the system', light: 'Light', dark: 'Dark' };

function Appearance(): VNode {
  const id = useId();
  const theme = useStore(settings, (value) => value.theme);
  return (
    <Setting id={id} name="Appearance" note="Light, dark, or whichever the system has.">
      <select class="input" id={id} aria-describedby={`${id}-note`} value={theme} onChange={(event) => remember({ theme: event.currentTarget.value as Theme })}>
        {(Object.keys(THEMES) as Theme[]).map((name) => <option key={name} value={name}>{THEMES[name]}</option>)}
      </select>
    </Setting>
  );
}

const MINUTES = [IDLE_MINUTES.min, 2, 5, 10, 15, 30, IDLE_MINUTES.max];

function IdleLimit(): VNode {
  const id = useId();
  const minutes = useStore(settings, (value) => value.idleMinutes);
  const change = (event: Event & { readonly currentTarget: HTMLSelectElement }): void => {
    remember({ idleMinutes: Number(event.currentTarget.value) });
    app.limitChanged();
  };
  return (
    <Setting id={id} name="Lock after" note="Minutes without a key or a touch. A longer time counts from the next unlock.">
      <select class="input" id={id} aria-describedby={`${id}-note`} value={minutes} onChange={change}>
        {[...new Set([...MINUTES, minutes])].sort((a, b) => a - b).map((count) => (
          <option key={count} value={count}>{count === 1 ? '1 minute' : `${count} minutes`}</option>
        ))}
      </select>
    </Setting>
  );
}

function Spelling(): VNode {
  const id = useId();
  const spellcheck = useStore(settings, (value) => value.spellcheck);
  return (
    <Setting id={id} name="Check spelling" note="By the browser. Some browsers can be set to send what they check to their maker; Inkvault cannot see whether yours is.">
      <input type="checkbox" class="switch" id={id} aria-describedby={`${id}-note`} checked={spellcheck} onChange={(event) => remember({ spellcheck: event.currentTarget.checked })} />
    </Setting>
  );
}

/** What this device can compare with another one to catch a server that shows them different vaults. */
function Comparison({ desk }: { readonly desk: Desk }): VNode {
  const [print, setPrint] = useState<Fingerprint | null>(null);
  useEffect(() => {
    desk.vault.fingerprint().then(setPrint, (error: unknown) => app.fault(error));
  }, [desk]);
  return (
    <section aria-labelledby="settings-compare">
      <h2 id="settings-compare">Is it the same vault everywhere?</h2>
      <p class="soft">Two devices that show the same number must show the same code. If they do not, the server shows them different vaults.</p>
      {print !== null && <p>Number <strong>{print.seq}</strong>, code <strong class="mono">{print.code}</strong></p>}
    </section>
  );
}
