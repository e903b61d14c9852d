import type { VNode } from 'preact';
import type { Template } from '../../../client/vault.ts';
import type { Progress } from './progress.ts';

/** One step for each phase; what is done is said in words too. */
export function ProgressBar({ programme, progress: { done, next } }: { readonly programme: Template; readonly progress: Progress }): VNode {
  const count = programme.phases.length;
  const said = next === null ? 'All phases are done' : `${done.size} of ${count} phases done`;
  return (
    <div class="progress" role="progressbar" aria-label={`${programme.title}: ${said}`} aria-valuemin={0} aria-valuemax={count} aria-valuenow={done.size} aria-valuetext={said}>
      <span class="progress-steps" aria-hidden="true">
        {programme.phases.map((_, index) => <span key={index} data-done={done.has(index + 1)} data-next={next === index + 1} />)}
      </span>
      <span class="progress-text" aria-hidden="true">{said}</span>
    </div>
  );
}
