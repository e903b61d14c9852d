/**
 * Reads a snapshot (PROTOCOL §7) and opens it session by session (FORMAT §7.1 rule 3). No I/O and no keys of its own, so
 * that it runs in a worker too.
 */
import { equal, toHex, type Bytes } from '../core/bytes.ts';
import { headHash } from '../core/head.ts';
import { elementOf, type Elements } from '../core/keyring.ts';
import { FormatError, HostileDataError, IntegrityError, RollbackError, UnavailableError } from '../errors.ts';
import type { Container, Record } from '../wire/answers.ts';
import { headerContext, type OpenContainer } from './contents.ts';
import { checkRecords, openRecord, type OpenRecord, type OpenRecords, type RecordPlace } from './records.ts';
import { SnapshotFrames, type SnapshotFrame } from './snapshot-frames.ts';

/** A container as it was verified against the head: what the snapshot must show of it. */
export type Expected = RecordPlace & Pick<OpenContainer, 'version' | 'epoch' | 'wrappedKey' | 'element'>;

/** The verified contents of a vault, in a form that goes through `postMessage`. */
export interface Expectation extends Elements {
  readonly seq: number;
  readonly headHash: Bytes;
  /** All of them, the root container too. */
  readonly containers: readonly Expected[];
}

/** The records of one session, verified; null for a session that was written to after the snapshot: to be read by itself. */
export type SessionRead = OpenRecords | { readonly containerId: string; readonly records: null };

/** Told what of a session does not open or is not there; a record's id, or null for the session as a whole. */
export type OnDamage = (containerId: string, recordId: string | null, what: string) => void;

/** Records that are being opened at once: enough to keep WebCrypto busy, few enough to keep memory small. */
const IN_FLIGHT = 500;
/** As the command line says it. */
const CHANGED = 'It does not open: it was changed, exchanged or damaged.';
const OTHERS = 'Its records are not those its header means: one is missing, older or exchanged.';
const TOO_FEW = 'Records of it are missing.';
const NOT_SHOWN = 'The service does not show it.';

/**
 * Gives every session, by rising id. `expect` is asked once for verified contents of at least the sequence number of the
 * snapshot. Throws HostileDataError unless the snapshot is of what was expected; nothing of a session is given before all
 * of it is verified. With `onDamage` a session is given without what does not open in it; whatever contradicts the head
 * beyond that is refused all the same.
 */
export async function* readSnapshot(
  chunks: AsyncIterable<Bytes>, expect: (seq: number) => Promise<Expectation>, onDamage: OnDamage | null = null,
): AsyncGenerator<SessionRead, void> {
  const opening: { readonly records: number; readonly read: Promise<SessionRead> }[] = [];
  let inFlight = 0;
  let reading: Reading | null = null;
  for await (const frame of framesOf(chunks)) {
    if (frame.kind === 'head') {
      reading = new Reading(frame.seq, await expect(frame.seq), onDamage);
      await reading.checkHead(frame.head);
      continue;
    }
    const group = reading?.take(frame) ?? null;
    if (group === null || reading === null) continue;
    const read = reading.open(group);
    // It is waited for below, unless something before it is refused first.
    read.catch(() => undefined);
    opening.push({ records: group.records.length, read });
    inFlight += group.records.length;
    while (inFlight > IN_FLIGHT) {
      const next = opening.shift();
      if (next === undefined) break;
      inFlight -= next.records;
      yield next.read;
    }
  }
  for (const { read } of opening) yield read;
  for (const containerId of reading?.left() ?? []) yield { containerId, records: null };
}

interface Group {
  readonly expected: Expected;
  readonly container: Container;
  readonly records: Record[];
}

/** What was expected, and what of it has come. */
class Reading {
  readonly #expected: ReadonlyMap<string, Expected>;
  readonly #seen = new Set<string>();
  readonly #rootId: string;
  #current: Group | null = null;

  constructor(private readonly seq: number, private readonly expectation: Expectation, private readonly onDamage: OnDamage | null) {
    const { vaultId, containers } = expectation;
    if (expectation.seq < seq) throw new IntegrityError('a snapshot that no head knows');
    this.#expected = new Map(containers.map((container) => [container.id, container]));
    this.#rootId = toHex(vaultId);
  }

  /** Whether something was written after the snapshot: then, and only then, it may differ from the contents. */
  get #isOlder(): boolean {
    return this.seq < this.expectation.seq;
  }

  async checkHead(head: Bytes): Promise<void> {
    if (!this.#isOlder && !equal(await headHash(head), this.expectation.headHash)) throw new RollbackError(`another head ${this.seq}`);
  }

  /** A container with all its records, when a frame shows that there are no more; the root's are known already. */
  take(frame: SnapshotFrame): Group | null {
    if (frame.kind === 'record') {
      // A container that is older than expected may hold fewer, never more: records are never taken away.
      if (this.#current === null || this.#current.records.length >= this.#current.expected.header.count) throw new IntegrityError('number of records');
      this.#current.records.push(frame.record);
      return null;
    }
    const whole = this.#current;
    this.#current = frame.kind === 'container' ? this.#enter(frame.container) : null;
    return whole?.expected.id === this.#rootId ? null : whole;
  }

  /** A container that was never made is refused before anything of it is kept. */
  #enter(container: Container): Group {
    const expected = this.#expected.get(container.container_id);
    if (expected === undefined) throw new IntegrityError('an unknown container');
    this.#seen.add(expected.id);
    return { expected, container, records: [] };
  }

  async open({ expected, container, records: shown }: Group): Promise<SessionRead> {
    const { id, version } = expected;
    if (container.version < version && this.#isOlder) return { containerId: id, records: null };
    await this.#checkContainer(expected, container);
    const opened = await Promise.all(shown.map((record) => this.#openRecord(expected, record)));
    const records = new Map<string, OpenRecord>(opened.flatMap((record) => (record === null ? [] : [[record.recordId, record]])));
    if (records.size === shown.length) this.#orDamaged(() => checkRecords(expected, records), id, null, OTHERS);
    else if (shown.length < expected.header.count) this.onDamage?.(id, null, TOO_FEW);
    return { containerId: id, version, records };
  }

  async #openRecord(expected: Expected, shown: Record): Promise<OpenRecord | null> {
    try {
      return await openRecord(this.expectation, expected, shown);
    } catch (error) {
      this.#orDamaged(() => { throw error; }, expected.id, shown.record_id, CHANGED);
      return null;
    }
  }

  /** Where damage is told of it goes on after it. */
  #orDamaged(check: () => void, containerId: string, recordId: string | null, what: string): void {
    try {
      check();
    } catch (error) {
      if (this.onDamage === null || !(error instanceof HostileDataError)) throw error;
      this.onDamage(containerId, recordId, what);
    }
  }

  async #checkContainer({ id, version, epoch, wrappedKey, element }: Expected, shown: Container): Promise<void> {
    const isSame = shown.version === version && shown.epoch === epoch && equal(shown.wrapped_key, wrappedKey)
      && (await elementOf(this.expectation, headerContext(this.expectation.vaultId, id, version), shown.header)) === element;
    if (!isSame) throw new IntegrityError('another header');
  }

  /** The sessions that did not come: made after the snapshot, or held back. */
  left(): string[] {
    const left = [...this.#expected.keys()].filter((id) => !this.#seen.has(id));
    if (left.length === 0 || this.#isOlder) return left;
    if (this.onDamage === null || left.includes(this.#rootId)) throw new IntegrityError('a container left out');
    for (const id of left) this.onDamage(id, null, NOT_SHOWN);
    return [];
  }
}

async function* framesOf(chunks: AsyncIterable<Bytes>): AsyncGenerator<SnapshotFrame, void> {
  const frames = new SnapshotFrames();
  const order = new FrameOrder();
  for await (const chunk of chunks) for (const frame of frames.feed(chunk)) yield order.checked(frame);
  if (order.isAtEnd && !frames.isBetween) throw new FormatError('snapshot goes on after its end');
  if (!order.isAtEnd) throw new UnavailableError('The server broke off. Try again in a moment.', 'cut_off');
}

/** The head first, the end last; containers and the records of each by rising id (PROTOCOL §7.1). */
class FrameOrder {
  #before: SnapshotFrame['kind'] | null = null;
  #container = '';
  #record = '';
  #containers = 0;
  #records = 0;

  get isAtEnd(): boolean {
    return this.#before === 'end';
  }

  checked(frame: SnapshotFrame): SnapshotFrame {
    if ((this.#before === null) !== (frame.kind === 'head') || this.#before === 'end') throw new FormatError('snapshot out of order');
    this.#before = frame.kind;
    switch (frame.kind) {
      case 'container':
        this.#container = risen(this.#container, frame.container.container_id);
        this.#record = '';
        this.#containers += 1;
        break;
      case 'record':
        if (this.#container === '') throw new FormatError('record without container');
        this.#record = risen(this.#record, frame.record.record_id);
        this.#records += 1;
        break;
      case 'end':
        if (frame.containers !== this.#containers || frame.records !== this.#records) throw new FormatError('counts of a snapshot');
    }
    return frame;
  }
}

function risen(before: string, id: string): string {
  if (id <= before) throw new FormatError('snapshot out of order');
  return id;
}
