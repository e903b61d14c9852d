/** From a name and a secret to a login and the vault key (PROTOCOL §4, FORMAT §3 and §9 steps 1 and 2). */
import { equal, fromHex, isZero, toHex, type Bytes } from '../core/bytes.ts';
import { FormatError, IntegrityError, LockedError, UnlockError, UsageError } from '../errors.ts';
import { passphraseSecret, prfInput } from '../core/kdf.ts';
import { openSlot, parseSlotHeader, SlotKeys, type SlotHeader } from '../core/keyslot.ts';
import { SlotKind } from '../core/params.ts';
import { decodeRecoveryKey } from '../core/recovery.ts';
import { passphraseBytes } from '../core/text.ts';
import type { Challenge, Login } from '../wire/answers.ts';
import { DEFAULT_IDLE_SECONDS, ID_BYTES, MAX_IDLE_SECONDS, MIN_IDLE_SECONDS } from '../wire/limits.ts';
import { knownPasskeys } from './passkey-book.ts';
import { Pins } from './pins.ts';
import type { Platform } from './platform.ts';
import { checkBinding } from './trusted-state.ts';
import { asTyped } from './typed.ts';
import type { OnStep, Secret } from './types.ts';

/** A challenge whose vault is the one expected and whose slot headers are in bounds. */
interface CheckedChallenge {
  readonly challenge: Challenge;
  readonly vaultId: Bytes;
  readonly headers: readonly SlotHeader[];
}

/** A secret that opened a slot, and the login it made. */
export interface Proof {
  readonly vaultId: Bytes;
  /** Known to be the vault's own, because a slot opened with it. */
  readonly vaultSalt: Bytes;
  readonly header: SlotHeader;
  readonly keys: SlotKeys;
  readonly vaultKey: Bytes;
  readonly login: Login;
}

interface LoginTerms {
  readonly carrier: 'cookie' | 'bearer';
  readonly idleSeconds: number;
}

export function cookieTerms(idleSeconds = DEFAULT_IDLE_SECONDS): LoginTerms {
  if (!Number.isInteger(idleSeconds) || idleSeconds < MIN_IDLE_SECONDS || idleSeconds > MAX_IDLE_SECONDS) {
    throw new UsageError('The idle limit is one minute to one hour. Choose another one.');
  }
  return { carrier: 'cookie', idleSeconds };
}

/** `handle` is normalised. Nothing is sent after the first thing that is not as it must be. */
export async function prove(platform: Platform, handle: string, secret: Secret, terms: LoginTerms, onStep: OnStep): Promise<Proof> {
  await asTyped(() => checkSpelling(secret));
  onStep('challenge');
  const checked = await askChallenge(platform, handle);
  onStep('derive');
  const { header, value } = await pickSlot(platform, handle, secret, checked);
  const keys = await SlotKeys.derive(value, header.vaultId, header.slotId);
  value.fill(0);
  return logIn(platform, checked, header, keys, terms, onStep);
}

/** Says at once, and without asking the service, when a secret cannot be one. */
async function checkSpelling(secret: Secret): Promise<void> {
  if (secret.kind === 'passphrase') passphraseBytes(secret.text);
  if (secret.kind === 'recovery') await decodeRecoveryKey(secret.text);
}

/** `handle` is normalised. */
export async function askChallenge(platform: Platform, handle: string): Promise<CheckedChallenge> {
  const bound = await new Pins(platform.store).binding(handle);
  const challenge = await platform.service.challenge(handle);
  checkBinding(bound, challenge.vault_id);
  const vaultId = fromHex(challenge.vault_id, ID_BYTES);
  const headers = challenge.slots.map(parseSlotHeader);
  const ids = new Set(headers.map((header) => toHex(header.slotId)));
  const ours = headers.every((header) => equal(header.vaultId, vaultId));
  if (isZero(vaultId) || !ours || headers.length === 0 || ids.size !== headers.length) throw new FormatError('slot headers');
  return { challenge, vaultId, headers };
}

async function pickSlot(
  platform: Platform, handle: string, secret: Secret, { challenge, vaultId, headers }: CheckedChallenge,
): Promise<{ header: SlotHeader; value: Bytes }> {
  switch (secret.kind) {
    case 'passphrase': {
      const header = newest(headers, SlotKind.PASSPHRASE);
      const value = await passphraseSecret(secret.text, handle, challenge.vault_salt, header.params, platform.argon2id);
      return { header, value };
    }
    case 'recovery':
      return { header: newest(headers, SlotKind.RECOVERY), value: await decodeRecoveryKey(secret.text) };
    case 'passkey':
      return askPasskey(platform, vaultId, headers.filter((header) => header.kind === SlotKind.PASSKEY));
  }
}

/** There is one slot of these kinds; were there more, the last one made counts. */
function newest(headers: readonly SlotHeader[], kind: SlotKind): SlotHeader {
  const [header] = headers.filter((one) => one.kind === kind).sort((a, b) => b.epoch - a.epoch);
  if (header === undefined) throw new UnlockError();
  return header;
}

async function askPasskey(
  platform: Platform, vaultId: Bytes, headers: readonly SlotHeader[],
): Promise<{ header: SlotHeader; value: Bytes }> {
  if (headers.length === 0) throw new UnlockError();
  const known = (await knownPasskeys(platform.store, toHex(vaultId)))
    .filter(({ slotId }) => headers.some((header) => toHex(header.slotId) === slotId));
  const answer = await platform.passkeys.get(await prfInput(vaultId), known.map(({ credentialId }) => credentialId));
  const slotId = answer.userHandle === null
    ? known.find(({ credentialId }) => equal(credentialId, answer.credentialId))?.slotId
    : slotOfUser(answer.userHandle, vaultId);
  const header = headers.find((one) => toHex(one.slotId) === slotId);
  if (header === undefined) throw new UnlockError();
  return { header, value: answer.output };
}

/** user.id = vault_id ‖ slot_id; a passkey of another vault is no secret of this one. */
function slotOfUser(userHandle: Bytes, vaultId: Bytes): string | undefined {
  if (userHandle.length !== 2 * ID_BYTES || !equal(userHandle.subarray(0, ID_BYTES), vaultId)) return undefined;
  return toHex(userHandle.subarray(ID_BYTES));
}

/** Signs the challenge, and opens the slot that comes back. */
export async function logIn(
  platform: Platform, { challenge, vaultId }: CheckedChallenge, header: SlotHeader, keys: SlotKeys, terms: LoginTerms,
  onStep: OnStep,
): Promise<Proof> {
  onStep('login');
  const { origin } = platform.service.transport;
  const signature = await keys.signLogin(origin, vaultId, header.slotId, challenge.challenge, challenge.expiry);
  const login = await refusedIsUnlockError(platform.service.login({
    vault_id: challenge.vault_id,
    slot_id: toHex(header.slotId),
    challenge: challenge.challenge,
    expiry: challenge.expiry,
    origin,
    signature,
    carrier: terms.carrier,
    idle_seconds: terms.idleSeconds,
  }));
  if ((login.token === null) !== (terms.carrier === 'cookie')) throw new FormatError('token');
  // A longer limit than asked for would keep the vault open longer than the writer wanted.
  if (login.idle_seconds > terms.idleSeconds) throw new IntegrityError('idle limit');
  return { vaultId, vaultSalt: challenge.vault_salt, header, keys, vaultKey: await openSlot(login.slot, header, keys), login };
}

async function refusedIsUnlockError<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw error instanceof LockedError ? new UnlockError() : error;
  }
}
