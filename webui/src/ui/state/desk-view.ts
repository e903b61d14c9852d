import type { ErasureSelection, FormOf, MessageView, Notebook, SessionSummary, Template, Vault, VaultSettings } from '../../client/vault.ts';
import type { Pen } from './pen.ts';

export type Screen = 'page' | 'settings' | 'insights' | 'notebooks' | 'notebook' | 'templates';
/** A dialog over the desk: ways to begin a session; what the retention policies are due for; what to take out or bring in. */
export type Asking = 'begin' | 'retention' | 'export' | 'import';

export interface DeskView {
  readonly screen: Screen;
  /** The notebook of the screen of that name. */
  readonly notebookId: string | null;
  readonly asking: Asking | null;
  /** The notebook or template whose form is open; null for none. */
  readonly form: FormOf | null;
  /** What the writer is asked about erasing; null while nothing is. */
  readonly erasing: ErasureSelection | null;
  readonly sessions: readonly SessionSummary[];
  readonly notebooks: readonly Notebook[];
  /** The writer's own. */
  readonly templates: readonly Template[];
  readonly settings: VaultSettings;
  /** When the last backup of everything was begun; null when none is known of. */
  readonly backupAt: number | null;
  /** Sessions left with an unsaved text on this device; null stands for one that has not begun. */
  readonly drafts: ReadonlySet<string | null>;
  readonly pen: Pen;
  readonly messages: readonly MessageView[];
  /** The message to bring into sight, once. */
  readonly sought: string | null;
  readonly loading: boolean;
  /** Whether the server answered last time. */
  readonly reachable: boolean;
  /** The policies are due for something that the writer has not been shown since unlocking. */
  readonly owes: boolean;
  /** A backup is due, and the writer has not said "not now" since unlocking. */
  readonly owesBackup: boolean;
  /** One sentence about something that did not work, until the writer has seen it. */
  readonly fault: string | null;
}

/** A desk before anything is opened on it. */
export function firstView(vault: Vault, pen: Pen): DeskView {
  return {
    screen: 'page',
    notebookId: null,
    asking: null,
    form: null,
    erasing: null,
    ...held(vault),
    drafts: new Set(),
    pen,
    messages: [],
    sought: null,
    loading: true,
    reachable: true,
    owes: false,
    owesBackup: false,
    fault: null,
  };
}

/** What the vault holds now. */
export function held(vault: Vault): Pick<DeskView, 'sessions' | 'notebooks' | 'templates' | 'settings' | 'backupAt'> {
  return {
    sessions: vault.sessions(), notebooks: vault.notebooks(), templates: vault.templates(), settings: vault.settings(), backupAt: vault.backupAt(),
  };
}

/** The session with this id; null where there is none, or not any more. */
export function sessionIn({ sessions }: Pick<DeskView, 'sessions'>, sessionId: string | null): SessionSummary | null {
  return sessions.find(({ id }) => id === sessionId) ?? null;
}
