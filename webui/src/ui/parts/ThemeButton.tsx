import type { VNode } from 'preact';
import { remember, settings, type Theme } from '../state/settings.ts';
import { useStore } from '../state/store.ts';

const NEXT: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };
const NAMES: Record<Theme, string> = { system: 'as the system', light: 'light', dark: 'dark' };

/** Steps through the three appearances; the settings show all of them at once. */
export function ThemeButton(): VNode {
  const theme = useStore(settings, (value) => value.theme);
  const label = `Appearance: ${NAMES[theme]}. Change to ${NAMES[NEXT[theme]]}.`;
  return (
    <button type="button" class="button button-quiet button-icon" aria-label={label} title={label} onClick={() => remember({ theme: NEXT[theme] })}>
      <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
        <circle cx="12" cy="12" r="8" />
        {theme !== 'light' && <path d={theme === 'dark' ? 'M12 4a8 8 0 0 1 0 16a8 8 0 0 1 0-16z' : 'M12 4a8 8 0 0 1 0 16z'} fill="currentColor" />}
      </svg>
    </button>
  );
}
