/** Putting what is taken in into commits, as full as they go, without holding more than one commit's worth. The twin of vault/transfer/packing.py. */
import { IMPORTED, Room, type Incoming, type Parcel } from '../client/parcels.ts';
import type { Sealed } from '../client/vault.ts';
import { encode, isPayload, type Payload } from '../core/canonical.ts';
import { headerPayload, type SessionHeader } from '../core/model.ts';

/**
 * Gathers sessions record by record and commits them whenever one commit is full. A session that takes several commits says
 * in its header, under `imported`, how many of its records are there, until the last one.
 */
export class Packer {
  #room = new Room();
  #sessions: Incoming[] = [];
  #root = new Map<string, Payload>();
  #trash: string[] = [];
  #open: OpenSession | null = null;
  #first: (() => Sealed) | null;

  /** `first` gives the record of the root that goes with the first commit. */
  constructor(private readonly run: string, first: () => Sealed, private readonly take: (parcel: Parcel) => Promise<void>) {
    this.#first = first;
  }

  /** Begins a session, or goes on with one that has so many records; how many bytes its header has. */
  async begin(id: string, header: SessionHeader, written = 0): Promise<number> {
    const size = sizeOf(headerPayload(header));
    if (!this.#room.container(size)) {
      await this.flush();
      this.#room.container(size);
    }
    this.#open = new OpenSession(id, header, written, size);
    return size;
  }

  /** Adds a record, whose payload has `size` bytes, to the session that was begun. */
  async add(id: string, payload: Payload, size: number): Promise<void> {
    const open = this.#begun();
    if (!this.#room.record(size)) {
      await this.flush();
      this.#room.container(open.size);
      this.#room.record(size);
    }
    open.records.push({ id, payload });
  }

  /** Ends the session; what it replaces, with a header of `size` bytes, goes into the trash with its last commit. */
  async end(replaces: string | null, size = 0): Promise<void> {
    const open = this.#begun();
    if (replaces !== null) {
      if (!this.#room.container(size)) {
        await this.flush();
        this.#room.container(open.size);
        this.#room.container(size);
      }
      this.#trash.push(replaces);
    }
    this.#sessions.push(open.incoming(open.header));
    this.#open = null;
  }

  /** Adds a record of the root, or puts it in the place of the one of this id. */
  async root(id: string, payload: Payload): Promise<void> {
    const size = sizeOf(payload);
    if (!this.#room.record(size)) {
      await this.flush();
      this.#room.record(size);
    }
    this.#root.set(id, payload);
  }

  /** Commits what was gathered. Throws as the vault does; then nothing of it is in. */
  async flush(): Promise<void> {
    const sessions = [...this.#sessions];
    if (this.#open !== null && this.#open.records.length > 0) sessions.push(this.#open.part(this.run));
    const trash = this.#trash;
    const isEmpty = sessions.length === 0 && this.#root.size === 0 && trash.length === 0;
    const first = isEmpty ? undefined : this.#first?.();
    const all = new Map([...(first === undefined ? [] : [[first.id, first.payload] as const]), ...this.#root]);
    const root = [...all].map(([id, payload]) => ({ id, payload }));
    [this.#sessions, this.#root, this.#trash, this.#room] = [[], new Map(), [], new Room()];
    if (isEmpty) return;
    await this.take({ sessions, root, trash });
    this.#first = null;
  }

  #begun(): OpenSession {
    if (this.#open === null) throw new Error('no session was begun');
    return this.#open;
  }
}

/** The session that is being taken in: what of it is not in yet, and how much is. */
class OpenSession {
  records: Sealed[] = [];

  constructor(readonly id: string, readonly header: SessionHeader, private written: number, readonly size: number) {}

  incoming(header: SessionHeader): Incoming {
    const { count: _, digest: __, ...fields } = headerPayload(header);
    return { id: this.id, goesOn: this.written > 0, header: fields, records: this.records };
  }

  /** What is there so far, marked as a part. Forgets the records. */
  part(run: string): Incoming {
    const written = this.written + this.records.length;
    const marks = this.header.extra[IMPORTED];
    const imported = { ...(isPayload(marks) ? marks : {}), run, written };
    const part = this.incoming({ ...this.header, extra: { ...this.header.extra, [IMPORTED]: imported } });
    [this.written, this.records] = [written, []];
    return part;
  }
}

function sizeOf(payload: Payload): number {
  return encode(payload).length;
}
