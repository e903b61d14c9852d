import { useEffect, useState } from 'preact/hooks';
import { deviceNow } from './clock.ts';
import type { Desk } from './desk.ts';
import { useStore } from './store.ts';

/** Draws again every `period` milliseconds with what `read` says. */
export function useReading(read: () => number, period: number): number {
  const [, drawAgain] = useState(0);
  useEffect(() => {
    const timer = window.setInterval(() => drawAgain((count) => count + 1), period);
    return () => window.clearInterval(timer);
  }, [period]);
  return read();
}

/** The time, renewed every half minute, for words such as "5 min ago". */
export function useNow(): number {
  return useReading(deviceNow, 30_000);
}

/** The time by the service's clock, renewed when a session stands otherwise, and every few seconds. */
export function useTick(desk: Desk): number {
  return useStore(desk.ticks.view, (view) => view.now);
}
