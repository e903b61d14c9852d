/** The page's side of reading a snapshot: its bytes, and what they must be. */
import type { Bytes } from '../core/bytes.ts';
import { IntegrityError, NotFoundError, RollbackError, type HostileDataError, type LockedError } from '../errors.ts';
import { headerPayload } from '../core/model.ts';
import { messagesOf, type OpenRecord, type OpenRecords } from './records.ts';
import { readSnapshot, type Expectation, type OnDamage } from './snapshot.ts';
import type { MessageView, OnProgress, Whole, WholeOptions } from './types.ts';
import type { Unlocked } from './unlocked.ts';

export class SnapshotSource {
  constructor(private readonly unlocked: Unlocked) {}

  async *chunks(signal: AbortSignal): AsyncGenerator<Bytes, void> {
    const { gate, login } = this.unlocked;
    gate.check();
    for await (const chunk of login.service.snapshot(signal)) {
      gate.check();
      yield chunk;
    }
  }

  /** The verified contents, caught up to at least this sequence number. */
  async expectation(seq: number): Promise<Expectation> {
    const { gate, login: { keyring } } = this.unlocked;
    gate.check();
    if (this.unlocked.contents.seen.seq < seq) await gate.inTurn(() => this.unlocked.catchUp());
    const { seen, containers } = this.unlocked.contents;
    if (seen.seq < seq) throw new IntegrityError('a snapshot that no head knows');
    return {
      vaultId: keyring.vaultId,
      digestKey: keyring.digestKey,
      seq: seen.seq,
      headHash: seen.headHash,
      containers: [...containers.values()].map(({ id, version, epoch, wrappedKey, key, element, header: { count, digest } }) => ({
        id, version, epoch, wrappedKey, key, element, header: { count, digest: { value: digest.value } },
      })),
    };
  }

  async readAll(
    onSession: (id: string, messages: readonly MessageView[]) => void, signal: AbortSignal, onProgress?: OnProgress,
  ): Promise<void> {
    for await (const records of this.#sessions(signal, onProgress)) onSession(records.containerId, messagesOf(records));
  }

  /** The whole vault, as it is sealed: what an export is made of. Sessions by rising id. */
  async readWhole(options: WholeOptions): Promise<Whole> {
    try {
      return await this.#readWhole(options);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      throw new NotFoundError('A session was erased while the export ran. Begin it again.', 'erased');
    }
  }

  async #readWhole({ wanted, signal, onProgress, onFault }: WholeOptions): Promise<Whole> {
    const sessions: Whole['sessions'][number][] = [];
    const onDamage: OnDamage = (session, record, what) => {
      if (!wanted(session)) return;
      const { title, opening } = this.unlocked.session(session).header;
      onFault({ session, record, title: title ?? opening, what });
    };
    for await (const { containerId: id, records } of this.#sessions(signal, onProgress, onDamage)) {
      if (!wanted(id)) continue;
      const { count: _, digest: __, ...header } = headerPayload(this.unlocked.session(id).header);
      sessions.push({ id, header, records: payloadsOf(records.values()) });
    }
    sessions.sort((one, two) => (one.id < two.id ? -1 : 1));
    return { root: payloadsOf(this.unlocked.root.records.records.values()), sessions };
  }

  /** Those written to meanwhile come last, as they are then. */
  async *#sessions(signal: AbortSignal, onProgress?: OnProgress, onDamage: OnDamage | null = null): AsyncGenerator<OpenRecords, void> {
    let done = 0;
    const { seen: { seq: asked }, containers: before } = this.unlocked.contents;
    const expect = async (seq: number) => {
      if (seq < asked) throw new RollbackError(`snapshot ${seq} after ${asked}`);
      const expectation = await this.expectation(seq);
      // The snapshot may show what went after it, and that is not to be taken for something that was never made.
      if (expectation.seq > seq) for (const id of before.keys()) this.unlocked.checkThere(id);
      return expectation;
    };
    const written: string[] = [];
    const pass = (records: OpenRecords): OpenRecords => {
      this.unlocked.gate.check();
      signal.throwIfAborted();
      onProgress?.((done += 1), this.unlocked.contents.containers.size - 1);
      return records;
    };
    for await (const read of readSnapshot(this.chunks(signal), expect, onDamage)) {
      if (read.records === null) written.push(read.containerId);
      else yield pass(read);
    }
    for (const id of written) yield pass(await this.unlocked.gate.inTurn(() => this.unlocked.records(id)));
  }

  /** Ends everything, as such an error does wherever it is met. */
  refused(error: HostileDataError | LockedError): void {
    void this.unlocked.gate.run(() => Promise.reject(error)).catch(() => undefined);
  }
}

/** By rising id. */
function payloadsOf(records: Iterable<OpenRecord>): { id: string; payload: OpenRecord['payload'] }[] {
  return [...records].map(({ recordId: id, payload }) => ({ id, payload })).sort((one, two) => (one.id < two.id ? -1 : 1));
}
