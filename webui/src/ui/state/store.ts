import { useLayoutEffect, useState } from 'preact/hooks';

/** A value that can be watched. Listeners run synchronously: locking must not wait for a frame. */
export class Store<T extends object> {
  #value: T;
  readonly #listeners = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(patch: Partial<T>): void {
    this.#value = { ...this.#value, ...patch };
    for (const listener of [...this.#listeners]) listener();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** The selected part of a store's value; the component renders again when that part is another one. */
export function useStore<T extends object, S>(store: Store<T>, select: (value: T) => S): S {
  const selected = select(store.value);
  const [, renderAgain] = useState(0);
  useLayoutEffect(() => {
    let last = selected;
    const check = (): void => {
      const next = select(store.value);
      if (Object.is(next, last)) return;
      last = next;
      renderAgain((count) => count + 1);
    };
    check();
    return store.subscribe(check);
  }, [store]);
  return selected;
}
