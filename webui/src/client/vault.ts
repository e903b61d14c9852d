/** The facade: everything the page does with a vault. Ids are 32 hexadecimal digits, times are milliseconds. */
import { randomId, toHex } from '../core/bytes.ts';
import { comparisonCode } from '../core/head.ts';
import { normaliseHandle } from '../core/text.ts';
import { checkCertified, readLog } from './auditing.ts';
import { changeSessions } from './changes.ts';
import { SealedForms } from './drafts-forms.ts';
import { SealedDrafts, SealedPlace } from './drafts.ts';
import * as erasing from './erasing/erasing.ts';
import type { Ordered } from './erasing/following.ts';
import type { Authority } from './erasing/ordering.ts';
import { mergeSessions } from './merging.ts';
import * as shelf from './notebooks.ts';
import { createVault, resumeVault, unlockVault, type Opened } from './opening.ts';
import { forgetPasskeys } from './passkey-book.ts';
import { Pins } from './pins.ts';
import { browserPlatform, type Platform } from './platform.ts';
import { Receiver } from './receiving.ts';
import { messagesOf } from './records.ts';
import { readResume } from './resume-store.ts';
import { newSearcher } from './search/searcher.ts';
import * as slots from './slots.ts';
import { SnapshotSource } from './snapshot-source.ts';
import { Summaries } from './summaries.ts';
import { asTyped } from './typed.ts';
import type {
  AuditView, CertificateView, CreateOptions, Drafts, ErasurePlan, ErasureSelection, Fingerprint, FormDrafts, LockListener, MessageView, Notebook, NotebookFields, OnProgress, OnStep, PlaceKeeper,
  Saving, Searcher, Secret, ServiceView, SessionChange, SessionSummary, SlotKindName, SlotView, Template, TemplateFields, Undo, UnlockOptions,
  VaultSettings, Whole, WholeOptions, WriteOptions,
} from './types.ts';
import type { Unlocked } from './unlocked.ts';
import * as writing from './writing.ts';

export * from '../errors.ts';
export * from './certificates.ts';
export { undoOf } from './changes.ts';
export { estimateStrength, newPassphrase } from './secrets.ts';
export type { Receiver } from './receiving.ts';
export type * from './types.ts';

const NO_STEPS: OnStep = () => undefined;

/** A fresh random id. */
export function newId(): string {
  return toHex(randomId());
}

/** Whether this browser and address can use passkeys. */
export function passkeysAvailable(platform: Platform = browserPlatform()): Promise<boolean> {
  return platform.passkeys.available();
}

/** Handles opened on this device before, latest first. */
export function knownHandles(platform: Platform = browserPlatform()): Promise<string[]> {
  return new Pins(platform.store).handles();
}

/** The name of the vault that a refresh of this tab would come back to. */
export function resumableHandle(platform: Platform = browserPlatform()): string | null {
  return readResume(platform.tab)?.handle ?? null;
}

/**
 * Drops what this device knows of a handle: its vault id, pin and passkeys. The next unlock is that of a new device.
 * Sealed drafts stay, for whoever can open them.
 */
export async function forgetHandle(handle: string, platform: Platform = browserPlatform()): Promise<void> {
  const name = await asTyped(() => normaliseHandle(handle));
  const vaultId = await new Pins(platform.store).forget(name);
  if (vaultId !== null) await forgetPasskeys(platform.store, vaultId);
}

/** What may be shown before unlocking. */
export async function serviceInfo(platform: Platform = browserPlatform()): Promise<ServiceView> {
  const { sign_up: signUp } = await platform.service.info();
  return { signUp };
}

/** An unlocked vault. After hostile data, or once locked, every operation throws; drafts are kept until the keys go. */
export class Vault {
  readonly handle: string;
  readonly vaultId: string;
  readonly idleSeconds: number;
  readonly drafts: Drafts;
  readonly forms: FormDrafts;
  readonly place: PlaceKeeper;
  readonly #unlocked: Unlocked;
  readonly #summaries: Summaries;
  readonly #source: SnapshotSource;
  #searcher: Searcher | null = null;

  private constructor(
    unlocked: Unlocked,
    /** Set when this device had no pin: to be shown, visibly (FORMAT §7.1). */
    readonly newDevice: Fingerprint | null,
  ) {
    const { handle, vaultId, idleSeconds } = unlocked.login;
    this.handle = handle;
    this.vaultId = vaultId;
    this.idleSeconds = idleSeconds;
    this.drafts = new SealedDrafts(unlocked);
    this.forms = new SealedForms(unlocked);
    this.place = new SealedPlace(unlocked);
    this.#unlocked = unlocked;
    this.#summaries = new Summaries(unlocked);
    this.#source = new SnapshotSource(unlocked);
  }

  /** The recovery key is shown once; nobody can ask for it again. */
  static async create(
    options: CreateOptions, onStep = NO_STEPS, platform = browserPlatform(),
  ): Promise<{ vault: Vault; recoveryKey: string }> {
    const { unlocked, recoveryKey } = await createVault(platform, options, onStep);
    return { vault: new Vault(unlocked, null), recoveryKey };
  }

  static async unlock(options: UnlockOptions, onStep = NO_STEPS, platform = browserPlatform()): Promise<Vault> {
    return Vault.#of(await unlockVault(platform, options, onStep));
  }

  /** After a refresh: null when there is nothing to resume or the login has ended. */
  static async resume(onStep = NO_STEPS, platform = browserPlatform()): Promise<Vault | null> {
    const opened = await resumeVault(platform, onStep);
    return opened && Vault.#of(opened);
  }

  static async #of({ unlocked, isNewDevice }: Opened): Promise<Vault> {
    return new Vault(unlocked, isNewDevice ? await fingerprintOf(unlocked) : null);
  }

  /** All of them, archived and trashed ones too; the latest activity first. What did not change is the same object. */
  sessions(): readonly SessionSummary[] {
    this.#unlocked.gate.check();
    return this.#summaries.all();
  }

  open(sessionId: string): Promise<MessageView[]> {
    return this.#inTurn(async () => messagesOf(await this.#unlocked.records(sessionId)));
  }

  /**
   * Resolves when the message is stored, read back and verified. Safe to repeat with the same recordId. A session that
   * has ended is resumed by it.
   */
  write(options: WriteOptions): Promise<{ sessionId: string }> {
    return writing.write(this.#unlocked, options);
  }

  /** Typing: moves a session that goes on, at most once a minute. */
  touch(sessionId: string): Promise<void> {
    return writing.touch(this.#unlocked, sessionId);
  }

  /** The earlier text is kept. */
  editMessage(sessionId: string, messageId: string, text: string): Promise<void> {
    return writing.editMessage(this.#unlocked, sessionId, messageId, text);
  }

  trashMessage(sessionId: string, messageId: string, trashed: boolean): Promise<Undo> {
    return writing.trashMessage(this.#unlocked, sessionId, messageId, trashed);
  }

  /** In one commit for up to 5,000 sessions, in several for more. */
  change(ids: readonly string[], change: SessionChange, onProgress?: OnProgress): Promise<Undo> {
    return changeSessions(this.#unlocked, ids, change, onProgress);
  }

  /** Copies the messages of `from` to the end of `into`, and puts `from` into the trash. Safe to repeat. */
  merge(into: string, from: string, onProgress?: OnProgress): Promise<Undo> {
    return mergeSessions(this.#unlocked, into, from, onProgress);
  }

  /** All of them, the archived and trashed ones too, by title. */
  notebooks(): Notebook[] {
    this.#unlocked.gate.check();
    return shelf.notebooksOf(this.#unlocked.root);
  }

  /** Makes a notebook, or changes one. Resolves to its id. Throws ConflictError when another device has changed the same. */
  saveNotebook(fields: NotebookFields, saving: Saving<NotebookFields> = {}): Promise<string> {
    return shelf.saveNotebook(this.#unlocked, fields, saving);
  }

  changeNotebook(id: string, change: { readonly archived?: boolean; readonly trashed?: boolean }): Promise<Undo> {
    return shelf.putAway(this.#unlocked, id, change);
  }

  /** The writer's own. */
  templates(): Template[] {
    this.#unlocked.gate.check();
    return shelf.templatesOf(this.#unlocked.root);
  }

  /** As `saveNotebook`; its id is the name of the template. */
  saveTemplate(fields: TemplateFields, saving: Saving<TemplateFields> = {}): Promise<string> {
    return shelf.saveTemplate(this.#unlocked, fields, saving);
  }

  trashTemplate(name: string): Promise<Undo> {
    return shelf.putAway(this.#unlocked, name, { trashed: true });
  }

  settings(): VaultSettings {
    this.#unlocked.gate.check();
    return shelf.settingsOf(this.#unlocked.root);
  }

  saveSettings(change: Partial<VaultSettings>): Promise<void> {
    return shelf.saveSettings(this.#unlocked, change);
  }

  /** When the last encrypted backup of everything was begun, as `now` tells it; null when none is known of. */
  backupAt(): number | null {
    this.#unlocked.gate.check();
    return this.#unlocked.root.backup()?.record.begunAt ?? null;
  }

  /** Lets all devices know of a backup of everything that was begun then, as `now` tells it, and read back since. */
  noteBackup(begunAt: number): Promise<void> {
    return shelf.noteBackup(this.#unlocked, begunAt);
  }

  /** Milliseconds since 1970 by the service's clock (FORMAT §5.5). */
  now(): number {
    return this.#unlocked.now();
  }

  /** Every session with its messages, each verified before it is given; by rising id, those being written to last. */
  readAll(
    onSession: (id: string, messages: readonly MessageView[]) => void, signal: AbortSignal, onProgress?: OnProgress,
  ): Promise<void> {
    return this.#unlocked.gate.run(() => this.#source.readAll(onSession, signal, onProgress));
  }

  /** What an export is made of: every session verified, in the trash or not, but for what `onFault` is told of. */
  readWhole(options: WholeOptions): Promise<Whole> {
    return this.#unlocked.gate.run(() => this.#source.readWhole(options));
  }

  /** What imports are taken in with. */
  receiver(): Receiver {
    this.#unlocked.gate.check();
    return new Receiver(this.#unlocked);
  }

  /** The writer's time zone, as payloads name it. */
  zone(): string {
    return this.#unlocked.login.platform.zone();
  }

  /** One for this vault; it ends with the lock. */
  searcher(): Searcher {
    this.#unlocked.gate.check();
    this.#searcher ??= this.#newSearcher();
    return this.#searcher;
  }

  #newSearcher(): Searcher {
    const { gate } = this.#unlocked;
    const source = this.#source;
    const searcher = newSearcher({
      sessions: () => this.sessions(),
      notebooks: () => this.notebooks(),
      digestOf: (id) => this.#unlocked.session(id).header.digest.value,
      chunks: (signal) => source.chunks(signal),
      expectation: (seq) => source.expectation(seq),
      messages: (id) => this.open(id),
      refused: (error) => source.refused(error),
    });
    this.#unlocked.onChanged((ids) => searcher.changed(ids.filter((id) => id !== this.vaultId)));
    gate.atClose(() => searcher.close());
    return searcher;
  }

  /**
   * Looks for commits of other devices; does not renew the login. `changed` are ids of sessions; `root` is whether notebooks,
   * templates or settings changed.
   */
  refresh(): Promise<{ changed: string[]; root: boolean }> {
    return this.#inTurn(async () => {
      const changed = await this.#unlocked.catchUp();
      return { changed: changed.filter((id) => id !== this.vaultId), root: changed.includes(this.vaultId) };
    });
  }

  /** Has the log say that an export or an import was made. Whoever makes one reports it once it is whole. */
  report(event: 'export' | 'import'): Promise<void> {
    return this.#inTurn(() => this.#unlocked.login.service.report(event));
  }

  /** The log of this vault, every entry of it verified. */
  auditLog(): Promise<AuditView> {
    return this.#inTurn(() => readLog(this.#unlocked));
  }

  /** Throws unless the log that a certificate of this vault names goes on in the one that the service shows now. */
  checkCertified(certificate: CertificateView): Promise<void> {
    return this.#inTurn(() => checkCertified(this.#unlocked, certificate));
  }

  /** Freezes what would go, to be shown; changes nothing. */
  planErasure(selection: ErasureSelection, signal: AbortSignal, onProgress?: OnProgress): Promise<ErasurePlan> {
    return erasing.plan(this.#unlocked, this.#source, selection, signal, onProgress);
  }

  /** Throws UnlockError when the secret does not open this vault. What it gives signs orders. */
  authorise(secret: Secret, onStep = NO_STEPS): Promise<Authority> {
    return erasing.authorise(this.#unlocked, secret, onStep);
  }

  /**
   * Orders what the plan says: when this resolves nobody can read it any more, and after the whole vault this one is
   * closed. Throws ConflictError of code `stale` when something changed since the plan. What is ordered is followed with `followErasure`.
   */
  orderErasure(plan: ErasurePlan, authority: Authority, onProgress: OnProgress = () => undefined): Promise<Ordered> {
    return erasing.order(this.#unlocked, plan, authority, onProgress);
  }

  /** Kinds of the secrets that open this vault; the one it was unlocked with first. */
  secretKinds(): SlotKindName[] {
    this.#unlocked.gate.check();
    const { slots: entries } = this.#unlocked.contents.head;
    const current = entries.find(({ id }) => this.#unlocked.isCurrentSlot(id));
    return [...new Set([...(current === undefined ? [] : [current.kind]), ...entries.map(({ kind }) => kind)])];
  }

  fingerprint(): Promise<Fingerprint> {
    return this.#inTurn(() => fingerprintOf(this.#unlocked));
  }

  slots(): Promise<SlotView[]> {
    return this.#inTurn(() => slots.viewSlots(this.#unlocked));
  }

  changePassphrase({ current, next }: { current: Secret; next: string }, onStep = NO_STEPS): Promise<void> {
    return this.#unlocked.gate.run(() => slots.changePassphrase(this.#unlocked, current, next, onStep));
  }

  /** The new recovery key; the old one opens nothing any more. */
  replaceRecoveryKey(): Promise<string> {
    return this.#unlocked.gate.run(() => slots.replaceRecoveryKey(this.#unlocked));
  }

  addPasskey(label: string): Promise<void> {
    return this.#unlocked.gate.run(() => slots.addPasskey(this.#unlocked, label));
  }

  removeSlot(id: string): Promise<void> {
    return this.#unlocked.gate.run(() => slots.removeSlot(this.#unlocked, id));
  }

  /** Throws UnlockError when the secret does not open this vault. */
  async checkSecret(secret: Secret, onStep = NO_STEPS): Promise<void> {
    await this.#unlocked.gate.run(() => slots.proveAgain(this.#unlocked, secret, onStep));
  }

  /** Renews the login. */
  heartbeat(): Promise<void> {
    return this.#unlocked.gate.run(() => this.#unlocked.login.service.heartbeat());
  }

  /** Ends the login of every tab of this browser. Never fails: keys are dropped even when the service is away. */
  async lock(): Promise<void> {
    const { gate, login } = this.#unlocked;
    if (!gate.hasLogin) return gate.end('here');
    const ended = login.service.end().catch(() => undefined);
    login.platform.channel.post();
    await gate.end('here');
    await ended;
  }

  /** Locks this tab alone, as when nobody was here for a while: the service ends its login after the idle limit. */
  async leave(): Promise<void> {
    await this.#unlocked.gate.end('here');
  }

  /** Returns the function that takes the listener off. */
  onLocked(listener: LockListener): () => void {
    return this.#unlocked.gate.onLocked(listener);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#unlocked.gate.inTurn(work);
  }
}

async function fingerprintOf({ contents: { seen }, login }: Unlocked): Promise<Fingerprint> {
  return { seq: seen.seq, code: await comparisonCode(login.keyring.vaultId, seen.seq, seen.headHash) };
}
