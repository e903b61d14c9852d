import type { VNode } from 'preact';
import { useId } from 'preact/hooks';
import type { Desk } from '../../state/desk.ts';
import { useStore } from '../../state/store.ts';
import { RetentionFields } from './RetentionFields.tsx';

const MINUTES = [1, 2, 5, 10, 15, 30, 60];

/** What counts for the whole vault, on every device: how long a session goes on, and what is due when. */
export function SittingSettings({ desk }: { readonly desk: Desk }): VNode {
  const id = useId();
  const { continueMinutes, retention } = useStore(desk.view, (view) => view.settings);
  return (
    <section aria-labelledby="settings-sessions">
      <h2 id="settings-sessions">Sessions, on every device</h2>
      <div>
        <div class="setting">
          <div>
            <label class="setting-name" for={id}>A session goes on for</label>
            <p id={`${id}-note`}>Without a word for so long, it has ended: your next message begins a new one, unless you resume it.</p>
          </div>
          <select class="input" id={id} aria-describedby={`${id}-note`} value={continueMinutes} autocomplete="off" onChange={(event) => void desk.do(() => desk.vault.saveSettings({ continueMinutes: Number(event.currentTarget.value) }))}>
            {[...new Set([...MINUTES, continueMinutes])].sort((a, b) => a - b).map((count) => <option key={count} value={count}>{count === 1 ? '1 minute' : `${count} minutes`}</option>)}
          </select>
        </div>
        <div class="setting setting-wide">
          <div>
            <p class="setting-name">When a session rests</p>
            <p>After so many days without activity. You are shown which sessions it is about when you unlock, and nothing happens before you say so. Pinned sessions stay; notebooks can have rules of their own.</p>
          </div>
          <RetentionFields value={retention} onChange={(next) => void desk.do(() => desk.vault.saveSettings({ retention: next }))} />
          <p><button type="button" class="button" onClick={() => desk.ask('retention')}>Show what is due now</button></p>
        </div>
      </div>
    </section>
  );
}
