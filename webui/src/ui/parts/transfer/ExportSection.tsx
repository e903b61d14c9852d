import type { VNode } from 'preact';
import { useId } from 'preact/hooks';
import type { Desk } from '../../state/desk.ts';
import { useStore } from '../../state/store.ts';
import { useNow } from '../../state/useNow.ts';
import { fullTime, relativeTime } from '../../time.ts';

const DAYS = [0, 7, 14, 30, 90, 180, 365];

/** Where the writer takes everything out, and says when to be reminded of it. */
export function ExportSection({ desk }: { readonly desk: Desk }): VNode {
  const id = useId();
  const now = useNow();
  const { backupDays } = useStore(desk.view, (view) => view.settings);
  const backupAt = useStore(desk.view, (view) => view.backupAt);
  return (
    <section aria-labelledby="settings-export">
      <h2 id="settings-export">Take everything out</h2>
      <p class="soft">An encrypted backup to keep, a book to read, or files for another tool. It is made on this device; the server never sees it.</p>
      <p><button type="button" class="button" onClick={() => desk.ask('export')}>Export…</button></p>
      <div class="setting">
        <div>
          <label class="setting-name" for={id}>Remind me of a backup</label>
          <p id={`${id}-note`}>
            {backupAt === null ? 'There is none of everything yet.' : <>The last one of everything: <time title={fullTime(backupAt)}>{relativeTime(backupAt, now)}</time>.</>}
            {' You are reminded when you unlock, if something was written since.'}
          </p>
        </div>
        <select class="input" id={id} aria-describedby={`${id}-note`} value={backupDays} autocomplete="off" onChange={(event) => void desk.do(() => desk.vault.saveSettings({ backupDays: Number(event.currentTarget.value) }))}>
          {[...new Set([...DAYS, backupDays])].sort((a, b) => a - b).map((count) => (
            <option key={count} value={count}>{count === 0 ? 'never' : count === 1 ? 'after 1 day' : `after ${count} days`}</option>
          ))}
        </select>
      </div>
    </section>
  );
}
