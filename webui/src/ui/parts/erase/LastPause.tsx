import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ErasurePlan } from '../../../client/vault.ts';
import { app } from '../../state/app.ts';

const SECONDS = 10;

interface LastPauseProps {
  readonly plan: ErasurePlan;
  readonly onClose: () => void;
  readonly onOver: () => void;
}

/** Some seconds in which nothing has happened yet. */
export function LastPause({ plan, onClose, onOver }: LastPauseProps): VNode {
  const [left, setLeft] = useState(SECONDS);
  const cancel = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    cancel.current?.focus();
    app.announce(`Nothing has been erased yet. It begins in ${SECONDS} seconds. Cancel stops it.`);
  }, []);
  useEffect(() => {
    if (left === 0) return onOver();
    if (left === 3) app.announce('3 seconds left. Cancel stops it.');
    const timer = window.setTimeout(() => setLeft(left - 1), 1_000);
    return () => window.clearTimeout(timer);
  }, [left]);
  return (
    <div class="stack last-pause">
      <p>Nothing has been erased yet. <strong>{plan.phrase.replace(/^e/, 'E')}</strong> begins in</p>
      <p class="countdown" aria-hidden="true">{left}</p>
      <progress class="thin" aria-label="Time left" max={SECONDS} value={SECONDS - left} />
      <div class="dialog-actions">
        <button ref={cancel} type="button" class="button button-primary" onClick={onClose}>Cancel, keep everything</button>
      </div>
    </div>
  );
}
