import type {
  CreateOptions, Drafts, Fingerprint, LockListener, MessageView, OnStep, PlaceKeeper, Secret, ServiceView,
  SessionSummary, SlotView, Strength, UnlockOptions, WriteOptions,
} from './types.ts';

export * from '../core/errors.ts';
export type * from './types.ts';

function notYet(..._args: readonly unknown[]): never {
  throw new Error('not built yet');
}

/** A fresh random id. */
export function newId(): string { return notYet(); }
/** Seven random words (BIP-39 English list, 77 bits). */
export function newPassphrase(): string { return notYet(); }
/** `hints`: words that make a passphrase weak here, as the vault name. Loads its dictionaries on first use. */
export async function estimateStrength(text: string, hints: readonly string[]): Promise<Strength> { return notYet(text, hints); }
/** Whether this browser and address can use passkeys. */
export async function passkeysAvailable(): Promise<boolean> { return notYet(); }
/** Handles opened on this device before, latest first. */
export async function knownHandles(): Promise<string[]> { return notYet(); }
/** Drops what this device knows of a handle: its vault id, pins and passkeys. The next unlock is that of a new device. */
export async function forgetHandle(handle: string): Promise<void> { return notYet(handle); }
/** What may be shown before unlocking. */
export async function serviceInfo(): Promise<ServiceView> { return notYet(); }

export class Vault {
  readonly handle: string = '';
  readonly vaultId: string = '';
  readonly idleSeconds: number = 300;
  /** Set when this device had no pin: to be shown, visibly (FORMAT §7.1). */
  readonly newDevice: Fingerprint | null = null;

  static async create(options: CreateOptions, onStep?: OnStep): Promise<{ vault: Vault; recoveryKey: string }> { return notYet(options, onStep); }
  static async unlock(options: UnlockOptions, onStep?: OnStep): Promise<Vault> { return notYet(options, onStep); }
  /** After a refresh: null when there is nothing to resume or the login has ended. */
  static async resume(onStep?: OnStep): Promise<Vault | null> { return notYet(onStep); }

  declare readonly drafts: Drafts;
  declare readonly place: PlaceKeeper;

  /** All sessions, latest first. */
  sessions(): SessionSummary[] { return notYet(); }
  async open(sessionId: string): Promise<MessageView[]> { return notYet(sessionId); }
  /** Resolves when the message is stored, read back and verified. Safe to repeat with the same recordId. */
  async write(options: WriteOptions): Promise<{ sessionId: string }> { return notYet(options); }
  /** null gives the title back to the opening of the first message. */
  async rename(sessionId: string, title: string | null): Promise<void> { return notYet(sessionId, title); }
  /** Looks for commits of other devices; does not renew the login. `changed` are ids of sessions. */
  async refresh(): Promise<{ changed: string[] }> { return notYet(); }
  async fingerprint(): Promise<Fingerprint> { return notYet(); }
  async slots(): Promise<SlotView[]> { return notYet(); }
  async changePassphrase(options: { current: string; next: string }, onStep?: OnStep): Promise<void> { return notYet(options, onStep); }
  /** The new recovery key; the old one opens nothing any more. */
  async replaceRecoveryKey(): Promise<string> { return notYet(); }
  async addPasskey(label: string): Promise<void> { return notYet(label); }
  async removeSlot(id: string): Promise<void> { return notYet(id); }
  /** Throws UnlockError when the secret does not open this vault. */
  async checkSecret(secret: Secret, onStep?: OnStep): Promise<void> { return notYet(secret, onStep); }
  /** Renews the login. */
  async heartbeat(): Promise<void> { return notYet(); }
  /** Ends the login of every tab of this browser. Never fails: keys are dropped even when the service is away. */
  async lock(): Promise<void> { return notYet(); }
  /** Returns the function that takes the listener off. */
  onLocked(listener: LockListener): () => void { return notYet(listener); }
}
