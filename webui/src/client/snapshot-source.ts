/** The page's side of reading a snapshot: its bytes, and what they must be. */
import type { Bytes } from '../core/bytes.ts';
import { IntegrityError, RollbackError, type HostileDataError, type LockedError } from '../errors.ts';
import { messagesOf } from './records.ts';
import { readSnapshot, type Expectation } from './snapshot.ts';
import type { MessageView, OnProgress } from './types.ts';
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
    let done = 0;
    const give = (id: string, messages: readonly MessageView[]) => {
      this.unlocked.gate.check();
      signal.throwIfAborted();
      onSession(id, messages);
      onProgress?.((done += 1), this.unlocked.contents.containers.size - 1);
    };
    const { seq: asked } = this.unlocked.contents.seen;
    const expect = (seq: number) => {
      if (seq < asked) throw new RollbackError(`snapshot ${seq} after ${asked}`);
      return this.expectation(seq);
    };
    const written: string[] = [];
    for await (const read of readSnapshot(this.chunks(signal), expect)) {
      if (read.records === null) written.push(read.containerId);
      else give(read.containerId, messagesOf(read));
    }
    for (const id of written) {
      signal.throwIfAborted();
      give(id, messagesOf(await this.unlocked.gate.inTurn(() => this.unlocked.records(id))));
    }
  }

  /** Ends everything, as such an error does wherever it is met. */
  refused(error: HostileDataError | LockedError): void {
    void this.unlocked.gate.run(() => Promise.reject(error)).catch(() => undefined);
  }
}
