import {
  HostileDataError, InkvaultError, keptErasures, knownHandles, leaveErasure, LockedError, resumableHandle, UnavailableError, Vault,
  type Authority, type CreateOptions, type ErasurePlan, type Fingerprint, type LockReason, type OnProgress, type OnStep, type Ordered, type Secret,
} from '../../client/vault.ts';
import { deviceNow } from './clock.ts';
import { Desk } from './desk.ts';
import { IdleWatch } from './idle.ts';
import { remember, settings } from './settings.ts';
import { Store } from './store.ts';
import { timed } from './timing.ts';

export type Scene =
  | { readonly name: 'opening' }
  | { readonly name: 'unreachable'; readonly why: string }
  | { readonly name: 'welcome' }
  /** `restores`: the new vault is for a backup, or for what another tool has exported. */
  | { readonly name: 'create'; readonly restores: boolean }
  | { readonly name: 'unlock'; readonly notice: string | null }
  | { readonly name: 'recovery'; readonly key: string; readonly purpose: 'created' | 'replaced' }
  | { readonly name: 'desk' }
  /** An erasure that was ordered here: how far it is, then its certificate. With or without an open vault. */
  | { readonly name: 'erasure'; readonly ordered: Ordered }
  | { readonly name: 'trouble'; readonly error: HostileDataError };

export interface AppView {
  readonly scene: Scene;
  /** The vault name to offer when unlocking. */
  readonly handle: string;
  /** What a screen reader is told next. */
  readonly announcement: string;
  /** Inkvault locks within the last minute unless the writer moves. */
  readonly nearLock: boolean;
  /** The service has ended the login; the writer is still typing. */
  readonly ended: boolean;
  /** To be compared with another device, until the writer has seen it. */
  readonly newDevice: Fingerprint | null;
  /** The recovery key opened the vault: the passphrase may be lost, so a new one is offered. */
  readonly offerPassphrase: boolean;
  /** An erasure that the writer has left for the desk: how it goes, and its certificate, can be looked at again. */
  readonly waiting: Ordered | null;
}

/** Milliseconds without a keystroke that count as a pause in typing. */
const TYPING_PAUSE = 10_000;

/** One sentence for the writer, whatever was thrown. */
export function sentence(error: unknown): string {
  if (error instanceof InkvaultError) return error.message;
  console.error(error);
  return 'Something went wrong in this page. What you wrote is kept; reload the page and try again.';
}

function minutes(count: number): string {
  return count === 1 ? 'a minute' : `${count} minutes`;
}

/** The page as a whole: which scene is shown, and the way in and out of a vault. */
class App {
  readonly view = new Store<AppView>({
    scene: { name: 'opening' },
    handle: '',
    announcement: '',
    nearLock: false,
    ended: false,
    newDevice: null,
    offerPassphrase: false,
    waiting: null,
  });
  desk: Desk | null = null;
  #idle: IdleWatch | null = null;
  /** Once its recovery key is confirmed, the new vault asks what to bring in. */
  #restores = false;
  #locking: Promise<void> = Promise.resolve();
  /** Resolves when the drafts of the desk that was cleared last are sealed. */
  #sealed: Promise<void> = Promise.resolve();

  /** Called once. Comes back to an open vault after a refresh, else shows the way in. */
  async start(): Promise<void> {
    window.addEventListener('pagehide', () => this.#hide());
    window.addEventListener('pageshow', (event) => {
      if (event.persisted) location.reload();
    });
    await this.resume();
  }

  async resume(): Promise<void> {
    this.#show({ name: 'opening' });
    try {
      const [handles, kept] = await Promise.all([knownHandles(), keptErasures()]);
      this.view.set({ handle: resumableHandle() ?? handles[0] ?? '' });
      // Its vault is gone: nobody can come to the certificate by unlocking.
      const ended = kept.find(({ whole }) => whole);
      if (ended !== undefined) return this.#show({ name: 'erasure', ordered: ended });
      const vault = await Vault.resume();
      if (vault !== null) return await this.#enter(vault);
      this.gate();
    } catch (error) {
      if (error instanceof HostileDataError) this.#trouble(error);
      else if (error instanceof UnavailableError) this.#show({ name: 'unreachable', why: error.message });
      else this.gate(sentence(error));
    }
  }

  /** Where a writer begins who has no open vault: at the lock, or on a first visit at the welcome. */
  gate(notice: string | null = null): void {
    this.#show(this.view.value.handle === '' && notice === null ? { name: 'welcome' } : { name: 'unlock', notice });
  }

  toStart(): void {
    this.view.set({ handle: '' });
    this.#show({ name: 'welcome' });
  }

  toCreate(restores = false): void {
    this.#restores = restores;
    this.#show({ name: 'create', restores });
  }

  toUnlock(): void {
    this.#show({ name: 'unlock', notice: null });
  }

  async create(options: CreateOptions, onStep: OnStep): Promise<void> {
    await this.#trusting(options.handle, async () => {
      const { vault, recoveryKey } = await Vault.create({ ...options, idleSeconds: settings.value.idleMinutes * 60 }, onStep);
      remember({ recoveryOwed: vault.vaultId });
      await this.#hold(vault);
      this.#show({ name: 'recovery', key: recoveryKey, purpose: 'created' });
    });
  }

  async unlock(handle: string, secret: Secret, onStep: OnStep): Promise<void> {
    await this.#locking;
    const idleSeconds = settings.value.idleMinutes * 60;
    await this.#trusting(handle, async () => {
      const vault = await Vault.unlock({ handle, secret, idleSeconds }, timed(onStep));
      this.view.set({ newDevice: vault.newDevice, offerPassphrase: secret.kind === 'recovery' });
      await this.#enter(vault);
      this.desk?.reminders.bringUp(settings.value.backupLater);
    });
  }

  /** Shows a new recovery key, once. */
  showRecoveryKey(key: string): void {
    void this.desk?.keep();
    if (this.desk !== null) remember({ recoveryOwed: this.desk.vault.vaultId });
    this.#show({ name: 'recovery', key, purpose: 'replaced' });
  }

  recoveryConfirmed(): void {
    remember({ recoveryOwed: '' });
    this.#show({ name: 'desk' });
    if (this.#restores) this.desk?.ask('import');
    this.#restores = false;
  }

  /** Orders an erasure of the open vault, and shows how it goes. After the whole vault there is none open any more. */
  async erase(plan: ErasurePlan, authority: Authority, onProgress: OnProgress): Promise<void> {
    const { desk } = this;
    if (desk === null) return;
    const ordered = await desk.vault.orderErasure(plan, authority, onProgress);
    // The order stands, whatever the desk has trouble with.
    if (this.desk === desk) await desk.erased(plan.sessions.map(({ id }) => id)).catch((error: unknown) => desk.complain(error));
    if (this.view.value.scene.name !== 'trouble') this.showErasure(ordered);
  }

  /** To the desk, while an erasure goes on. */
  toDesk(waiting: Ordered): void {
    this.view.set({ waiting });
    this.#show({ name: 'desk' });
  }

  showErasure(ordered: Ordered): void {
    this.view.set({ waiting: null });
    this.#show({ name: 'erasure', ordered });
  }

  /** From an erasure back to where the writer can go on; its certificate is theirs, or was left. */
  async leaveErasure(ordered: Ordered): Promise<void> {
    await leaveErasure(ordered).catch(() => undefined);
    if (this.desk !== null) this.#show({ name: 'desk' });
    else await this.resume();
  }

  dismissNewDevice(): void {
    this.view.set({ newDevice: null });
  }

  dismissOffer(): void {
    this.view.set({ offerPassphrase: false });
  }

  announce(text: string): void {
    this.view.set({ announcement: text });
  }

  /** Locks every tab of this browser. */
  async lock(): Promise<void> {
    await this.#close('Locked. Unlock to go on where you were.', (vault) => vault.lock());
  }

  /** The limit was changed in the settings. The server learns of it at the next unlock. */
  limitChanged(): void {
    this.#idle?.setLimit(this.#limit());
  }

  fault(error: unknown): string {
    if (error instanceof HostileDataError) this.#trouble(error);
    else if (error instanceof LockedError) void this.#ended();
    return sentence(error);
  }

  async #enter(vault: Vault): Promise<void> {
    const desk = await this.#hold(vault);
    const ordered = (await keptErasures().catch(() => [])).find(({ vaultId }) => vaultId === vault.vaultId);
    // What opening the last session brought to light may have closed the desk again.
    if (this.desk === desk) this.#show(ordered === undefined ? { name: 'desk' } : { name: 'erasure', ordered });
  }

  async #hold(vault: Vault): Promise<Desk> {
    const desk: Desk = new Desk(vault, {
      onFault: (error) => this.fault(error),
      // A title must not be heard after the lock.
      onSay: (text) => this.desk === desk && this.announce(text),
    });
    this.desk = desk;
    this.view.set({ handle: vault.handle, nearLock: false, ended: false });
    vault.onLocked((reason) => this.#onLocked(reason));
    this.#idle = new IdleWatch(this.#limit(), {
      onWarn: (nearLock) => this.view.set({ nearLock }),
      onExpire: () => void this.#close(`Locked after ${minutes(settings.value.idleMinutes)} of quiet. Unlock to go on where you were.`, (left) => left.leave()),
      onHeartbeat: () => void vault.heartbeat().catch((error: unknown) => this.fault(error)),
    });
    await desk.start();
    return desk;
  }

  #limit(): number {
    const { idleMinutes } = settings.value;
    return Math.min(idleMinutes * 60, this.desk?.vault.idleSeconds ?? 300) * 1000;
  }

  /** What is returned is waited for by the facade, which then drops the keys. */
  async #onLocked(reason: LockReason): Promise<void> {
    if (this.desk !== null && reason === 'erased') this.#erased(this.desk);
    else if (this.desk !== null && reason === 'ended') await this.#ended();
    else if (this.desk !== null) this.#clear(this.desk, 'Locked in another tab. Unlock to go on where you were.');
    await this.#sealed;
  }

  /** The whole vault is gone, by this tab or another one: nothing of it is kept, not even what was not saved. */
  #erased(desk: Desk): void {
    if (settings.value.recoveryOwed === desk.vault.vaultId) remember({ recoveryOwed: '' });
    this.view.set({ handle: '' });
    this.#clear(desk, 'The whole vault was erased.', Promise.resolve());
  }

  /** A login that ended on the server never cuts into a sentence: the page locks at the next pause. */
  async #ended(): Promise<void> {
    const { desk } = this;
    while (desk !== null && this.desk === desk) {
      const pause = Math.max(desk.pen.lastTyped, desk.forms.lastTyped) + TYPING_PAUSE - deviceNow();
      if (pause <= 0) return await this.#close('The server has ended this login. Unlock to go on where you were.', (vault) => vault.leave());
      this.view.set({ ended: true });
      await new Promise((resolve) => window.setTimeout(resolve, pause));
    }
  }

  /** Hostile data has a scene of its own, about the vault of that name; any other error is for whoever asked. */
  async #trusting(handle: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof HostileDataError)) throw error;
      this.view.set({ handle });
      this.#trouble(error);
    }
  }

  #trouble(error: HostileDataError): void {
    void this.#close(null, (vault) => vault.leave());
    this.#show({ name: 'trouble', error });
  }

  /** Text leaves the page, and what a refresh could resume the browser, at once; keys go when the drafts are sealed. */
  async #close(notice: string | null, end: (vault: Vault) => Promise<void>): Promise<void> {
    const { desk } = this;
    if (desk === null) return;
    const { ended } = this.view.value;
    this.#clear(desk, notice);
    // Of a login that has ended already the facade drops the keys at once.
    this.#locking = ended ? this.#sealed.then(() => end(desk.vault)) : end(desk.vault);
    await this.#locking;
  }

  /** Notes where the writer is, begins to seal the drafts, and takes all text off the page. */
  #clear(desk: Desk, notice: string | null, sealed = desk.keep()): void {
    this.#restores = false;
    this.#sealed = sealed;
    desk.stop();
    this.#idle?.stop();
    this.desk = null;
    this.view.set({ nearLock: false, ended: false, newDevice: null, offerPassphrase: false, waiting: null, announcement: '' });
    this.#show({ name: 'unlock', notice });
  }

  /** The page is left: what can still be sealed is, and what the browser may keep of the page is empty. */
  #hide(): void {
    void this.desk?.keep();
    if (this.desk !== null) this.#show({ name: 'opening' });
  }

  #show(scene: Scene): void {
    this.view.set({ scene });
  }
}

export const app = new App();
