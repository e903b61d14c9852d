import type { RefObject, VNode } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { Desk } from '../state/desk.ts';
import type { Pen } from '../state/pen.ts';
import { settings } from '../state/settings.ts';
import { useStore } from '../state/store.ts';

/** UTF-16 units above which the direction is decided once for the whole text: Chromium takes ten times as long to lay out a huge paragraph with `dir="auto"` (measured: 160 ms against 13 ms a keystroke at 200,000). */
const LARGE = 20_000;
const RIGHT_TO_LEFT = /^[^\p{L}]*[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;
/** Where a focus would raise a keyboard over half of the screen, it waits for a touch. */
const TOUCH = window.matchMedia('(pointer: coarse)');
const GROWS_ALONE = CSS.supports('field-sizing', 'content');

interface ComposerProps {
  readonly desk: Desk;
  readonly pen: Pen;
  readonly scroller: RefObject<HTMLElement | null>;
  readonly begun: boolean;
  readonly loading: boolean;
}

function fit(area: HTMLTextAreaElement): void {
  const direction = area.textLength <= LARGE ? 'auto' : RIGHT_TO_LEFT.test(area.value.slice(0, 1_000)) ? 'rtl' : 'ltr';
  if (area.dir !== direction) area.dir = direction;
  if (GROWS_ALONE) return;
  area.style.height = 'auto';
  area.style.height = `${area.scrollHeight}px`;
}

/**
 * The text area. Its text lives in the element and in the pen, not in the component tree: a keystroke in a text of
 * 200,000 characters renders nothing.
 *
 * `autocomplete="off"` keeps the browser from storing the text with the tab for its own session restore.
 */
export function Composer({ desk, pen, scroller, begun, loading }: ComposerProps): VNode {
  const area = useRef<HTMLTextAreaElement>(null);
  const spellcheck = useStore(settings, (value) => value.spellcheck);
  useText(area, pen);
  usePlace(area, scroller, desk, pen, loading);
  const onInput = (): void => {
    const element = area.current;
    if (element === null) return;
    desk.typed(element.value, [element.selectionStart, element.selectionEnd]);
    fit(element);
  };
  return (
    <div class="composer" onPointerDown={(event) => { if (event.target === event.currentTarget) { event.preventDefault(); area.current?.focus(); } }}>
      <textarea
        ref={area} id="text" dir="auto" rows={1} readOnly={loading} aria-label="Your text" placeholder={begun ? 'Go on…' : 'Begin anywhere.'}
        autocomplete="off" autocapitalize="sentences" spellcheck={spellcheck} translate={false} data-gramm="false" data-lt-active="false"
        onInput={onInput}
      />
    </div>
  );
}

/** Puts the pen's text into the area, first and whenever the program changed it. */
function useText(area: RefObject<HTMLTextAreaElement | null>, pen: Pen): void {
  const revision = useStore(pen.view, (view) => view.revision);
  const firstRevision = useRef(revision);
  useLayoutEffect(() => {
    const element = area.current;
    if (element === null) return;
    if (element.value !== pen.text) element.value = pen.text;
    fit(element);
    element.setSelectionRange(...pen.selection);
    if (revision !== firstRevision.current) element.scrollIntoView({ block: 'nearest' });
  }, [pen, revision]);
}

/** Takes the writer to where they were, and lets the desk ask where they are. */
function usePlace(area: RefObject<HTMLTextAreaElement | null>, scroller: RefObject<HTMLElement | null>, desk: Desk, pen: Pen, loading: boolean): void {
  useLayoutEffect(() => {
    const element = area.current;
    if (element === null || loading) return;
    (TOUCH.matches ? scroller.current : element)?.focus({ preventScroll: true });
    restoreScroll(scroller.current, element, pen);
    desk.where.ask = () => ({ selection: [element.selectionStart, element.selectionEnd], scroll: Math.round(scroller.current?.scrollTop ?? 0) });
    return () => {
      desk.where.ask = null;
    };
  }, [desk, pen, loading]);
  useEffect(() => {
    const onSelection = (): void => {
      if (document.activeElement === area.current) desk.where.moved();
    };
    document.addEventListener('selectionchange', onSelection);
    return () => document.removeEventListener('selectionchange', onSelection);
  }, [desk]);
}

/** Where the writer was; on a first look at a session, at its end. */
function restoreScroll(scroller: HTMLElement | null, area: HTMLTextAreaElement, pen: Pen): void {
  if (scroller === null) return;
  if (pen.scroll !== null) scroller.scrollTop = pen.scroll;
  else area.scrollIntoView({ block: 'nearest' });
}
