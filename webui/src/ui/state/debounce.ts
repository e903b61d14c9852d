/**
 * Runs `work` soon after the last touch, and never later than `maxWait` after the first one; one run at a time.
 * Times in milliseconds.
 */
export class Debounce {
  #timer = 0;
  #firstTouch = 0;
  #dirty = false;
  #running: Promise<void> = Promise.resolve();
  readonly #work: () => Promise<void>;
  readonly #wait: number;
  readonly #maxWait: number;

  constructor(work: () => Promise<void>, wait: number, maxWait: number) {
    this.#work = work;
    this.#wait = wait;
    this.#maxWait = maxWait;
  }

  touch(): void {
    const now = performance.now();
    if (!this.#dirty) this.#firstTouch = now;
    this.#dirty = true;
    window.clearTimeout(this.#timer);
    const wait = Math.min(this.#wait, Math.max(0, this.#firstTouch + this.#maxWait - now));
    this.#timer = window.setTimeout(() => void this.flush(), wait);
  }

  /** Runs what is due at once; resolves when nothing is due or running. */
  async flush(): Promise<void> {
    window.clearTimeout(this.#timer);
    if (this.#dirty) {
      this.#dirty = false;
      this.#running = this.#running.then(this.#work);
    }
    await this.#running;
  }

  cancel(): void {
    window.clearTimeout(this.#timer);
    this.#dirty = false;
  }
}
