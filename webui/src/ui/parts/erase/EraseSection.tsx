import type { VNode } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { Desk } from '../../state/desk.ts';
import { today } from '../../time.ts';
import { Certificates } from '../audit/Certificates.tsx';
import { Log } from '../audit/Log.tsx';

/** Settings: what erases much at once, certificates, and the log. */
export function EraseSection({ desk }: { readonly desk: Desk }): VNode {
  return (
    <section aria-labelledby="settings-privacy">
      <h2 id="settings-privacy">Privacy: erase for good</h2>
      <p class="soft">
        A nuke destroys the keys first, so that every copy of the text, also in backups of the database, is noise that nobody can open. You see what goes before anything happens, and get a certificate.
        Messages, sessions and notebooks are erased from their own menus.
      </p>
      <div>
        <BeforeDay desk={desk} />
        <div class="setting">
          <div><p class="setting-name">The trash</p><p>Sessions, messages, notebooks and templates that lie in it.</p></div>
          <button type="button" class="button" onClick={() => desk.nuke({ kind: 'trash' })}>Erase the trash…</button>
        </div>
        <div class="setting">
          <div><p class="setting-name">The whole vault</p><p>Everything, with its name. You are logged out everywhere.</p></div>
          <button type="button" class="button button-danger" onClick={() => desk.nuke({ kind: 'everything' })}>Erase everything…</button>
        </div>
      </div>
      <Certificates desk={desk} />
      <Log desk={desk} />
    </section>
  );
}

function BeforeDay({ desk }: { readonly desk: Desk }): VNode {
  const id = useId();
  const [day, setDay] = useState('');
  const [year, month, date] = day.split('-').map(Number);
  const at = year === undefined || month === undefined || date === undefined ? null : new Date(year, month - 1, date).getTime();
  return (
    <form class="setting" autocomplete="off" onSubmit={(event) => { event.preventDefault(); if (at !== null) desk.nuke({ kind: 'before', at }); }}>
      <div>
        <label class="setting-name" for={id}>Everything before a day</label>
        <p id={`${id}-note`}>Sessions that were last active before it.</p>
      </div>
      <div class="row day-row">
        <input type="date" class="input" id={id} aria-describedby={`${id}-note`} max={today(desk.vault.now())} value={day} autocomplete="off" onChange={(event) => setDay(event.currentTarget.value)} />
        <button type="submit" class="button" disabled={at === null}>Erase before it…</button>
      </div>
    </form>
  );
}
