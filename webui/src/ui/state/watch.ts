/** Milliseconds between looks for what other devices wrote. */
const POLL = 20_000;

/** Looks from time to time, and when the writer or the network comes back; keeps when the page is left. Until `signal`. */
export function watch(signal: AbortSignal, look: () => void, keep: () => void): void {
  const timer = window.setInterval(look, POLL);
  signal.addEventListener('abort', () => window.clearInterval(timer));
  for (const name of ['focus', 'online']) window.addEventListener(name, look, { signal });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') keep();
  }, { signal });
}
