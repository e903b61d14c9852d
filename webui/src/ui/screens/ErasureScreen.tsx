import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { followErasure, type CertificateView, type ErasureProgress, type Ordered } from '../../client/vault.ts';
import { CertificateSheet } from '../parts/audit/CertificateSheet.tsx';
import { AWAY, PROBLEMS, STEPS } from '../parts/erase/words.ts';
import { Gate } from '../parts/Gate.tsx';
import { app, sentence } from '../state/app.ts';

const BEGUN: ErasureProgress = { state: null, problem: null, isAway: false };

/** How far an erasure is, step by step; then its certificate, until the writer leaves it. */
export function ErasureScreen({ ordered }: { readonly ordered: Ordered }): VNode {
  const [progress, setProgress] = useState(BEGUN);
  const [certificate, setCertificate] = useState<CertificateView | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    followErasure(ordered, setProgress, stop.signal).then(
      async (found) => {
        if (found === null) return app.leaveErasure(ordered);
        // A log that was written anew ends everything, as at the unlock; what cannot be asked now is asked there.
        await app.desk?.vault.checkCertified(found).catch((error: unknown) => app.fault(error));
        setCertificate(found);
      },
      (error: unknown) => stop.signal.aborted || setFault(sentence(error)),
    );
    return () => stop.abort();
  }, [ordered]);
  const leave = (): void => void app.leaveErasure(ordered);
  const back = app.desk === null ? 'Done' : 'Back to writing';
  if (certificate !== null) {
    return (
      <Gate title={ordered.whole ? 'The vault is erased.' : 'It is erased.'} wide>
        <CertificateSheet certificate={certificate} />
        <div class="gate-actions screen-only"><button type="button" class="button button-primary" onClick={leave}>{back}</button></div>
        <p class="small soft screen-only">Leaving forgets the certificate in this browser. Save it first if you want to keep it.</p>
      </Gate>
    );
  }
  return (
    <Gate title="Erasing" wide>
      <Progress progress={progress} />
      {fault !== null && <p class="error" role="alert">{fault}</p>}
      <p class="small soft">{ordered.whole ? 'You can close this page: ' : 'You can go on writing: '}the server goes on by itself, and the certificate waits here.</p>
      <div class="gate-actions">
        {fault !== null && <button type="button" class="button" onClick={leave}>Forget about it here</button>}
        {app.desk !== null && <button type="button" class="button" onClick={() => app.toDesk(ordered)}>Back to writing</button>}
      </div>
    </Gate>
  );
}

/** Only what the service has reached is shown as done. */
function Progress({ progress: { state, problem, isAway } }: { readonly progress: ErasureProgress }): VNode {
  const reached = STEPS.findIndex(([name]) => name === state);
  const trouble = isAway ? AWAY : problem === null ? null : PROBLEMS[problem];
  useEffect(() => app.announce(trouble ?? STEPS[reached]?.[1] ?? ''), [reached, trouble]);
  return (
    <>
      <ol class="steps">
        {STEPS.map(([name, done, now], index) => (
          <li key={name} data-state={index <= reached ? 'done' : index === reached + 1 ? 'now' : 'next'} aria-current={index === reached + 1 ? 'step' : undefined}>
            {index <= reached ? done : now}
          </li>
        ))}
      </ol>
      {trouble !== null && <p class="notice notice-warn">{trouble} It is not done before it is certified.</p>}
    </>
  );
}
