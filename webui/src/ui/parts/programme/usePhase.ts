import type { Phase, Template } from '../../../client/vault.ts';
import { templateNamed } from '../../../writing/templates.ts';
import type { Desk } from '../../state/desk.ts';
import { useStore } from '../../state/store.ts';

export interface PhaseInUse {
  readonly template: Template | null;
  readonly phase: Phase | null;
}

/** What the session on the page, or the one that is to begin, was begun with. */
export function usePhase(desk: Desk): PhaseInUse {
  const pen = useStore(desk.view, (view) => view.pen);
  const sessions = useStore(desk.view, (view) => view.sessions);
  const own = useStore(desk.view, (view) => view.templates);
  const beginning = useStore(pen.view, (view) => view.beginning);
  const from = sessions.find(({ id }) => id === pen.sessionId) ?? beginning;
  const template = templateNamed(own, from?.template ?? null);
  return { template, phase: template?.phases[(from?.phase ?? 1) - 1] ?? null };
}
