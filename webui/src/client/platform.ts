/** What the client needs of the browser, in one place; tests bring their own. */
import type { Argon2id } from '../core/kdf.ts';
import { ServiceClock } from './clock.ts';
import { argon2idInWorker } from './derive.ts';
import { browserPasskeys, type Passkeys } from './passkeys.ts';
import { Service } from './service.ts';
import { IndexedDbStore, type KeyValueStore } from './store.ts';
import { Transport } from './transport.ts';

/** Text that lives as long as the tab, a refresh included. */
export interface TabStorage {
  get(): string | null;
  set(value: string): void;
  clear(): void;
}

/** Between the tabs of this browser: "lock", or the id of a vault that was erased. */
export interface LockChannel {
  post(erased?: string): void;
  /** `erased` is null for a lock. Returns the function that stops listening. */
  listen(listener: (erased: string | null) => void): () => void;
}

export interface Platform {
  readonly service: Service;
  readonly argon2id: Argon2id;
  readonly store: KeyValueStore;
  readonly tab: TabStorage;
  readonly channel: LockChannel;
  readonly passkeys: Passkeys;
  /** Takes a name for this tab alone, until the function returned is called or the tab closes; null when another has it. */
  claim(name: string): Promise<(() => void) | null>;
  /** Asks the browser, once, not to evict what the device keeps. */
  persist(): Promise<void>;
  /** IANA name of the time zone. */
  zone(): string;
  /** Milliseconds since 1970 by the device's clock. */
  now(): number;
}

const TAB_KEY = 'inkvault';
const LOCK = 'lock';

const tab: TabStorage = {
  get: () => sessionStorage.getItem(TAB_KEY),
  set: (value) => sessionStorage.setItem(TAB_KEY, value),
  clear: () => sessionStorage.clear(),
};

/** One object for both directions: it does not hear itself. */
function lockChannel(): LockChannel {
  const channel = new BroadcastChannel(TAB_KEY);
  return {
    post: (erased) => channel.postMessage(erased ?? LOCK),
    listen(listener) {
      const heard = ({ data }: MessageEvent<unknown>) => listener(typeof data === 'string' && data !== LOCK ? data : null);
      channel.addEventListener('message', heard);
      return () => channel.removeEventListener('message', heard);
    },
  };
}

/** Web Locks: released by the browser when the tab goes, however it goes. */
function claim(name: string): Promise<(() => void) | null> {
  return new Promise((resolve, reject) => {
    const hold = (lock: Lock | null): Promise<void> | undefined => {
      if (lock === null) {
        resolve(null);
        return undefined;
      }
      return new Promise((release) => resolve(release));
    };
    navigator.locks.request(`inkvault/${name}`, { ifAvailable: true }, hold).catch(reject);
  });
}

let browser: Platform | null = null;

/** The browser this page runs in. */
export function browserPlatform(): Platform {
  browser ??= {
    service: new Service(new Transport(globalThis.fetch, location.origin, new ServiceClock(() => Date.now()))),
    argon2id: argon2idInWorker,
    store: new IndexedDbStore(),
    tab,
    channel: lockChannel(),
    passkeys: browserPasskeys,
    claim,
    async persist() {
      await navigator.storage.persist();
    },
    zone: () => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC',
    now: () => Date.now(),
  };
  return browser;
}
