/** How the page calls what notebooks and sessions say of themselves. */
import type { Colour, NotebookKind, SessionState, Template } from '../../../client/vault.ts';

export const STATES: Record<SessionState, string> = {
  new: 'New', active: 'Active', resumed: 'Resumed', idle: 'Idle', ended: 'Ended', archived: 'Archived', trashed: 'In the trash',
};

export const KINDS: Record<NotebookKind, string> = { event: 'Event', project: 'Project', journal: 'Journal' };

export const COLOURS: Record<Colour, string> = {
  red: 'Red', orange: 'Orange', yellow: 'Yellow', green: 'Green', teal: 'Teal', blue: 'Blue', violet: 'Violet', rose: 'Rose',
};

/** "Phase 2 of 4", or "Phase 2" where the programme is not known or shorter. */
export function phaseName(phase: number, programme: Template | null): string {
  const count = programme?.phases.length ?? 0;
  return phase <= count ? `Phase ${phase} of ${count}` : `Phase ${phase}`;
}

/** "1 session", "3 sessions". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString()} ${count === 1 ? one : many}`;
}

/** The CSS class that says the colour of a notebook. */
export function tint(colour: Colour | null): string {
  return colour === null ? 'dot' : `dot tint-${colour}`;
}
