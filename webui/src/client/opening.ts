/** The three ways to an unlocked vault: make one, unlock one, come back after a refresh. */
import { equal, fromHex, toHex, type Bytes } from '../core/bytes.ts';
import { HostileDataError, InkvaultError, IntegrityError, LockedError, UsageError } from '../errors.ts';
import type { Head } from '../core/head.ts';
import { Keyring } from '../core/keyring.ts';
import { openResume } from '../core/resume.ts';
import { checkNewPassphrase, normaliseHandle } from '../core/text.ts';
import { ID_BYTES } from '../wire/limits.ts';
import { prepareVault, type Creation } from './creation.ts';
import { askChallenge, cookieTerms, logIn, prove, type Proof } from './login.ts';
import { Pins } from './pins.ts';
import type { Platform } from './platform.ts';
import { readResume } from './resume-store.ts';
import { checkSlotInHead, upgradeWeakSlot } from './slots.ts';
import { LostAnswerError, twice } from './transport.ts';
import { asTyped } from './typed.ts';
import type { CreateOptions, OnStep, UnlockOptions } from './types.ts';
import { Unlocked, type KeyedLogin } from './unlocked.ts';

export interface Opened {
  readonly unlocked: Unlocked;
  /** This device had no pin: there was nothing to compare with (FORMAT §7.1 rule 4). */
  readonly isNewDevice: boolean;
}

export async function unlockVault(platform: Platform, options: UnlockOptions, onStep: OnStep): Promise<Opened> {
  const { secret } = options;
  const terms = cookieTerms(options.idleSeconds);
  const handle = await asTyped(() => normaliseHandle(options.handle));
  const proof = await prove(platform, handle, secret, terms, onStep);
  const opened = await enter(platform, handle, proof, onStep);
  try {
    await upgradeWeakSlot(opened.unlocked, proof, secret, onStep);
  } catch (error) {
    // The old slot still opens the vault; the next unlock tries again. A lie ends everything, here as elsewhere.
    if (!(error instanceof InkvaultError) || error instanceof HostileDataError) throw error;
  }
  return opened;
}

/** null when there is nothing to resume, or the login has ended. */
export async function resumeVault(platform: Platform, onStep: OnStep): Promise<Opened | null> {
  const record = readResume(platform.tab);
  if (record === null) return null;
  const { handle, vaultId, loginId, idleSeconds } = record;
  const service = platform.service.as({ carrier: 'cookie', loginId });
  onStep('login');
  const login = await service.current().catch((error: unknown) => {
    if (error instanceof LockedError) return null;
    throw error;
  });
  if (login === null) {
    platform.tab.clear();
    return null;
  }
  if (login.login_id !== loginId || login.vault_id !== vaultId) throw new IntegrityError('another login');
  if (login.idle_seconds > idleSeconds) throw new IntegrityError('idle limit');
  const [share, vault] = [login.resume_share, fromHex(vaultId, ID_BYTES)];
  const { vaultKey, slotId } = await openResume(share, vault, fromHex(loginId, ID_BYTES), record.value);
  if (toHex(slotId) !== login.slot_id) {
    // The page went away between a change of this slot and the note of it: the writer unlocks.
    vaultKey.fill(0);
    platform.tab.clear();
    return null;
  }
  const access = { service, handle, vaultId, slotId: login.slot_id, loginId, share, idleSeconds: login.idle_seconds };
  return load(platform, access, vaultKey, async (head) => {
    if (!head.slots.some((entry) => equal(entry.id, slotId))) throw new IntegrityError('slot not in the head');
  }, onStep);
}

/** A vault that was sent while its answer was lost: asking for the same again must not make another one. */
let unfinished: { readonly handle: string; readonly passphrase: string; readonly creation: Creation } | null = null;

export async function createVault(
  platform: Platform, options: CreateOptions, onStep: OnStep,
): Promise<{ unlocked: Unlocked; recoveryKey: string }> {
  const { passphrase } = options;
  const terms = cookieTerms(options.idleSeconds);
  const handle = await asTyped(() => normaliseHandle(options.handle));
  await asTyped(() => checkNewPassphrase(passphrase));
  onStep('derive');
  const isSame = unfinished?.handle === handle && unfinished.passphrase === passphrase;
  const creation = isSame && unfinished !== null ? unfinished.creation : await prepareVault(platform, handle, passphrase);
  const pins = new Pins(platform.store);
  const bound = await pins.binding(handle);
  if (bound !== null && bound !== creation.pin.vaultId) {
    throw new UsageError('This device knows a vault of this name. Unlock it, or forget it on this device first.');
  }
  unfinished = { handle, passphrase, creation };
  try {
    onStep('store');
    await store(platform, creation);
    await pins.bind(handle, creation.pin.vaultId, platform.now());
    await pins.accept(creation.pin);
    const challenge = await askChallenge(platform, handle);
    const header = challenge.headers.find((one) => equal(one.slotId, creation.slot.slotId));
    if (header === undefined) throw new IntegrityError('no slot of the new vault');
    const proof = await logIn(platform, challenge, header, creation.slot.keys, terms, onStep);
    const { unlocked } = await enter(platform, handle, proof, onStep);
    unfinished = null;
    return { unlocked, recoveryKey: creation.recoveryKey };
  } catch (error) {
    if (!(error instanceof LostAnswerError)) unfinished = null;
    throw error;
  }
}

/** Without an answer the same bytes go once more: the service gives the same answer again (PROTOCOL §5). */
async function store({ service }: Platform, { body, pin }: Creation): Promise<void> {
  const result = await twice(() => service.createVault(body));
  if (result.seq !== 1 || !equal(result.head_hash, pin.headHash)) throw new IntegrityError('answer to a new vault');
}

async function enter(platform: Platform, handle: string, proof: Proof, onStep: OnStep): Promise<Opened> {
  const { login, vaultKey, vaultId, header } = proof;
  const access = {
    service: platform.service.as({ carrier: 'cookie', loginId: login.login_id }),
    handle,
    vaultId: toHex(vaultId),
    slotId: toHex(header.slotId),
    loginId: login.login_id,
    share: login.resume_share,
    idleSeconds: login.idle_seconds,
  };
  return load(platform, access, vaultKey, (head) => checkSlotInHead(head, proof), onStep);
}

async function load(
  platform: Platform, rest: Omit<KeyedLogin, 'platform' | 'keyring' | 'vaultKey'>, vaultKey: Bytes,
  checkHead: (head: Head) => Promise<void>, onStep: OnStep,
): Promise<Opened> {
  try {
    const pin = await new Pins(platform.store).pin(rest.vaultId);
    const keyring = await Keyring.derive(fromHex(rest.vaultId, ID_BYTES), vaultKey);
    const unlocked = await Unlocked.load({ platform, keyring, vaultKey, ...rest }, pin, checkHead, onStep);
    // Only a kindness of the browser: drafts are kept either way, until it needs the room.
    void platform.persist().catch(() => undefined);
    return { unlocked, isNewDevice: pin === null };
  } catch (error) {
    vaultKey.fill(0);
    throw error;
  }
}
