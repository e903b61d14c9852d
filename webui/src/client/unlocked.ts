/** An unlocked vault: its keys, its verified contents, and the way they change. The facade's operations share it. */
import { equal, toHex, type Bytes } from '../core/bytes.ts';
import { ConflictError, IntegrityError, NotFoundError, RollbackError } from '../errors.ts';
import type { Head, KeptCheckpoint } from '../core/head.ts';
import type { Keyring } from '../core/keyring.ts';
import { sealResume } from '../core/resume.ts';
import { checkLog } from './auditing.ts';
import { prepareCommit, type Edits, type Prepared } from './commits.ts';
import { idBytes, isSession, stepTo, type Contents, type Moved, type OpenContainer, type OpenSession } from './contents.ts';
import { forgetVault } from './forgetting.ts';
import { Gate } from './gate.ts';
import { Pins } from './pins.ts';
import type { Platform } from './platform.ts';
import { readChanges, readRecords, readVault, readWithout } from './reading.ts';
import { isWhole, type OpenRecord, type OpenRecords } from './records.ts';
import { Root } from './root.ts';
import type { LoggedIn } from './service.ts';
import { keepResume } from './resume-store.ts';
import type { OnStep } from './types.ts';
import { StaleError, twice } from './transport.ts';
import { checkAdvance, checkAlong, type Pin } from './trusted-state.ts';

/** A login with the keys of the vault it is for. */
export interface KeyedLogin {
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

/** When something happens, by the clocks of this device and of the service. Milliseconds. */
export interface Moment {
  readonly ms: number;
  /** What activity, ends and the trash are noted by (FORMAT §5.5). */
  readonly serviceMs: number;
  /** IANA name. */
  readonly zone: string;
}

/**
 * What `read` gives and, checked against its contents, the records of the root. `readRoot` gives null when another
 * device wrote there in between: then both are read again.
 */
async function withRoot<T extends { readonly contents: Contents }>(
  read: () => Promise<T>, readRoot: (root: OpenContainer) => Promise<OpenRecords | null>, known: Root | null = null,
): Promise<T & { readonly root: Root }> {
  let version = 0;
  for (let attempt = 0; attempt < MAX_RESTARTS; attempt += 1) {
    const found = await read();
    const container = found.contents.containers.get(found.contents.seen.vaultId);
    if (container === undefined || container.version === version) throw new IntegrityError('a root that no head knows');
    const records = await readRoot(container);
    if (records !== null) return { ...found, root: known?.records === records ? known : new Root(records) };
    ({ version } = container);
  }
  throw new ConflictError('Another device keeps writing. Try again in a moment.', 'stale');
}

/** The answer of a service that does not have what was asked for, as records that are not there. */
function whenMissing(error: unknown): [null, NotFoundError] {
  if (error instanceof NotFoundError) return [null, error];
  throw error;
}

/** Whether nothing moved: what is shown need not be made anew then. */
function isStill({ seen }: Contents, moved: Moved): boolean {
  return moved.seen.seq === seen.seq && moved.containers.size + moved.gone.length === 0;
}

/** What a container holds after a commit that wrote `fresh` into it; null when its header says that this is not all. */
function withWritten(container: OpenContainer, before: OpenRecords | null, fresh: readonly OpenRecord[]): OpenRecords | null {
  const records = new Map(before?.records);
  for (const record of fresh) records.set(record.recordId, record);
  return isWhole(container, records) ? { containerId: container.id, version: container.version, records } : null;
}

export class Unlocked {
  readonly gate = new Gate();
  readonly pins: Pins;
  slotId: string;
  contents: Contents;
  /** The records of the root at its version in `contents`. */
  root: Root;
  readonly #listeners = new Set<(ids: readonly string[]) => void>();
  /** Ids of sessions that were here and were erased since. */
  readonly #erased = new Set<string>();
  /** Of the container opened or written last. */
  #records: OpenRecords | null = null;

  private constructor(
    readonly login: KeyedLogin, contents: Contents, root: Root,
    /** The checkpoint of the vault's log that was accepted at the unlock; null for an empty one. */
    readonly log: KeptCheckpoint | null,
  ) {
    const { platform, vaultKey, share } = login;
    this.contents = contents;
    this.root = root;
    this.slotId = login.slotId;
    this.pins = new Pins(platform.store);
    // Before anything is waited for: a page left in the middle of its lock must not resume.
    this.gate.onLocked(() => platform.tab.clear());
    const stopListening = platform.channel.listen((erased) => void this.#hear(erased));
    this.gate.atClose(() => {
      vaultKey.fill(0);
      share.fill(0);
      this.#records = null;
      stopListening();
    });
  }

  /**
   * Fetches everything, checks it against its head, this device's pin, and `checkHead`; only then raises the pin
   * (FORMAT §7.1). `pin` was read before the first request.
   */
  static async load(
    login: KeyedLogin, pin: Pin | null, checkHead: (head: Head) => Promise<void>, onStep: OnStep,
  ): Promise<Unlocked> {
    const { service, keyring, vaultId, platform, handle } = login;
    onStep('open');
    const { contents, root } = await withRoot(async () => {
      const whole = await readVault(service, keyring, pin);
      await checkHead(whole.head);
      return { contents: whole };
    }, (container) => readRecords(service, keyring, container));
    const pins = new Pins(platform.store);
    const log = await checkLog(service, await pins.log(vaultId), contents.head.audit);
    await pins.accept(contents.seen, log);
    await pins.bind(handle, vaultId, platform.now());
    const unlocked = new Unlocked(login, contents, root, log);
    await unlocked.keepResume();
    return unlocked;
  }

  /** Another tab has locked, or erased a whole vault. */
  async #hear(erased: string | null): Promise<void> {
    const { platform, vaultId } = this.login;
    if (erased === null) return this.gate.end('elsewhere');
    if (erased !== vaultId) return undefined;
    await this.gate.end('erased');
    // A draft of this tab may have been sealed while the other one forgot.
    return forgetVault(platform, vaultId);
  }

  /** A copy, so that dropping the keys cannot pull it from under a seal. */
  vaultKey(): Bytes {
    this.gate.check();
    return this.login.vaultKey.slice();
  }

  /** What a refresh of the page needs; to be kept anew when the slot of this login changes. */
  async keepResume(): Promise<void> {
    const { platform, handle, vaultId, loginId, idleSeconds, share } = this.login;
    const value = await sealResume(share, idBytes(vaultId), idBytes(loginId), this.vaultKey(), idBytes(this.slotId));
    this.gate.check();
    keepResume(platform.tab, { handle, vaultId, loginId, idleSeconds, value });
  }

  moment(): Moment {
    const { platform } = this.login;
    return { ms: platform.now(), serviceMs: this.now(), zone: platform.zone() };
  }

  /** Milliseconds since 1970 by the service's clock. */
  now(): number {
    return this.login.platform.service.transport.clock.now();
  }

  /** Tells of every change to the contents, from here or elsewhere: the ids of the containers. */
  onChanged(listener: (ids: readonly string[]) => void): void {
    this.#listeners.add(listener);
  }

  session(id: string): OpenSession {
    const session = this.contents.containers.get(id);
    if (!isSession(session)) throw this.#notThere(id);
    return session;
  }

  /** Throws NotFoundError for a container that is not there any more. */
  checkThere(id: string): void {
    if (!this.contents.containers.has(id)) throw this.#notThere(id);
  }

  #notThere(id: string): NotFoundError {
    if (this.#erased.has(id)) return new NotFoundError('This session was erased. What you wrote and did not save is kept here; save it in another session.', 'erased');
    return new NotFoundError('This session is not in the vault. Choose another one.', 'not_found');
  }

  /** Takes in what other devices wrote; returns the ids of the containers that changed, or were erased. */
  async catchUp(): Promise<string[]> {
    const { containers, gone } = await this.#takeIn();
    return [...containers.keys(), ...gone];
  }

  /** The records of a container at its current version. */
  async records(id: string): Promise<OpenRecords> {
    const { service, keyring } = this.login;
    if (id === this.login.vaultId) return this.root.records;
    for (let attempt = 0; attempt < MAX_RESTARTS; attempt += 1) {
      const container = this.#container(id);
      if (this.#records?.containerId === id && this.#records.version === container.version) return this.#records;
      const [records, missing] = await readRecords(service, keyring, container).then((read) => [read, null], whenMissing);
      this.#records = records;
      if (records !== null) return records;
      // Written to by another device, or erased.
      await this.catchUp();
      if (this.#container(id).version === container.version) throw missing ?? new IntegrityError('a container that no head knows');
    }
    throw new ConflictError('Another device keeps writing in this session. Try again in a moment.', 'stale');
  }

  #container(id: string): OpenContainer {
    const container = this.contents.containers.get(id);
    if (container === undefined) throw this.#notThere(id);
    return container;
  }

  /** After a commit: what it wrote needs not be fetched again, unless another device wrote there since. */
  #keepRecords(written: Prepared['records']): void {
    for (const [containerId, fresh] of written) {
      const before = this.#records?.containerId === containerId ? this.#records : null;
      const after = withWritten(this.#container(containerId), before, fresh);
      if (after !== null) this.#records = after;
    }
  }

  /** Like `commit`, when its turn has come. */
  act(plan: () => Promise<Edits | null>): Promise<void> {
    return this.gate.inTurn(() => this.commit(plan));
  }

  /**
   * Carries out what `plan` makes of the contents: sends it, reads it back, takes it in. When another device wrote
   * first, the plan is asked again over the newer contents; null means that there is nothing left to do.
   */
  async commit(plan: () => Promise<Edits | null>): Promise<void> {
    for (let attempt = 0; attempt < MAX_REBASES; attempt += 1) {
      const edits = await plan();
      if (edits === null) return;
      const prepared = await prepareCommit(this.login.keyring, this.contents, edits, this.log);
      if (await this.#send(prepared)) {
        await this.#confirm(prepared);
        return this.#keepRecords(prepared.records);
      }
      const { seq } = this.contents.seen;
      await this.catchUp();
      // Else a lying server could collect as many different commits of one number as it likes.
      if (this.contents.seen.seq === seq) throw new IntegrityError('stale without a newer head');
    }
    throw new ConflictError('Other devices keep writing. Try again in a moment.', 'stale');
  }

  /** False when another device wrote first. Without an answer the same bytes go once more (PROTOCOL §6). */
  async #send({ body, seq, headHash }: Prepared): Promise<boolean> {
    try {
      const result = await twice(async () => {
        this.gate.check();
        return this.login.service.commit(body);
      });
      if (result.seq !== seq || !equal(result.head_hash, headHash)) throw new IntegrityError('answer to a commit');
      return true;
    } catch (error) {
      if (error instanceof StaleError) return false;
      throw error;
    }
  }

  /** Reads an erasure back that was ordered here, as a commit is; by it the containers `gone` went. */
  async takeInErasure({ seq, headHash }: Pick<Prepared, 'seq' | 'headHash'>, gone: readonly string[]): Promise<void> {
    await this.#confirm({ seq, headHash, records: new Map() }, gone);
  }

  /** Reads the acknowledged commit back: a server that only says "stored" is caught before the writer reads "saved". */
  async #confirm(prepared: Omit<Prepared, 'body'>, gone: readonly string[] | null = null): Promise<void> {
    const { seq, headHash } = prepared;
    await this.#takeIn(({ seen, hashes: [stored] }) => {
      if (seen.seq < seq || stored === undefined || !equal(stored, headHash)) throw new RollbackError(`commit ${seq} was acknowledged and is not there`);
    }, prepared, gone);
  }

  /**
   * Fetches the changes, checks them, and adopts them with the root's records. `own` is a commit that is among them;
   * `erased` are the containers that went with it, null when it is no erasure.
   */
  async #takeIn(
    alsoCheck: (moved: Moved) => void = () => undefined, own?: Pick<Prepared, 'records'>, erased: readonly string[] | null = null,
  ): Promise<Moved> {
    const { moved, contents, root } = await withRoot(async () => {
      const found = await this.#fetchMove(alsoCheck, erased);
      return { moved: found, contents: isStill(this.contents, found) ? this.contents : stepTo(this.contents, found) };
    }, (container) => this.#nextRoot(container, own), this.root);
    if (moved.seen.seq > this.contents.seen.seq) await this.pins.accept(moved.seen);
    this.contents = contents;
    this.root = root;
    for (const id of moved.gone) this.#erased.add(id);
    if (this.#records !== null && moved.gone.includes(this.#records.containerId)) this.#records = null;
    const ids = [...moved.containers.keys(), ...moved.gone];
    if (ids.length > 0) for (const listener of this.#listeners) listener(ids);
    return moved;
  }

  /** The changes since the contents, checked against these and against what other tabs saw. */
  async #fetchMove(alsoCheck: (moved: Moved) => void, erased: readonly string[] | null): Promise<Moved> {
    const { service, keyring, vaultId } = this.login;
    const base = this.contents.seen;
    // Before the request: another tab may raise the pin while the answer is on its way.
    const pin = await this.pins.pin(vaultId);
    this.gate.check();
    const { containers } = this.contents;
    const step = await readChanges(service, keyring, containers, base.seq, base.seq + (erased === null ? 0 : 1));
    const moved = step === null ? await readWithout(service, keyring, containers, base.seq) : { ...step, gone: erased ?? [] };
    alsoCheck(moved);
    await checkAdvance(base, moved.seen, moved.hashes);
    checkAlong(pin, base, moved.seen, moved.hashes);
    return moved;
  }

  /** The records of the root as it is after a move, from memory where that is all of them. */
  async #nextRoot(container: OpenContainer, own: Pick<Prepared, 'records'> | undefined): Promise<OpenRecords | null> {
    const { records } = this.root;
    if (container.version === records.version) return records;
    return withWritten(container, records, own?.records.get(container.id) ?? [])
      ?? readRecords(this.login.service, this.login.keyring, container);
  }

  /** Whether a slot is the one this login was opened with. */
  isCurrentSlot(id: Bytes): boolean {
    return toHex(id) === this.slotId;
  }
}
