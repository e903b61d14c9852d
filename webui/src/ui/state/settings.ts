import { Store } from './store.ts';

export type Theme = 'system' | 'light' | 'dark';

/** What this device remembers in clear. Nothing that was written, nothing that opens anything. */
export interface Settings {
  readonly theme: Theme;
  readonly idleMinutes: number;
  readonly spellcheck: boolean;
  /** The id of a vault whose recovery key was shown but never confirmed; '' for none. */
  readonly recoveryOwed: string;
  /** Milliseconds since 1970 until which nothing is said of backups. */
  readonly backupLater: number;
}

const KEY = 'inkvault.settings';
const DEFAULTS: Settings = { theme: 'system', idleMinutes: 5, spellcheck: false, recoveryOwed: '', backupLater: 0 };
export const IDLE_MINUTES = { min: 1, max: 60 } as const;

function clampMinutes(value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) return DEFAULTS.idleMinutes;
  return Math.min(IDLE_MINUTES.max, Math.max(IDLE_MINUTES.min, value));
}

function read(): Settings {
  let stored: Record<string, unknown>;
  try {
    stored = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Record<string, unknown>;
  } catch {
    stored = {};
  }
  return {
    theme: stored['theme'] === 'light' || stored['theme'] === 'dark' ? stored['theme'] : 'system',
    idleMinutes: clampMinutes(stored['idleMinutes']),
    spellcheck: stored['spellcheck'] === true,
    recoveryOwed: typeof stored['recoveryOwed'] === 'string' ? stored['recoveryOwed'] : '',
    backupLater: typeof stored['backupLater'] === 'number' ? stored['backupLater'] : 0,
  };
}

function paint(theme: Theme): void {
  const root = document.documentElement;
  if (theme === 'system') root.removeAttribute('data-theme');
  else root.setAttribute('data-theme', theme);
}

export const settings = new Store<Settings>(read());
paint(settings.value.theme);

export function remember(patch: Partial<Settings>): void {
  settings.set(patch);
  paint(settings.value.theme);
  try {
    localStorage.setItem(KEY, JSON.stringify(settings.value));
  } catch {
    // A full or forbidden storage costs the writer a preference, nothing else.
  }
}

// Another tab of this browser changed a setting.
window.addEventListener('storage', (event) => {
  if (event.key !== KEY) return;
  settings.set(read());
  paint(settings.value.theme);
});
