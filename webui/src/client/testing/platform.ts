/** A device and its tabs without a browser, for tests. */
import { concat, randomBytes, utf8, type Bytes } from '../../core/bytes.ts';
import { hkdf, type Argon2id } from '../../core/kdf.ts';
import { PasskeyError } from '../../errors.ts';
import { ServiceClock } from '../clock.ts';
import type { Passkeys } from '../passkeys.ts';
import type { LockChannel, Platform, TabStorage } from '../platform.ts';
import { Service } from '../service.ts';
import type { KeyValueStore, Stored } from '../store.ts';
import { Transport } from '../transport.ts';

/** Cheap, and all the same another key for another passphrase, salt or cost. */
export const cheapArgon2id: Argon2id = (password, salt, { mKib, t, p }) =>
  hkdf(password, concat(utf8(`${mKib},${t},${p},`), salt));

export class MemoryStore implements KeyValueStore {
  readonly values = new Map<string, Stored>();

  async get(key: string): Promise<Stored | undefined> {
    return this.values.get(key);
  }

  async list(prefix: string): Promise<Stored[]> {
    return [...this.values].filter(([key]) => key.startsWith(prefix)).map(([, value]) => value);
  }

  async set(key: string, value: Stored): Promise<void> {
    this.values.set(key, structuredClone(value));
  }

  async remove(key: string): Promise<void> {
    this.values.delete(key);
  }

  async removeAll(prefix: string): Promise<void> {
    for (const key of [...this.values.keys()]) if (key.startsWith(prefix)) this.values.delete(key);
  }

  async update(key: string, change: (value: Stored | undefined) => Stored): Promise<void> {
    this.values.set(key, structuredClone(change(this.values.get(key))));
  }
}

/** An authenticator that holds resident credentials with PRF secrets. */
export class SoftAuthenticator implements Passkeys {
  readonly credentials: { readonly id: Bytes; readonly userId: Bytes; readonly secret: Bytes }[] = [];
  /** Whether it tells which user a credential is for. */
  tellsUser = true;

  async available(): Promise<boolean> {
    return true;
  }

  async create(userId: Bytes): Promise<Bytes> {
    const credential = { id: randomBytes(16), userId, secret: randomBytes(32) };
    this.credentials.push(credential);
    return credential.id;
  }

  async get(prfInput: Bytes, credentialIds: readonly Bytes[]) {
    const allowed = credentialIds.map(String);
    const credential = this.credentials.findLast(({ id }) => allowed.length === 0 || allowed.includes(String(id)));
    if (credential === undefined) throw new PasskeyError('none');
    const { id: credentialId, userId, secret } = credential;
    return { credentialId, userHandle: this.tellsUser ? userId : null, output: await hkdf(secret, prfInput) };
  }
}

/** What all tabs of one browser share. */
export class Device {
  readonly store = new MemoryStore();
  readonly passkeys = new SoftAuthenticator();
  readonly #tabs = new Set<(erased: string | null) => void>();
  readonly #claims = new Map<string, object>();
  /** Moves on by a second whenever a tab looks at it. */
  clock = 1_800_000_000_000;

  /** A tab of this browser, at the service that `fetch` reaches. Closing it gives back what it claimed. */
  tab(fetch: typeof globalThis.fetch, origin = 'https://ink.example', argon2id = cheapArgon2id): Platform & { close(): void } {
    const self = {};
    return {
      service: new Service(new Transport(fetch, origin, new ServiceClock(() => this.clock))),
      argon2id,
      store: this.store,
      passkeys: this.passkeys,
      tab: new MemoryTab(),
      channel: this.#channel(),
      claim: async (name) => this.#claim(name, self),
      persist: async () => undefined,
      zone: () => 'Europe/Lisbon',
      now: () => (this.clock += 1_000),
      close: () => {
        for (const [name, owner] of this.#claims) if (owner === self) this.#claims.delete(name);
      },
    };
  }

  #claim(name: string, owner: object): (() => void) | null {
    if (this.#claims.has(name)) return null;
    this.#claims.set(name, owner);
    return () => this.#claims.delete(name);
  }

  #channel(): LockChannel {
    const own = new Set<(erased: string | null) => void>();
    return {
      post: (erased) => {
        for (const listener of [...this.#tabs]) if (!own.has(listener)) listener(erased ?? null);
      },
      listen: (listener) => {
        own.add(listener);
        this.#tabs.add(listener);
        return () => this.#tabs.delete(listener);
      },
    };
  }
}

export class MemoryTab implements TabStorage {
  value: string | null = null;

  get(): string | null {
    return this.value;
  }

  set(value: string): void {
    this.value = value;
  }

  clear(): void {
    this.value = null;
  }
}
