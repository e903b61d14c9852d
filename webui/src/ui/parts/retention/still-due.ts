import type { Due, RetentionPlan } from '../../../writing/retention.ts';

/** Ids of the sessions that the writer said yes to. */
export interface Chosen {
  readonly archive: readonly string[];
  readonly trash: readonly string[];
}

/** What of it is due for the same as before; `left` sessions have changed since the writer saw the list. */
export function stillDue(chosen: Chosen, now: RetentionPlan): Chosen & { readonly left: number } {
  const archive = common(chosen.archive, now.archive);
  const trash = common(chosen.trash, now.trash);
  return { archive, trash, left: chosen.archive.length + chosen.trash.length - archive.length - trash.length };
}

function common(ids: readonly string[], due: readonly Due[]): string[] {
  const there = new Set(due.map(({ sessionId }) => sessionId));
  return ids.filter((id) => there.has(id));
}
