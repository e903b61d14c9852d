import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Desk } from '../../state/desk.ts';
import { inText, MOD } from '../../state/shortcuts.ts';
import { useStore } from '../../state/store.ts';
import { Icon } from '../Icon.tsx';

/** Milliseconds; it stays as long as the pointer or the focus is on it. */
const STAYS = 10_000;

/** Says what was just done and offers to undo it, by its button, or Ctrl+Z outside of text fields and dialogs; then says what was undone. */
export function UndoToast({ desk }: { readonly desk: Desk }): VNode {
  const offered = useStore(desk.undos.view, (view) => view.offered);
  const undone = useStore(desk.undos.view, (view) => view.undone);
  const isShown = offered !== null || undone !== null;
  const [isHeld, hold] = useState(false);
  const undo = useRef((): void => undefined);
  undo.current = () => void desk.undos.run().catch((error: unknown) => desk.complain(error));
  useEffect(() => hold(false), [offered, undone]);
  useEffect(() => {
    if (!isShown || isHeld) return undefined;
    const timer = window.setTimeout(() => desk.undos.dismiss(), STAYS);
    return () => window.clearTimeout(timer);
  }, [offered, undone, isHeld]);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const isUndo = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === 'z';
      if (!isUndo || inText(event) || desk.undos.view.value.last === null) return;
      event.preventDefault();
      // One press, one undo: a key that is held must not run through all that was done.
      if (!event.repeat && document.querySelector('dialog[open]') === null) undo.current();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [desk]);
  /** The button goes; the focus must not go with it. */
  const leave = (act: () => void): void => {
    (document.querySelector<HTMLElement>('.shelf-list [tabindex="0"]') ?? document.querySelector<HTMLElement>('.shelf-new'))?.focus();
    act();
  };
  return (
    <section
      class="toast" aria-label="What was just done" data-shown={isShown}
      onPointerEnter={() => hold(true)} onPointerLeave={() => hold(false)} onFocusIn={() => hold(true)} onFocusOut={() => hold(false)}
    >
      <p role="status">{undone === null ? offered?.text : `Undone: ${undone}`}</p>
      {isShown && (
        <>
          {offered !== null && <button type="button" class="button button-text" aria-keyshortcuts="Control+Z Meta+Z" title={`${MOD} Z`} onClick={() => leave(undo.current)}>Undo</button>}
          <button type="button" class="button button-quiet button-icon" aria-label="Dismiss" onClick={() => leave(() => desk.undos.dismiss())}><Icon name="close" /></button>
        </>
      )}
    </section>
  );
}
