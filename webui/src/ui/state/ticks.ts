import type { SessionSummary } from '../../client/vault.ts';
import { nextStanding } from '../../writing/activity.ts';
import { Store } from './store.ts';

/** Milliseconds: a clock that was moved is noticed no later. */
const AT_LATEST = 5_000;

/** What the next tick depends on. */
export interface Ticking {
  readonly sessions: readonly SessionSummary[];
  readonly settings: { readonly continueMinutes: number };
}

/**
 * The one clock of all that says how sessions stand: it ticks at the moment when one stands otherwise or has a minute
 * less left, so that no two places on the page say different things. By the service's clock.
 */
export class Ticks {
  readonly view: Store<{ readonly now: number }>;
  readonly #now: () => number;
  readonly #of: Store<Ticking>;
  readonly #stop = new AbortController();
  #timer = 0;

  constructor(now: () => number, of: Store<Ticking>) {
    this.#now = now;
    this.#of = of;
    this.view = new Store({ now: now() });
  }

  start(): void {
    const { signal } = this.#stop;
    let { sessions, settings } = this.#of.value;
    const isMoved = (): boolean => sessions !== this.#of.value.sessions || settings !== this.#of.value.settings;
    const unsubscribe = this.#of.subscribe(() => {
      if (!isMoved()) return;
      ({ sessions, settings } = this.#of.value);
      this.#tick();
    });
    signal.addEventListener('abort', unsubscribe);
    // Timers sleep while the machine sleeps, and doze while nobody looks.
    for (const target of [window, document]) {
      for (const name of ['focus', 'visibilitychange', 'resume']) target.addEventListener(name, () => this.#tick(), { signal });
    }
    this.#tick();
  }

  stop(): void {
    this.#stop.abort();
    window.clearTimeout(this.#timer);
  }

  #tick(): void {
    const now = this.#now();
    window.clearTimeout(this.#timer);
    this.view.set({ now });
    const { sessions, settings } = this.#of.value;
    const next = nextStanding(sessions, now, settings.continueMinutes) ?? Infinity;
    this.#timer = window.setTimeout(() => this.#tick(), Math.min(next - now, AT_LATEST));
  }
}
