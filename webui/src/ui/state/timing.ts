import type { OnStep } from '../../client/vault.ts';

const NAME = 'inkvault:';

/** Marks the steps of an unlock in the browser's own User Timing, for whoever measures this page. Names only, no text. */
export function timed(onStep: OnStep): OnStep {
  performance.clearMarks();
  return (step) => {
    performance.mark(NAME + step);
    onStep(step);
  };
}

/** The sessions are on the screen: measures the key derivation alone, and all from its end to now. */
export function listed(): void {
  const steps = performance.getEntriesByType('mark').map(({ name }) => name);
  // After a refresh nothing was derived.
  if (!steps.includes(`${NAME}derive`) || !steps.includes(`${NAME}login`)) return;
  performance.mark(`${NAME}listed`);
  performance.measure(`${NAME}derive`, `${NAME}derive`, `${NAME}login`);
  performance.measure(`${NAME}open`, `${NAME}login`, `${NAME}listed`);
}
