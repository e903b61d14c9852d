import type { VNode } from 'preact';

const PATHS = {
  menu: 'M4 7h16M4 12h16M4 17h10',
  close: 'M6 6l12 12M18 6L6 18',
  new: 'M5 19l1-4L16.5 4.5a2.1 2.1 0 0 1 3 3L9 18l-4 1zM14.5 6.5l3 3',
  lock: 'M7 11V8a5 5 0 0 1 10 0v3M5.5 11h13v9h-13z',
  settings: 'M4 8h9M19 8h1M4 16h1M11 16h9M16 5.5v5M8 13.5v5',
  keys: 'M4 7.5h16v9H4zM7 10.5h.01M10.3 10.5h.01M13.7 10.5h.01M17 10.5h.01M8 13.5h8',
  rename: 'M5 19l1-4L16.5 4.5a2.1 2.1 0 0 1 3 3L9 18l-4 1z',
  trash: 'M5 7h14M10 7V4.5h4V7M7 7l.8 12h8.4L17 7M10.5 10.5v5M13.5 10.5v5',
  nuke: 'M4.5 15.5l8-9l6 5.5l-6.5 7h-5zM8.5 11l6 5.5M4 19.5h16',
  notebook: 'M6 4.5h12v15H6zM9 4.5v15M12 8.5h3.5',
  insights: 'M5 19V11M10 19V5M15 19v-9M20 19v-5',
  more: 'M6 12h.01M12 12h.01M18 12h.01',
  search: 'M10.5 5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 0 1 0-11zM14.7 14.7L19 19',
  filter: 'M5 7.5h14M8 12h8M10.5 16.5h3',
  down: 'M8 10.5l4 4l4-4',
  back: 'M14 7l-5 5l5 5',
  forth: 'M10 7l5 5l-5 5',
} as const;

/** Decoration only: what it stands beside, or its button's label, says the same in words. */
export function Icon({ name }: { readonly name: keyof typeof PATHS }): VNode {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
