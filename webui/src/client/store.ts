/** What a device keeps for the page: small values under text keys, durable when written. */
import { StorageError } from '../errors.ts';

/** A value that IndexedDB stores as it is. */
export type Stored = string | number | boolean | null | Uint8Array<ArrayBuffer> | readonly Stored[] | { readonly [name: string]: Stored };

export interface KeyValueStore {
  get(key: string): Promise<Stored | undefined>;
  /** The values whose keys start with `prefix`. */
  list(prefix: string): Promise<Stored[]>;
  set(key: string, value: Stored): Promise<void>;
  remove(key: string): Promise<void>;
  /** The values whose keys start with `prefix`. */
  removeAll(prefix: string): Promise<void>;
  /** Replaces a value by what `change` makes of it, atomically among all tabs. When `change` throws, nothing changes. */
  update(key: string, change: (value: Stored | undefined) => Stored): Promise<void>;
}

const NAME = 'inkvault';
const TABLE = 'kept';

export class IndexedDbStore implements KeyValueStore {
  #opened: Promise<IDBDatabase> | null = null;

  get(key: string): Promise<Stored | undefined> {
    return this.#run('readonly', (table) => table.get(key) as IDBRequest<Stored | undefined>);
  }

  list(prefix: string): Promise<Stored[]> {
    return this.#run('readonly', (table) => table.getAll(startingWith(prefix)) as IDBRequest<Stored[]>);
  }

  async set(key: string, value: Stored): Promise<void> {
    await this.#run('readwrite', (table) => table.put(value, key));
  }

  async remove(key: string): Promise<void> {
    await this.#run('readwrite', (table) => table.delete(key));
  }

  async removeAll(prefix: string): Promise<void> {
    await this.#run('readwrite', (table) => table.delete(startingWith(prefix)));
  }

  async update(key: string, change: (value: Stored | undefined) => Stored): Promise<void> {
    let refusal: unknown;
    const done = this.#run('readwrite', (table) => {
      const reading = table.get(key) as IDBRequest<Stored | undefined>;
      reading.onsuccess = () => {
        try {
          table.put(change(reading.result), key);
        } catch (error) {
          refusal = error;
          table.transaction.abort();
        }
      };
      return reading;
    });
    await done.catch((error: unknown) => {
      throw refusal ?? error;
    });
  }

  /** Resolves when the transaction is on disk, not when the request is done. */
  async #run<T>(mode: IDBTransactionMode, work: (table: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    const database = await this.#open();
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(TABLE, mode, { durability: 'strict' });
      const request = work(transaction.objectStore(TABLE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(failure(transaction.error));
    });
  }

  #open(): Promise<IDBDatabase> {
    this.#opened ??= new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(TABLE);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(failure(request.error));
    }).catch((error: unknown) => {
      this.#opened = null;
      throw error;
    });
    return this.#opened;
  }
}

function startingWith(prefix: string): IDBKeyRange {
  return IDBKeyRange.bound(prefix, `${prefix}\uffff`);
}

function failure(error: DOMException | null): StorageError {
  return error?.name === 'QuotaExceededError'
    ? new StorageError('This device has no room left for unsaved text. Free some space, and save what you write.')
    : new StorageError('This browser keeps no data for this page. Leave private browsing, or allow the page to store data.');
}
