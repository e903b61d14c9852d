/** What this browser keeps for a vault, and how it goes. */
import { Pins } from './pins.ts';
import type { Platform } from './platform.ts';
import { readResume } from './resume-store.ts';

/** After the whole vault was erased: drafts, place, pin, passkeys and the name that stood for it. */
export async function forgetVault({ store, tab }: Platform, vaultId: string): Promise<void> {
  if (readResume(tab)?.vaultId === vaultId) tab.clear();
  await new Pins(store).forgetVault(vaultId);
  for (const kind of ['draft', 'passkey']) await store.removeAll(`${kind}/${vaultId}/`);
  await store.remove(`place/${vaultId}`);
}

/** After a session was erased: the texts for it that were not saved. */
export async function forgetDrafts({ store }: Platform, vaultId: string, sessionIds: readonly string[]): Promise<void> {
  for (const id of sessionIds) await store.removeAll(`draft/${vaultId}/${id}/`);
}
