import { deviceNow } from './clock.ts';

/** Only what a hand does: 'scroll' also comes when a message from another device moves the page. */
const ACTIVITY = ['keydown', 'input', 'pointerdown', 'pointermove', 'wheel', 'touchstart', 'touchmove'] as const;
const HEARTBEAT_MS = 20_000;

export interface IdleEvents {
  /** The limit is near (true), or the writer is back (false). */
  readonly onWarn: (near: boolean) => void;
  readonly onExpire: () => void;
  /** The writer did something within the last 20 seconds; called no more often. */
  readonly onHeartbeat: () => void;
}

/**
 * Watches the wall clock for a writer who has left.
 *
 * Timers sleep while the machine sleeps, so every wake-up (timer, activity, focus, visibility) first asks how much
 * time has really gone by; only then does activity count as activity.
 */
export class IdleWatch {
  #limitMs: number;
  #last = deviceNow();
  #lastHeartbeat = deviceNow();
  #timer = 0;
  #heartbeat = 0;
  #warned = false;
  readonly #events: IdleEvents;
  readonly #abort = new AbortController();

  constructor(limitMs: number, events: IdleEvents) {
    this.#limitMs = limitMs;
    this.#events = events;
    const { signal } = this.#abort;
    for (const name of ACTIVITY) {
      window.addEventListener(name, (event) => this.#active(event), { capture: true, passive: true, signal });
    }
    for (const name of ['visibilitychange', 'resume']) document.addEventListener(name, () => this.#look(), { signal });
    for (const name of ['focus', 'pageshow']) window.addEventListener(name, () => this.#look(), { signal });
    this.#look();
  }

  stop(): void {
    this.#abort.abort();
    window.clearTimeout(this.#timer);
    window.clearTimeout(this.#heartbeat);
  }

  setLimit(limitMs: number): void {
    this.#limitMs = limitMs;
    this.#look();
  }

  /** The last minute, or the last half of a limit below two minutes. */
  get #warnMs(): number {
    return this.#limitMs - Math.min(60_000, this.#limitMs / 2);
  }

  #active(event: Event): void {
    // Browsers send a pointermove of no movement when the page moves under a resting pointer.
    if (event instanceof PointerEvent && event.type === 'pointermove' && !event.movementX && !event.movementY) return;
    if (this.#expired()) return;
    this.#last = deviceNow();
    if (this.#warned) this.#look();
    // Always one after the last activity: the service must not end the login before the page would lock.
    if (this.#heartbeat === 0) this.#heartbeat = window.setTimeout(() => this.#beat(), this.#lastHeartbeat + HEARTBEAT_MS - this.#last);
  }

  #beat(): void {
    this.#heartbeat = 0;
    this.#lastHeartbeat = deviceNow();
    this.#events.onHeartbeat();
  }

  /** True when the limit has passed and the watch has ended. */
  #expired(): boolean {
    if (this.#abort.signal.aborted) return true;
    const idle = deviceNow() - this.#last;
    // A clock set back must not keep a vault open: time nobody knows counts as too much.
    if (idle < this.#limitMs && idle > -60_000) return false;
    this.stop();
    this.#events.onExpire();
    return true;
  }

  #look(): void {
    if (this.#expired()) return;
    const idle = deviceNow() - this.#last;
    const near = idle >= this.#warnMs;
    if (near !== this.#warned) {
      this.#warned = near;
      this.#events.onWarn(near);
    }
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#look(), (near ? this.#limitMs : this.#warnMs) - idle);
  }
}
