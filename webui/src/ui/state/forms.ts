import { deviceNow } from './clock.ts';
import { Store } from './store.ts';

function ask(event: Event): void {
  event.preventDefault();
}

/** The forms beside the composer that hold changed text. It is sealed nowhere: a lock loses it. */
export class Forms {
  readonly view = new Store<{ readonly count: number }>({ count: 0 });
  /** When the writer last typed in one, by the device's clock. */
  lastTyped = 0;

  get areHeld(): boolean {
    return this.view.value.count > 0;
  }

  typed(): void {
    this.lastTyped = deviceNow();
  }

  /** A form holds changed text, until what is returned is called. The browser asks before it leaves the page meanwhile. */
  hold(): () => void {
    this.#count(1);
    return () => this.#count(-1);
  }

  #count(more: number): void {
    const count = this.view.value.count + more;
    this.view.set({ count });
    if (count > 0) window.addEventListener('beforeunload', ask);
    else window.removeEventListener('beforeunload', ask);
  }
}
