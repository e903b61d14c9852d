/** The service's clock as this device knows it (FORMAT §5.5): its own, corrected by the `Date` of the service's answers. */

const SECOND_MS = 1_000;
/** RFC 9110 §5.6.7, the one form that is sent. */
const DATE = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

export class ServiceClock {
  #offset = 0;

  /** `device` gives milliseconds since 1970. */
  constructor(private readonly device: () => number) {}

  now(): number {
    return this.device() + this.#offset;
  }

  /** By the device's clock alone, for `heard`. */
  asked(): number {
    return this.device();
  }

  /**
   * `date` was true at some moment of its second, between `asked` and now. The correction moves only as far as it takes
   * to agree with that: seconds and slow answers do not make it waver. A date that cannot be read changes nothing.
   */
  heard(date: string | null, asked: number): void {
    const at = date !== null && DATE.test(date) ? Date.parse(date) : NaN;
    const answered = this.device();
    // A device clock that jumped meanwhile tells nothing about the moment.
    if (Number.isNaN(at) || answered < asked) return;
    const [low, high] = [at - answered, at + SECOND_MS - asked];
    this.#offset = Math.min(Math.max(this.#offset, low), high);
  }
}
