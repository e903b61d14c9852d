import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { app } from '../state/app.ts';
import type { Desk } from '../state/desk.ts';
import type { Pen, SaveState } from '../state/pen.ts';
import { MOD } from '../state/shortcuts.ts';
import { useStore } from '../state/store.ts';
import { clockTime } from '../time.ts';
import { Timer } from './programme/Timer.tsx';
import { usePhase } from './programme/usePhase.ts';

function words(save: SaveState, reachable: boolean): string {
  switch (save.name) {
    case 'empty':
      return reachable ? '' : 'The server does not answer. You can write on; your text is kept on this device.';
    case 'typing':
      return '…';
    case 'kept':
      return reachable ? 'Draft kept on this device' : 'Draft kept on this device; the server does not answer';
    case 'unkept':
      return `The draft could not be kept on this device. ${save.why}`;
    case 'saving':
      return 'Saving…';
    case 'saved':
      return `Saved at ${clockTime(save.at)}`;
    case 'unsaved':
      return `Not saved yet. ${save.why}`;
  }
}

/** States that a screen reader is told; drafts are kept too often to be told. */
const TOLD: ReadonlySet<SaveState['name']> = new Set(['unkept', 'saving', 'saved', 'unsaved']);

/** Where the text is right now, and the button that saves it. */
export function SaveLine({ desk, pen }: { readonly desk: Desk; readonly pen: Pen }): VNode {
  const save = useStore(pen.view, (view) => view.save);
  const reachable = useStore(desk.view, (view) => view.reachable);
  const { phase } = usePhase(desk);
  // What is written below a session that has ended begins one without a template.
  const minutes = desk.isOver() ? 0 : phase?.minutes ?? 0;
  const text = words(save, reachable);
  // The focus stays with the text: a button that fades or goes would drop it.
  const saveText = (): void => {
    document.querySelector<HTMLElement>('#text')?.focus();
    void desk.save();
  };
  useEffect(() => {
    if (TOLD.has(save.name)) app.announce(text);
  }, [save]);
  return (
    <footer class="page-foot">
      {minutes > 0 && <Timer key={pen} pen={pen} minutes={minutes} />}
      <p class="save-state" data-state={save.name}>
        {text}{' '}
        {save.name === 'unsaved' && <button type="button" class="button button-text" onClick={saveText}>Try again</button>}
      </p>
      <span class="soft small hint-keys"><kbd>{MOD}</kbd> <kbd>Enter</kbd></span>
      <button type="button" class="button button-primary" disabled={save.name === 'saving' || pen.text === ''} onClick={saveText}>Save</button>
    </footer>
  );
}
