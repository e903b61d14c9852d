import type { VNode } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { EraseDialog } from '../parts/erase/EraseDialog.tsx';
import { InsightsPage } from '../parts/insights/InsightsPage.tsx';
import { NotebookPage } from '../parts/notebooks/NotebookPage.tsx';
import { NotebooksPage } from '../parts/notebooks/NotebooksPage.tsx';
import { Notices } from '../parts/Notices.tsx';
import { UndoToast } from '../parts/history/UndoToast.tsx';
import { BeginDialog } from '../parts/programme/BeginDialog.tsx';
import { FromSessionDialog } from '../parts/programme/FromSessionDialog.tsx';
import { TemplatesPage } from '../parts/programme/TemplatesPage.tsx';
import { RetentionDialog } from '../parts/retention/RetentionDialog.tsx';
import { ExportDialog } from '../parts/transfer/ExportDialog.tsx';
import { ImportDialog } from '../parts/transfer/ImportDialog.tsx';
import { SessionPage } from '../parts/SessionPage.tsx';
import { SettingsPage } from '../parts/SettingsPage.tsx';
import { Shelf } from '../parts/Shelf.tsx';
import { ShortcutsDialog } from '../parts/ShortcutsDialog.tsx';
import { app } from '../state/app.ts';
import type { Desk, Screen } from '../state/desk.ts';
import { shortcut, type Shortcut } from '../state/shortcuts.ts';
import { useStore } from '../state/store.ts';
import { useNarrow } from '../state/useNarrow.ts';

/** The open vault: sessions on the shelf, one of them on the page. */
export function DeskScreen({ desk }: { readonly desk: Desk }): VNode {
  const screen = useStore(desk.view, (view) => view.screen);
  const asking = useStore(desk.view, (view) => view.asking);
  const form = useStore(desk.view, (view) => view.form);
  const erasing = useStore(desk.view, (view) => view.erasing);
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
    search: () => {
      setDrawer(true);
      // The drawer is inert until it is drawn open.
      requestAnimationFrame(() => document.getElementById('search')?.focus());
    },
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
        <Shown desk={desk} screen={screen} onMenu={() => setDrawer(true)} />
      </div>
      <UndoToast desk={desk} />
      {erasing !== null && <EraseDialog desk={desk} selection={erasing} onClose={() => desk.nuke(null)} />}
      {asking === 'begin' && <BeginDialog desk={desk} />}
      {asking === 'export' && <ExportDialog desk={desk} chosen={null} onClose={() => desk.ask(null)} />}
      {asking === 'import' && <ImportDialog desk={desk} onClose={() => desk.ask(null)} />}
      {asking === 'retention' && <RetentionDialog desk={desk} plan={desk.reminders.due()} onClose={() => desk.ask(null)} />}
      {form?.kind === 'session' && <FromSessionDialog key={form.sessionId} desk={desk} of={form} />}
      {keys && <ShortcutsDialog onClose={() => setKeys(false)} />}
    </div>
  );
}

function Shown({ desk, screen, onMenu }: { readonly desk: Desk; readonly screen: Screen; readonly onMenu: () => void }): VNode {
  switch (screen) {
    case 'page': return <SessionPage desk={desk} onMenu={onMenu} />;
    case 'settings': return <SettingsPage desk={desk} onMenu={onMenu} />;
    case 'insights': return <InsightsPage desk={desk} onMenu={onMenu} />;
    case 'notebooks': return <NotebooksPage desk={desk} onMenu={onMenu} />;
    case 'notebook': return <NotebookPage desk={desk} onMenu={onMenu} />;
    case 'templates': return <TemplatesPage desk={desk} onMenu={onMenu} />;
  }
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
  const target = shelf?.querySelector<HTMLElement>('.shelf-list [aria-current]') ?? shelf?.querySelector<HTMLElement>('.shelf-item[tabindex="0"], .shelf-new');
  target?.focus();
}
