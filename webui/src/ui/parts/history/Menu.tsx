import type { VNode } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Action } from './actions.ts';

interface MenuProps {
  readonly label: string;
  readonly actions: readonly Action[];
  /** What it opens beside, and gives the focus back to. */
  readonly anchor: HTMLElement;
  readonly onClose: () => void;
}

/** A menu in the top layer: arrow keys, first letters, Escape; a click beside it closes it. */
export function Menu({ label, actions, anchor, onClose }: MenuProps): VNode {
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const menu = element.current;
    if (menu === null) return undefined;
    menu.showPopover();
    place(menu, anchor.getBoundingClientRect());
    menu.querySelector<HTMLElement>('[role=menuitem]')?.focus();
    // Not left to the browser: that would close it with the very press of the right button that opened it.
    const onPress = (event: PointerEvent): void => {
      if (event.target instanceof Node && !menu.contains(event.target)) onClose();
    };
    window.addEventListener('pointerdown', onPress, true);
    return () => window.removeEventListener('pointerdown', onPress, true);
  }, []);
  const choose = ({ run }: Action): void => {
    // The focus goes home first: what runs may put it into a dialog, which gives it back to where it was.
    anchor.focus();
    onClose();
    run();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault();
      event.stopPropagation();
      anchor.focus();
      onClose();
    } else walk(event, element.current);
  };
  return (
    <div ref={element} class="menu" role="menu" popover="manual" aria-label={label} onKeyDown={onKeyDown}>
      {actions.map((action, index) => (
        <button
          key={action.label} type="button" role="menuitem" tabIndex={-1} aria-keyshortcuts={action.key}
          class={index > 0 && actions[index - 1]?.group !== action.group ? 'menu-item menu-line' : 'menu-item'} onClick={() => choose(action)}
        >
          {action.label}
          {action.key !== undefined && <kbd aria-hidden="true">{action.key}</kbd>}
        </button>
      ))}
    </div>
  );
}

/** Below what it belongs to, or above it where there is no room below. */
function place(menu: HTMLElement, { top, bottom, right, left }: DOMRect): void {
  const { offsetWidth: width, offsetHeight: height } = menu;
  const inline = getComputedStyle(menu).direction === 'rtl' ? left : right - width;
  const block = bottom + height > window.innerHeight ? Math.max(8, top - height) : bottom;
  menu.style.left = `${Math.max(8, Math.min(inline, window.innerWidth - width - 8))}px`;
  menu.style.top = `${Math.min(block, Math.max(8, window.innerHeight - height - 8))}px`;
}

function walk(event: KeyboardEvent, menu: HTMLElement | null): void {
  const items = [...(menu?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
  const here = items.findIndex((item) => item === document.activeElement);
  const steps: Record<string, number> = { ArrowDown: here + 1, ArrowUp: here - 1 + items.length, Home: 0, End: items.length - 1 };
  const step = steps[event.key];
  const letter = event.key.length === 1 ? event.key.toLowerCase() : '\n';
  const target = step === undefined
    ? [...items.slice(here + 1), ...items.slice(0, here + 1)].find((item) => item.textContent.toLowerCase().startsWith(letter))
    : items[step % items.length];
  if (target === undefined) return;
  event.preventDefault();
  target.focus();
}
