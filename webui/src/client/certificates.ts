/** Erasures that were ordered on this device: followed to their certificates, with or without an open vault. */
import { follow, forgetOrdered, keptOrders, type Ordered } from './erasing/following.ts';
import { browserPlatform, type Platform } from './platform.ts';
import type { ErasureProgress } from './types.ts';

export type { Ordered } from './erasing/following.ts';
export type { Authority } from './erasing/ordering.ts';

/** Orders of this device whose certificates nobody has taken yet. */
export function keptErasures(platform: Platform = browserPlatform()): Promise<Ordered[]> {
  return keptOrders(platform);
}

/** The writer has the certificate, or does not want it. */
export function leaveErasure({ erasureId }: Ordered, platform: Platform = browserPlatform()): Promise<void> {
  return forgetOrdered(platform, erasureId);
}

/** Resolves to the text of the certificate once the erasure is done; null when it was never ordered. */
export async function followErasure(
  ordered: Ordered, onProgress: (progress: ErasureProgress) => void, signal: AbortSignal, platform: Platform = browserPlatform(),
): Promise<string | null> {
  return follow(platform, ordered, onProgress, signal);
}
