/** Changes and shows the slots of an unlocked vault (FORMAT §3, PROTOCOL §5). */
import { concat, equal, randomId, toHex, type Bytes } from '../core/bytes.ts';
import { ConflictError, IntegrityError, UsageError } from '../errors.ts';
import { kindNumber, type Head, type SlotEntry, type SlotKindName } from '../core/head.ts';
import { passphraseSecret, prfInput, sha256 } from '../core/kdf.ts';
import { parseSlotHeader, sealSlot, SlotKeys } from '../core/keyslot.ts';
import { isWeaker, NO_PARAMS, PROFILE, type KdfParams } from '../core/params.ts';
import { encodeRecoveryKey, newRecoveryKey } from '../core/recovery.ts';
import { checkNewPassphrase, codePoints } from '../core/text.ts';
import { MAX_SLOTS } from '../wire/limits.ts';
import type { NewSlot } from './commits.ts';
import { prove, type Proof } from './login.ts';
import { forgetPasskey, rememberPasskey } from './passkey-book.ts';
import { credentialsOf } from './service.ts';
import { asTyped } from './typed.ts';
import type { OnStep, Secret, SlotView } from './types.ts';
import type { Unlocked } from './unlocked.ts';

/** Code points of a slot's label. */
const MAX_LABEL = 100;

/** A slot to be: everything but its epoch, which depends on the head it is added to. */
export interface SlotPlan {
  readonly vaultId: Bytes;
  readonly slotId: Bytes;
  readonly kind: SlotKindName;
  readonly params: KdfParams;
  readonly keys: SlotKeys;
  readonly label: string;
  readonly createdAt: number;
}

/** `value` is the secret value of FORMAT §3.1; it is overwritten. */
export async function planSlot(
  { vaultId, value, ...rest }: Omit<SlotPlan, 'keys' | 'slotId'> & { readonly value: Bytes; readonly slotId?: Bytes },
): Promise<SlotPlan> {
  const slotId = rest.slotId ?? randomId();
  const keys = await SlotKeys.derive(value, vaultId, slotId);
  value.fill(0);
  return { ...rest, vaultId, slotId, keys };
}

export async function makeSlot({ vaultId, slotId, kind, params, keys, label, createdAt }: SlotPlan, epoch: number, vaultKey: Bytes): Promise<NewSlot> {
  const slot = await sealSlot({ kind: kindNumber(kind), params, vaultId, slotId, epoch }, keys, vaultKey);
  const entry: SlotEntry = { id: slotId, kind, hash: await sha256(slot), label, createdAt, extra: {} };
  return { slot, loginKey: keys.loginPublicKey, entry, epoch };
}

/** Adds a slot and destroys the ones it replaces, in one commit. */
async function putSlot(unlocked: Unlocked, plan: SlotPlan, replaced: (head: Head) => readonly SlotEntry[]): Promise<void> {
  let destroyed: readonly SlotEntry[] = [];
  await unlocked.act(async () => {
    const { head } = unlocked.contents;
    if (head.slots.some((entry) => equal(entry.id, plan.slotId))) return null;
    destroyed = replaced(head);
    if (head.slots.length - destroyed.length >= MAX_SLOTS) throw new UsageError('A vault has at most 16 secrets. Remove one first.');
    const slot = await makeSlot(plan, head.slotEpoch + 1, unlocked.vaultKey());
    return { addSlots: [slot], destroySlots: destroyed.map((entry) => toHex(entry.id)) };
  });
  if (!destroyed.some((entry) => unlocked.isCurrentSlot(entry.id))) return;
  // The login goes on under the slot that replaced its own (PROTOCOL §4).
  unlocked.slotId = toHex(plan.slotId);
  await unlocked.keepResume();
}

/** Proves that `secret` opens this very vault, and ends the login that the proof made. */
export async function proveAgain(unlocked: Unlocked, secret: Secret, onStep: OnStep): Promise<Proof> {
  const { platform, handle, idleSeconds } = unlocked.login;
  const proof = await prove(platform, handle, secret, { carrier: 'bearer', idleSeconds }, onStep);
  if (!equal(proof.vaultId, unlocked.login.keyring.vaultId) || !equal(proof.vaultKey, unlocked.vaultKey())) {
    throw new IntegrityError('another vault');
  }
  proof.vaultKey.fill(0);
  // It would end by itself soon after.
  await platform.service.as(credentialsOf(proof.login.login_id, proof.login.token)).end().catch(() => undefined);
  return proof;
}

/** All passphrase slots make way for one of the current profile under the passphrase `next`. `old` proves the right. */
async function replacePassphrase(unlocked: Unlocked, old: Proof, next: string): Promise<void> {
  const { platform, handle } = unlocked.login;
  const value = await passphraseSecret(next, handle, old.vaultSalt, PROFILE, platform.argon2id);
  const plan = await planSlot({
    vaultId: old.vaultId, kind: 'passphrase', params: PROFILE, value, label: '', createdAt: platform.now(),
  });
  await putSlot(unlocked, plan, (head) => {
    if (head.slots.some((entry) => equal(entry.id, old.header.slotId))) return head.slots.filter((entry) => entry.kind === 'passphrase');
    throw new ConflictError('This secret was changed on another device. Unlock with the new one.', 'stale');
  });
}

/** `current` is any secret of the vault: whoever lost the passphrase sets a new one with the recovery key. */
export async function changePassphrase(unlocked: Unlocked, current: Secret, next: string, onStep: OnStep): Promise<void> {
  await asTyped(() => checkNewPassphrase(next));
  const proof = await proveAgain(unlocked, current, onStep);
  onStep('derive');
  await replacePassphrase(unlocked, proof, next);
}

/** A passphrase slot weaker than the profile is replaced right after it was used (FORMAT §3.1). */
export async function upgradeWeakSlot(unlocked: Unlocked, proof: Proof, secret: Secret, onStep: OnStep): Promise<void> {
  if (secret.kind !== 'passphrase' || !isWeaker(proof.header.params)) return;
  onStep('upgrade');
  await replacePassphrase(unlocked, proof, secret.text);
}

export async function replaceRecoveryKey(unlocked: Unlocked): Promise<string> {
  const key = newRecoveryKey();
  const text = await encodeRecoveryKey(key);
  const plan = await planSlot({
    vaultId: unlocked.login.keyring.vaultId, kind: 'recovery', params: NO_PARAMS, value: key, label: '',
    createdAt: unlocked.login.platform.now(),
  });
  await putSlot(unlocked, plan, (head) => head.slots.filter((entry) => entry.kind === 'recovery'));
  return text;
}

export async function addPasskey(unlocked: Unlocked, label: string): Promise<void> {
  const { platform, handle, keyring, vaultId: id } = unlocked.login;
  const { vaultId } = keyring;
  if (codePoints(label) > MAX_LABEL) throw new UsageError(`A label has at most ${MAX_LABEL} characters. Shorten it.`);
  const slotId = randomId();
  const userId = concat(vaultId, slotId);
  const credentialId = await platform.passkeys.create(userId, handle);
  const { output } = await platform.passkeys.get(await prfInput(vaultId), [credentialId]);
  unlocked.gate.check();
  const plan = await planSlot({
    vaultId, slotId, kind: 'passkey', params: NO_PARAMS, value: output, label: label.toWellFormed(), createdAt: platform.now(),
  });
  await putSlot(unlocked, plan, () => []);
  await rememberPasskey(platform.store, id, { slotId: toHex(slotId), credentialId });
}

export async function removeSlot(unlocked: Unlocked, id: string): Promise<void> {
  if (id === unlocked.slotId) throw new UsageError('This is the secret you unlocked with. Unlock with another one to remove it.');
  await unlocked.act(async () => {
    const { slots } = unlocked.contents.head;
    return slots.some((entry) => toHex(entry.id) === id) ? { destroySlots: [id] } : null;
  });
  await forgetPasskey(unlocked.login.platform.store, unlocked.login.vaultId, id);
}

/** The slots as the head names them, with what the service knows of their use. */
export async function viewSlots(unlocked: Unlocked): Promise<SlotView[]> {
  await unlocked.catchUp();
  const shown = await unlocked.login.service.slots();
  const infos = new Map(shown.slots.map((info) => {
    const header = parseSlotHeader(info.header);
    return [toHex(header.slotId), { ...info, header }] as const;
  }));
  const { slots, slotEpoch } = unlocked.contents.head;
  if (infos.size !== shown.slots.length || infos.size !== slots.length) throw new IntegrityError('number of slots');
  return slots.map((entry) => {
    const info = infos.get(toHex(entry.id));
    const { vaultId } = unlocked.login.keyring;
    if (info === undefined || info.header.kind !== kindNumber(entry.kind)) throw new IntegrityError('slot not in the head');
    if (!equal(info.header.vaultId, vaultId) || info.header.epoch > slotEpoch) throw new IntegrityError('slot header');
    return {
      id: toHex(entry.id),
      kind: entry.kind,
      label: entry.label,
      createdAt: entry.createdAt,
      lastUsedAt: info.last_used_at === null ? null : info.last_used_at * 1000,
      current: unlocked.isCurrentSlot(entry.id),
    };
  });
}

/** The slot that was opened must be the one that the head names (FORMAT §7.1 rule 2). */
export async function checkSlotInHead(head: Head, { header, login }: Proof): Promise<void> {
  const entry = head.slots.find((one) => equal(one.id, header.slotId));
  if (entry === undefined || !equal(entry.hash, await sha256(login.slot))) throw new IntegrityError('slot not in the head');
  if (kindNumber(entry.kind) !== header.kind || header.epoch > head.slotEpoch) throw new IntegrityError('kind or epoch of the slot');
}
