/** Erasing, from what the writer chose to the order that the service carries out (PROTOCOL §11). */
import { ServiceError, UnavailableError } from '../../errors.ts';
import { currentLog } from '../auditing.ts';
import { forgetDrafts, forgetVault } from '../forgetting.ts';
import { proveAgain } from '../slots.ts';
import type { SnapshotSource } from '../snapshot-source.ts';
import type { ErasurePlan, ErasureSelection, OnProgress, OnStep, Secret } from '../types.ts';
import type { Unlocked } from '../unlocked.ts';
import { forgetOrdered, keepOrdered, type Ordered } from './following.ts';
import { handIn, prepareOrder, UnknownOutcomeError, type Authority } from './ordering.ts';
import { planErasure } from './planning.ts';
import type { Trashed } from './taken.ts';

/** Freezes what would go; changes nothing. What is in the trash is found by reading everything. */
export async function plan(
  unlocked: Unlocked, source: SnapshotSource, selection: ErasureSelection, signal: AbortSignal, onProgress?: OnProgress,
): Promise<ErasurePlan> {
  const trashed = selection.kind === 'trash' ? await unlocked.gate.run(() => trashedMessages(source, signal, onProgress)) : new Map();
  return unlocked.gate.inTurn(() => planErasure(unlocked, selection, trashed));
}

async function trashedMessages(source: SnapshotSource, signal: AbortSignal, onProgress?: OnProgress): Promise<Trashed> {
  const trashed = new Map<string, readonly string[]>();
  await source.readAll((id, messages) => {
    const ids = messages.filter(({ trashedAt }) => trashedAt !== null).map((message) => message.id);
    if (ids.length > 0) trashed.set(id, ids);
  }, signal, onProgress);
  return trashed;
}

/** Proves anew that `secret` opens this vault: only its keys sign the order. */
export function authorise(unlocked: Unlocked, secret: Secret, onStep: OnStep): Promise<Authority> {
  return unlocked.gate.run(async () => {
    const { header, keys } = await proveAgain(unlocked, secret, onStep);
    return { slotId: header.slotId, keys };
  });
}

/** When this resolves, nothing of the plan can be read any more by anybody; the service goes on by itself. */
export async function order(unlocked: Unlocked, { frozen }: ErasurePlan, authority: Authority, onProgress: OnProgress): Promise<Ordered> {
  const { gate, login: { platform, vaultId } } = unlocked;
  const { scope: { whole, containers: gone } } = frozen;
  const ordered = await gate.inTurn(async () => {
    const prepared = await prepareOrder(unlocked, frozen, authority, onProgress);
    const { key: { key }, checkpoint: { origin, size } } = await currentLog(unlocked);
    const kept: Ordered = { erasureId: frozen.erasureId, vaultId, whole, hash: prepared.hash, counts: frozen.counts, log: { key, origin, size }, isTaken: false };
    // Before it is handed in: whatever becomes of this page, somebody can ask for the certificate.
    await keepOrdered(platform, kept);
    await handIn(unlocked, frozen, prepared).catch(async (error: unknown) => {
      if (error instanceof ServiceError && !(error instanceof UnknownOutcomeError)) await forgetOrdered(platform, kept.erasureId);
      throw error;
    });
    const taken = { ...kept, isTaken: true };
    await keepOrdered(platform, taken);
    if (prepared.headHash !== null) await unlocked.takeInErasure({ seq: prepared.seq, headHash: prepared.headHash }, gone).catch(laterIfAway);
    return taken;
  });
  if (!whole) {
    await forgetDrafts(platform, vaultId, gone);
    return ordered;
  }
  platform.channel.post(vaultId);
  await gate.end('erased');
  await forgetVault(platform, vaultId);
  return ordered;
}

/** The order stands; what it did is taken in with the next look at the service. */
function laterIfAway(error: unknown): void {
  if (!(error instanceof UnavailableError)) throw error;
}
