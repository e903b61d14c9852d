/** Erasing, from what the writer chose to the order that the service carries out (PROTOCOL §11). */
import { HostileDataError, LockedError, ServiceError } from '../../errors.ts';
import { currentLog } from '../auditing.ts';
import type { Platform } from '../platform.ts';
import { proveAgain } from '../slots.ts';
import type { SnapshotSource } from '../snapshot-source.ts';
import type { ErasurePlan, ErasureSelection, OnProgress, OnStep, Secret } from '../types.ts';
import type { Unlocked } from '../unlocked.ts';
import { forgetErased, forgetOrdered, keepOrdered, type Ordered } from './following.ts';
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

/**
 * When this resolves, nothing of the plan can be read any more by anybody; the service goes on by itself. Once the order
 * stands only hostile data rejects it: what else goes wrong here is made up for later.
 */
export async function order(unlocked: Unlocked, { frozen }: ErasurePlan, authority: Authority, onProgress: OnProgress): Promise<Ordered> {
  const { gate, login: { platform, vaultId } } = unlocked;
  const { erasureId, counts, scope: { whole, containers: gone } } = frozen;
  const ordered = await gate.inTurn(async () => {
    const prepared = await prepareOrder(unlocked, frozen, authority, onProgress);
    const { key: { key }, checkpoint: { origin, size } } = await currentLog(unlocked);
    const kept: Ordered = { erasureId, vaultId, whole, gone, hash: prepared.hash, counts, log: { key, origin, size }, isTaken: false };
    // Before it is handed in: whatever becomes of this page, somebody can ask for the certificate.
    await keepOrdered(platform, kept);
    await handIn(unlocked, frozen, prepared).catch((error: unknown) => notTaken(platform, erasureId, error));
    const taken = { ...kept, isTaken: true };
    await keepOrdered(platform, taken).catch(later);
    if (prepared.headHash !== null) await unlocked.takeInErasure({ seq: prepared.seq, headHash: prepared.headHash }, gone).catch(later);
    return taken;
  });
  if (whole) {
    platform.channel.post(vaultId);
    await gate.end('erased');
  }
  await forgetErased(platform, ordered).catch(later);
  return ordered;
}

/** What the service has refused is not asked for again. Of what is neither refused nor hostile nobody knows the end. */
async function notTaken(platform: Platform, erasureId: string, error: unknown): Promise<never> {
  if (error instanceof HostileDataError || error instanceof UnknownOutcomeError) throw error;
  if (!(error instanceof ServiceError) && !(error instanceof LockedError)) throw new UnknownOutcomeError({ cause: error });
  await forgetOrdered(platform, erasureId).catch(later);
  throw error;
}

/** The order stands: what it did is taken in with the next look at the service, and forgotten here by who follows it. */
function later(error: unknown): void {
  if (error instanceof HostileDataError) throw error;
}
