/** An unlocked vault: its keys, its verified contents, and the way they change. The facade's operations share it. */
import { equal, toHex, type Bytes } from '../core/bytes.ts';
import { ConflictError, IntegrityError, NotFoundError, RollbackError } from '../core/errors.ts';
import type { Keyring } from '../core/keyring.ts';
import type { Message } from '../core/model.ts';
import { sealResume } from '../core/resume.ts';
import type { Container } from '../wire/answers.ts';
import { prepareCommit, type Edits, type Prepared } from './commits.ts';
import { headerContext, idBytes, latest, openContents, pinOf, type Contents, type OpenSession } from './contents.ts';
import { Gate } from './gate.ts';
import { Pins } from './pins.ts';
import type { Platform } from './platform.ts';
import { readChanges, readContainers, readRecords, type ShownChanges } from './reading.ts';
import { openRecords, type OpenRecords } from './records.ts';
import type { LoggedIn } from './service.ts';
import { keepResume } from './resume-store.ts';
import type { OnStep } from './types.ts';
import { StaleError, isAnswerLost } from './transport.ts';
import { checkAdvance, checkAlong, type Pin } from './trusted-state.ts';

/** What an unlock has in hand before it looks at the contents. */
export interface Access {
  readonly platform: Platform;
  readonly service: LoggedIn;
  readonly handle: string;
  readonly vaultId: string;
  readonly keyring: Keyring;
  readonly vaultKey: Bytes;
  readonly slotId: string;
  readonly loginId: string;
  readonly share: Bytes;
  readonly idleSeconds: number;
}

const MAX_REBASES = 8;
const MAX_RESTARTS = 5;

export class Unlocked {
  readonly gate = new Gate();
  readonly pins: Pins;
  slotId: string;
  contents: Contents;
  /** The session opened or written last. */
  #records: OpenRecords | null = null;

  private constructor(readonly access: Access, contents: Contents) {
    const { platform, vaultKey, share } = access;
    this.contents = contents;
    this.slotId = access.slotId;
    this.pins = new Pins(platform.store);
    const stopListening = platform.channel.listen(() => void this.gate.end('elsewhere'));
    this.gate.atClose(() => {
      vaultKey.fill(0);
      share.fill(0);
      this.#records = null;
      stopListening();
      platform.tab.clear();
    });
  }

  /**
   * Fetches everything, checks it against its head, this device's pin, and `alsoCheck`; only then raises the pin
   * (FORMAT §7.1). `pin` was read before the first request.
   */
  static async load(
    access: Access, pin: Pin | null, alsoCheck: (contents: Contents) => Promise<void>, onStep: OnStep,
  ): Promise<Unlocked> {
    const { service, keyring, vaultId, platform, handle } = access;
    onStep('fetch');
    const listing = await readContainers(service);
    const since = pin?.seq ?? listing.seq;
    if (listing.seq < since) throw new RollbackError(`seq ${listing.seq} after ${since}`);
    const isWhole = !listing.moved && listing.seq === since;
    const changes = isWhole ? { ...listing, hashes: [] } : await readChanges(service, since);
    if (changes.seq < listing.seq) throw new RollbackError(`seq ${changes.seq} after ${listing.seq}`);
    onStep('open');
    const containers = latest(listing.containers, changes.containers);
    const contents = await openContents(keyring, vaultId, { ...changes, containers }, null, async (seen) => {
      await checkAdvance(pin, seen, changes.hashes);
    });
    await alsoCheck(contents);
    const pins = new Pins(platform.store);
    await pins.accept(pinOf(contents));
    await pins.bind(handle, vaultId, platform.now());
    const unlocked = new Unlocked(access, contents);
    await unlocked.keepResume();
    return unlocked;
  }

  /** A copy, so that dropping the keys cannot pull it from under a seal. */
  vaultKey(): Bytes {
    this.gate.check();
    return this.access.vaultKey.slice();
  }

  /** What a refresh of the page needs; to be kept anew when the slot of this login changes. */
  async keepResume(): Promise<void> {
    const { platform, handle, vaultId, loginId, idleSeconds, share } = this.access;
    const value = await sealResume(share, idBytes(vaultId), idBytes(loginId), this.vaultKey(), idBytes(this.slotId));
    this.gate.check();
    keepResume(platform.tab, { handle, vaultId, loginId, idleSeconds, value });
  }

  session(id: string): OpenSession {
    const session = this.contents.sessions.get(id);
    if (session === undefined) throw new NotFoundError('This session is not in the vault. Choose another one.', 'not_found');
    return session;
  }

  /** Takes in what other devices wrote; returns the ids of the containers that changed. */
  async catchUp(): Promise<string[]> {
    const shown = await this.#takeIn(() => undefined);
    return shown.containers.map((container) => container.container_id);
  }

  /** The records of a session at its current version. */
  async records(id: string): Promise<OpenRecords> {
    const { service, keyring } = this.access;
    for (let attempt = 0; attempt < MAX_RESTARTS; attempt += 1) {
      if (this.#records?.sessionId === id && this.#records.version === this.session(id).version) return this.#records;
      const { container, records } = await readRecords(service, id);
      const { version } = container;
      const isNewer = version > this.session(id).version;
      if (isNewer) await this.catchUp();
      const session = this.session(id);
      if (isNewer && version < session.version) continue;
      if (!(await isSame(keyring, session, container))) throw new IntegrityError('header of the session');
      this.#records = await openRecords(keyring, session, records);
      return this.#records;
    }
    throw new ConflictError('Another device keeps writing in this session. Try again in a moment.', 'stale');
  }

  /** After a commit: what it added needs not be fetched again, unless another device wrote in the session since. */
  addRecord(id: string, recordId: string, message: Message): void {
    const { version, header } = this.session(id);
    const before = this.#records?.sessionId === id ? this.#records : null;
    const records = new Map(before?.records).set(recordId, message);
    const isAll = records.size === header.count && version === (before?.version ?? 0) + 1;
    if (isAll) this.#records = { sessionId: id, version, records };
  }

  /**
   * Carries out what `plan` makes of the contents: sends it, reads it back, takes it in. When another device wrote
   * first, the plan is asked again over the newer contents; null means that there is nothing left to do.
   */
  async commit(plan: () => Promise<Edits | null>): Promise<void> {
    for (let attempt = 0; attempt < MAX_REBASES; attempt += 1) {
      const edits = await plan();
      if (edits === null) return;
      const prepared = await prepareCommit(this.access.keyring, this.contents, edits);
      if (await this.#send(prepared)) return this.#confirm(prepared);
      await this.catchUp();
    }
    throw new ConflictError('Other devices keep writing. Try again in a moment.', 'stale');
  }

  /** False when another device wrote first. Without an answer the same bytes go once more (PROTOCOL §6). */
  async #send({ body, seq, headHash }: Prepared): Promise<boolean> {
    const send = () => {
      this.gate.check();
      return this.access.service.commit(body);
    };
    try {
      const result = await send().catch((error: unknown) => (isAnswerLost(error) ? send() : Promise.reject(error)));
      if (result.seq !== seq || !equal(result.head_hash, headHash)) throw new IntegrityError('answer to a commit');
      return true;
    } catch (error) {
      if (error instanceof StaleError) return false;
      throw error;
    }
  }

  /** Reads the acknowledged commit back: a server that only says "stored" is caught before the writer reads "saved". */
  async #confirm({ seq, headHash }: Prepared): Promise<void> {
    await this.#takeIn(({ seq: shown, hashes: [stored] }) => {
      if (shown < seq || stored === undefined || !equal(stored, headHash)) throw new RollbackError(`commit ${seq} was acknowledged and is not there`);
    });
  }

  /** Fetches the changes, checks them against the contents and against what other tabs saw, and adopts them. */
  async #takeIn(alsoCheck: (shown: ShownChanges) => void): Promise<ShownChanges> {
    const { service, keyring, vaultId } = this.access;
    const base = pinOf(this.contents);
    // Before the request: another tab may raise the pin while the answer is on its way.
    const pin = await this.pins.pin(vaultId);
    this.gate.check();
    const shown = await readChanges(service, base.seq);
    alsoCheck(shown);
    const next = await openContents(keyring, vaultId, shown, this.contents, async (seen) => {
      await checkAdvance(base, seen, shown.hashes);
      checkAlong(pin, base, seen, shown.hashes);
    });
    if (shown.seq > base.seq) await this.pins.accept(pinOf(next));
    this.contents = next;
    return shown;
  }

  /** Whether a slot is the one this login was opened with. */
  isCurrentSlot(id: Bytes): boolean {
    return toHex(id) === this.slotId;
  }
}

/** Whether a container shown again is the one that was verified. The element stands for version and header. */
async function isSame(keyring: Keyring, session: OpenSession, shown: Container): Promise<boolean> {
  const element = await keyring.element(headerContext(keyring.vaultId, session.id, shown.version), shown.header);
  return element === session.element && shown.epoch === session.epoch && equal(shown.wrapped_key, session.wrappedKey);
}
