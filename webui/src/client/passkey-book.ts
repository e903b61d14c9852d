/** Which passkeys this device has for a vault, so that the browser asks for the right one. */
import type { Bytes } from '../core/bytes.ts';
import type { KeyValueStore } from './store.ts';

export interface KnownPasskey {
  readonly slotId: string;
  readonly credentialId: Bytes;
}

function prefix(vaultId: string): string {
  return `passkey/${vaultId}/`;
}

export async function knownPasskeys(store: KeyValueStore, vaultId: string): Promise<KnownPasskey[]> {
  return (await store.list(prefix(vaultId))) as unknown as KnownPasskey[];
}

export async function rememberPasskey(store: KeyValueStore, vaultId: string, passkey: KnownPasskey): Promise<void> {
  await store.set(prefix(vaultId) + passkey.slotId, { ...passkey });
}

export async function forgetPasskey(store: KeyValueStore, vaultId: string, slotId: string): Promise<void> {
  await store.remove(prefix(vaultId) + slotId);
}

export async function forgetPasskeys(store: KeyValueStore, vaultId: string): Promise<void> {
  for (const { slotId } of await knownPasskeys(store, vaultId)) await forgetPasskey(store, vaultId, slotId);
}
