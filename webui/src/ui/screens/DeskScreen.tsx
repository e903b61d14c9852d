import type { VNode } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Notices } from '../parts/Notices.tsx';
import { SessionPage } from '../parts/SessionPage.tsx';
import { SettingsPage } from '../parts/SettingsPage.tsx';
import { Shelf } from '../parts/Shelf.tsx';
import { ShortcutsDialog } from '../parts/ShortcutsDialog.tsx';
import { app } from '../state/app.ts';
import type { Desk } from '../state/desk.ts';
import { shortcut, type Shortcut } from '../state/shortcuts.ts';
import { useStore } from '../state/store.ts';
import { useNarrow } from '../state/useNarrow.ts';

/** The open vault: sessions on the shelf, one of them on the page. */
export function DeskScreen({ desk }: { readonly desk: Desk }): VNode {
  const screen = useStore(desk.view, (view) => view.screen);
  const narrow = useNarrow();
  const [drawer, setDrawer] = useState(false);
  const [keys, setKeys] = useState(false);
  const shelf = useRef<HTMLElement>(null);
  const closeDrawer = useCallback(() => setDrawer(false), []);
  const covered = narrow && drawer;

  useEffect(() => {
    if (covered) focusCurrent(shelf.current);
  }, [covered]);
  useShortcuts({
    lock: () => void app.lock(),
    new: () => void desk.begin(),
    save: () => void desk.save(),
    keys: () => setKeys(true),
    list: () => {
      const toPage = covered || shelf.current?.contains(document.activeElement) === true;
      setDrawer(!toPage);
      if (toPage) focusPage();
      else focusCurrent(shelf.current);
    },
  });

  return (
    <div class="desk">
      <a class="skip" href="#page" onClick={(event) => { event.preventDefault(); focusPage(); }}>Skip to the text</a>
      <Shelf desk={desk} element={shelf} open={!narrow || drawer} onChosen={closeDrawer} onKeys={() => setKeys(true)} />
      {covered && <button type="button" class="scrim" aria-label="Close the list of sessions" onClick={closeDrawer} />}
      <div class="page" inert={covered}>
        <Notices desk={desk} />
        {screen === 'page'
          ? <SessionPage desk={desk} onMenu={() => setDrawer(true)} />
          : <SettingsPage desk={desk} onMenu={() => setDrawer(true)} />}
      </div>
      {keys && <ShortcutsDialog onClose={() => setKeys(false)} />}
    </div>
  );
}

/** Listens once; what a key does is always what the latest rendering says. */
function useShortcuts(actions: Readonly<Record<Shortcut, () => void>>): void {
  const latest = useRef(actions);
  latest.current = actions;
  useLayoutEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const name = shortcut(event);
      if (name === null) return;
      event.preventDefault();
      latest.current[name]();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}

function focusPage(): void {
  (document.querySelector<HTMLElement>('#text') ?? document.querySelector<HTMLElement>('#page'))?.focus();
}

function focusCurrent(shelf: HTMLElement | null): void {
  const target = shelf?.querySelector<HTMLElement>('[aria-current]') ?? shelf?.querySelector<HTMLElement>('.shelf-item, .shelf-new');
  target?.focus();
}
