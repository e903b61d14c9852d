import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { app } from '../../state/app.ts';
import { deviceNow } from '../../state/clock.ts';
import type { Pen } from '../../state/pen.ts';
import { useStore } from '../../state/store.ts';
import { useReading } from '../../state/useNow.ts';

const MINUTE = 60_000;

/** A line that fills while the writer writes, from the first key on. It makes no sound and stops nobody. */
export function Timer({ pen, minutes }: { readonly pen: Pen; readonly minutes: number }): VNode {
  const began = useStore(pen.view, (view) => view.began);
  const now = useReading(deviceNow, 1_000);
  const past = began === null ? 0 : Math.min(1, Math.max(0, (now - began) / (minutes * MINUTE)));
  const left = Math.ceil(minutes * (1 - past));
  const text = began === null ? `${minutes} minutes, from your first word` : past < 1 ? `${left} min left` : `${minutes} minutes have passed; finish the thought, or go on`;
  useEffect(() => {
    if (past === 1) app.announce(`${minutes} minutes have passed. Finish the thought, or go on.`);
  }, [past === 1]);
  return (
    <div class="timer" role="timer" aria-label={text}>
      <span class="timer-line" aria-hidden="true"><span style={{ inlineSize: `${past * 100}%` }} /></span>
      <span class="timer-text" aria-hidden="true">{text}</span>
    </div>
  );
}
