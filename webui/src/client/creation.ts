/** Makes a vault (FORMAT §9 in reverse; PROTOCOL §5). */
import { randomBytes, randomId, toHex } from '../core/bytes.ts';
import { SetDigest } from '../core/digest.ts';
import { firstHistory, headHash, type Head } from '../core/head.ts';
import { passphraseSecret } from '../core/kdf.ts';
import { Keyring } from '../core/keyring.ts';
import { NO_PARAMS, PROFILE } from '../core/params.ts';
import { encodeRecoveryKey, newRecoveryKey } from '../core/recovery.ts';
import { KEY_BYTES } from '../wire/limits.ts';
import { bodyOf } from '../wire/requests.ts';
import { sealEdit, sealHead, type NewSlot } from './commits.ts';
import type { Platform } from './platform.ts';
import { makeSlot, planSlot, type SlotPlan } from './slots.ts';
import type { Pin } from './trusted-state.ts';

/** A vault ready to be sent, as often as it takes, and what its writer needs. */
export interface Creation {
  readonly body: string;
  readonly pin: Pin;
  readonly recoveryKey: string;
  readonly slot: SlotPlan;
}

/** `handle` is normalised. */
export async function prepareVault(platform: Platform, handle: string, passphrase: string): Promise<Creation> {
  const vaultSalt = randomBytes(32);
  const vaultId = randomId();
  const vaultKey = randomBytes(KEY_BYTES);
  const value = await passphraseSecret(passphrase, handle, vaultSalt, PROFILE, platform.argon2id);
  const recoveryBytes = newRecoveryKey();
  const recoveryKey = await encodeRecoveryKey(recoveryBytes);
  const about = { vaultId, label: '', createdAt: platform.now() };
  const slot = await planSlot({ ...about, kind: 'passphrase', params: PROFILE, value });
  const recovery = await planSlot({ ...about, kind: 'recovery', params: NO_PARAMS, value: recoveryBytes });
  const slots = [await makeSlot(slot, 1, vaultKey), await makeSlot(recovery, 1, vaultKey)];
  const { root, head } = await sealEmpty(await Keyring.derive(vaultId, vaultKey), slots);
  vaultKey.fill(0);
  const body = bodyOf('CreateVault', {
    handle,
    vault_id: toHex(vaultId),
    vault_salt: vaultSalt,
    slots: slots.map((one) => ({ slot: one.slot, login_key: one.loginKey })),
    root,
    head,
  });
  const pin = { vaultId: toHex(vaultId), seq: 1, headHash: await headHash(head), history: await firstHistory(vaultId) };
  return { body, pin, recoveryKey, slot };
}

/** The root container without records, and the first head. */
async function sealEmpty(keyring: Keyring, slots: readonly NewSlot[]) {
  const { vaultId } = keyring;
  const empty = { type: 'root', count: 0, digest: SetDigest.empty, extra: {} } as const;
  const { key, element, write } = await sealEdit(keyring, undefined, { id: toHex(vaultId), header: empty, records: [] });
  const head: Head = {
    seq: 1,
    containers: 1,
    digest: SetDigest.empty.add(element),
    history: await firstHistory(vaultId),
    slotEpoch: 1,
    audit: null,
    slots: slots.map((slot) => slot.entry),
    extra: {},
  };
  return { root: write, head: await sealHead(keyring, key, head) };
}
