import type { ComponentChildren, VNode } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { app } from '../state/app.ts';
import { useStore } from '../state/store.ts';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** A modal dialog; the browser keeps the focus inside and gives it back. Escape closes. */
export function Dialog({ title, onClose, children }: DialogProps): VNode {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  const announcement = useStore(app.view, (view) => view.announcement);
  // Before the effects of what is inside: a field may then take the focus from where the browser put it.
  useLayoutEffect(() => {
    const dialog = element.current;
    if (dialog === null) return undefined;
    dialog.showModal();
    return () => {
      // From the inside out: each gives the focus back to where it was, as long as none above it keeps it from there.
      for (const inner of dialog.querySelectorAll<HTMLDialogElement>('dialog[open]')) inner.close();
      dialog.close();
      // What led here may be gone.
      const { activeElement } = document;
      if (activeElement === document.body || dialog.contains(activeElement)) document.getElementById('page')?.focus();
    };
  }, []);
  // The browser lets a page prevent a close only once until the next key or click that is no Escape: a second Escape would
  // close it, and what is open inside of it, without a word to the page.
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || event.isComposing || event.defaultPrevented) return;
    event.preventDefault();
    event.stopPropagation();
    onClose();
  };
  return (
    <dialog ref={element} class="dialog" aria-labelledby={id} onKeyDown={onKeyDown} onCancel={(event) => { event.preventDefault(); onClose(); }}>
      <h2 id={id}>{title}</h2>
      {children}
      {/* What stands outside of a modal dialog is silent as long as it is open. */}
      <div class="visually-hidden" role="status">{announcement}</div>
    </dialog>
  );
}
