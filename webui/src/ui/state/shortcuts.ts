export type Shortcut = 'save' | 'new' | 'lock' | 'list' | 'search' | 'keys';

const MAC = /Mac|iPhone|iPad/.test(navigator.platform);
export const MOD = MAC ? '⌘' : 'Ctrl';

/** Chosen so that every browser leaves them to the page, and none hides what a text field does with the same keys. */
export const SHORTCUTS: readonly { readonly keys: readonly string[]; readonly what: string }[] = [
  { keys: [MOD, 'Enter'], what: 'Save what you wrote' },
  { keys: [MOD, 'Shift', 'Enter'], what: 'New session' },
  { keys: [MOD, 'Shift', 'L'], what: 'Lock, in all tabs' },
  { keys: [MOD, 'K'], what: 'Search' },
  { keys: ['Esc'], what: 'From the text to the list of sessions, and back' },
  { keys: ['↑', '↓'], what: 'Walk through the list; Enter opens, → leads to the actions' },
  { keys: [MOD, 'Z'], what: 'Undo the last change of sessions, outside of a text' },
  { keys: ['?'], what: `This list (${MOD} + / while writing)` },
];

export function inText(event: KeyboardEvent): boolean {
  return event.target instanceof Element && event.target.matches('input, textarea, select');
}

/** The shortcut a key press means, or null. Keys that an input method is using mean nothing here. */
export function shortcut(event: KeyboardEvent): Shortcut | null {
  if (event.isComposing || document.querySelector('dialog[open]') !== null) return null;
  const mod = (MAC ? event.metaKey : event.ctrlKey) && !event.altKey;
  if (mod && event.key === 'Enter') return event.shiftKey ? 'new' : 'save';
  if (mod && event.shiftKey && event.code === 'KeyL') return 'lock';
  if (mod && !event.shiftKey && event.code === 'KeyK') return 'search';
  if (mod && event.key === '/') return 'keys';
  if (event.key === '?' && !inText(event)) return 'keys';
  if (event.key === 'Escape' && !event.defaultPrevented) return 'list';
  return null;
}
