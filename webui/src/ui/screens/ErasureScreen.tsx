import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { followErasure, LockedError, type CertificateView, type ErasureProgress, type Ordered } from '../../client/vault.ts';
import { CertificateSheet } from '../parts/audit/CertificateSheet.tsx';
import { AWAY, PROBLEMS, STEPS, UNSURE } from '../parts/erase/words.ts';
import { Gate } from '../parts/Gate.tsx';
import { app, sentence } from '../state/app.ts';

const BEGUN: ErasureProgress = { state: null, problem: null, isAway: false };

/** Whether the log of the vault goes on from the certificate: whoever says that it is erased says this too. */
type Log = 'goes on' | 'locked' | 'away' | 'gone';
interface Outcome {
  readonly certificate: CertificateView;
  readonly log: Log;
}

/** How far an erasure is, step by step; then its certificate, until the writer leaves it. */
export function ErasureScreen({ ordered }: { readonly ordered: Ordered }): VNode {
  const [progress, setProgress] = useState(BEGUN);
  const [isTaken, setTaken] = useState(ordered.isTaken);
  const [outcome, setOutcome] = useState<Outcome | 'not ordered' | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    const goOn = (next: ErasureProgress): void => {
      setProgress(next);
      if (next.state !== null) setTaken(true);
    };
    followErasure(ordered, goOn, stop.signal).then(
      async (found) => {
        const seen = found === null ? 'not ordered' : { certificate: found, log: await lookAtLog(ordered, found) };
        if (!stop.signal.aborted) setOutcome(seen);
      },
      (error: unknown) => stop.signal.aborted || setFault(sentence(error)),
    );
    return () => stop.abort();
  }, [ordered]);
  const leave = (): void => void app.leaveErasure(ordered);
  const back = app.desk === null ? 'Done' : 'Back to writing';
  if (outcome === 'not ordered') return <NotOrdered back={back} onLeave={leave} />;
  if (outcome !== null) return <Erased {...outcome} ordered={ordered} back={back} onLeave={leave} />;
  return (
    <Gate title={isTaken ? 'Erasing' : 'Not known yet'} wide>
      {isTaken ? <Progress progress={progress} /> : fault === null && <p class="notice notice-warn" role="status">{UNSURE}</p>}
      {fault !== null && <p class="error" role="alert">{fault}</p>}
      {isTaken && <p class="small soft">{ordered.whole ? 'You can close this page: ' : 'You can go on writing: '}the server goes on by itself, and the certificate waits here.</p>}
      <div class="gate-actions">
        {fault !== null && <button type="button" class="button" onClick={leave}>Forget about it here</button>}
        {app.desk !== null && <button type="button" class="button" onClick={() => app.toDesk({ ...ordered, isTaken })}>Back to writing</button>}
      </div>
    </Gate>
  );
}

/** A log that was written anew ends everything, as at the unlock. */
async function lookAtLog({ whole, vaultId }: Ordered, certificate: CertificateView): Promise<Log> {
  if (whole) return 'gone';
  if (app.desk?.vault.vaultId !== vaultId) return 'locked';
  return app.desk.vault.checkCertified(certificate).then(() => 'goes on' as const, (error: unknown) => {
    app.fault(error);
    return error instanceof LockedError ? 'locked' : 'away';
  });
}

const CHECKED = 'Checked on this device: the certificate is about the order that was signed here, and signed with the key that this device knew of the log.';
const LOGS: Readonly<Record<Log, string>> = {
  'goes on': `${CHECKED} The log that the server shows now goes on from it.`,
  locked: `${CHECKED} Not checked yet: that the log which the server shows now goes on from it, since the vault is locked. It is checked when you unlock, and the certificate waits here.`,
  away: `${CHECKED} Not checked yet: that the log which the server shows now goes on from it, since the server did not say. It is checked when you look at this again, and the certificate waits here.`,
  gone: `${CHECKED} The log went with the vault, so that nobody can be asked how it went on.`,
};

interface EndProps {
  readonly back: string;
  readonly onLeave: () => void;
}

function NotOrdered({ back, onLeave }: EndProps): VNode {
  useEffect(() => app.announce(NEVER), []);
  return (
    <Gate title="It was not ordered.">
      <p class="lead" role="alert">{NEVER}</p>
      <div class="gate-actions"><button type="button" class="button button-primary" onClick={onLeave}>{back}</button></div>
    </Gate>
  );
}
const NEVER = 'The order did not reach the server; nothing was erased.';

function Erased({ certificate, log, ordered, back, onLeave }: Outcome & EndProps & { readonly ordered: Ordered }): VNode {
  const isOpen = log === 'locked' || log === 'away';
  return (
    <Gate title={ordered.whole ? 'The vault is erased.' : 'It is erased.'} wide>
      <CertificateSheet certificate={certificate} />
      <p class={isOpen ? 'notice notice-warn screen-only' : 'small soft screen-only'}>{LOGS[log]}</p>
      <div class="gate-actions screen-only">
        {log === 'locked' && <button type="button" class="button button-primary" onClick={() => app.toUnlock()}>Unlock, and check it</button>}
        {log === 'away' && <button type="button" class="button button-primary" onClick={() => app.toDesk({ ...ordered, isTaken: true })}>Look at it again later</button>}
        <button type="button" class={isOpen ? 'button' : 'button button-primary'} onClick={onLeave}>{back}</button>
      </div>
      <p class="small soft screen-only">Leaving forgets the certificate in this browser. Save it first if you want to keep it.</p>
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
