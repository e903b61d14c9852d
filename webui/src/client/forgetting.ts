/** What this browser keeps for a vault, and how it goes. */
import { Pins } from './pins.ts';
import type { Platform } from './platform.ts';

/** After the whole vault was erased: drafts, place, pin, passkeys and the name that stood for it. */
export async function forgetVault({ store, tab }: Platform, handle: string, vaultId: string): Promise<void> {
  tab.clear();
  await new Pins(store).forget(handle);
  for (const kind of ['draft', 'passkey']) await store.removeAll(`${kind}/${vaultId}/`);
  await store.remove(`place/${vaultId}`);
}

/** After a session was erased: the texts for it that were not saved. */
export async function forgetDrafts({ store }: Platform, vaultId: string, sessionIds: readonly string[]): Promise<void> {
  for (const id of sessionIds) await store.removeAll(`draft/${vaultId}/${id}/`);
}
