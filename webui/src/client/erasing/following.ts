/** Follows an erasure to its end, and takes its certificate: without a login, since one of the whole vault ends them all. */
import type { Bytes } from '../../core/bytes.ts';
import { IntegrityError, NotFoundError, RateLimitError, UnavailableError } from '../../errors.ts';
import { forgetDrafts, forgetVault } from '../forgetting.ts';
import type { Platform } from '../platform.ts';
import type { Erasure } from '../../wire/answers.ts';
import type { ErasureCounts, ErasureProgress } from '../types.ts';

/** The log of a vault as this client knows it: by whom certificates of it are signed. */
export interface KnownLog {
  readonly key: Bytes;
  readonly origin: string;
  readonly size: number;
}

/** An order that was handed in, or was about to be. It is kept on this device until its certificate is: it holds no text. */
export interface Ordered {
  readonly erasureId: string;
  readonly vaultId: string;
  readonly whole: boolean;
  /** Ids of the sessions that go altogether; none when the whole vault does. */
  readonly gone: readonly string[];
  /** Of the order. */
  readonly hash: Bytes;
  readonly counts: ErasureCounts;
  readonly log: KnownLog;
  /** Whether the service has said that it carries it out; else the answer was lost. */
  readonly isTaken: boolean;
}

const PREFIX = 'erasure/';
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 3_000;
/** How often an order that got no answer is found to be only planned before it counts as not made: it may be on its way. */
const ENOUGH = 8;
const COUNTS = ['containers', 'records', 'rekeyed', 'resealed', 'bytes'] as const;

export async function keepOrdered({ store }: Platform, ordered: Ordered): Promise<void> {
  const { counts, log, gone, ...rest } = ordered;
  await store.set(PREFIX + ordered.erasureId, { ...rest, gone: [...gone], counts: { ...counts }, log: { ...log } });
}

export async function forgetOrdered({ store }: Platform, erasureId: string): Promise<void> {
  await store.remove(PREFIX + erasureId);
}

/** Orders of this device whose certificates nobody has taken yet. */
export async function keptOrders({ store }: Platform): Promise<Ordered[]> {
  return (await store.list(PREFIX)) as unknown as Ordered[];
}

/** What this browser keeps of what was ordered goes with it. Safe to repeat. */
export function forgetErased(platform: Platform, { whole, vaultId, gone }: Ordered): Promise<void> {
  return whole ? forgetVault(platform, vaultId) : forgetDrafts(platform, vaultId, gone);
}

/** Resolves to the text of the certificate once the erasure is done; null when it was never ordered. */
export async function follow(
  platform: Platform, ordered: Ordered, onProgress: (progress: ErasureProgress) => void, signal: AbortSignal,
): Promise<string | null> {
  const { service } = platform;
  const { erasureId, vaultId } = ordered;
  let [pause, planned, isForgotten] = [FIRST_PAUSE_MS, 0, false];
  for (;;) {
    signal.throwIfAborted();
    try {
      const { state, problem } = await stateOf(platform, ordered);
      if (state === 'planned') {
        planned += 1;
        if (planned === ENOUGH) return null;
      } else {
        if (!isForgotten) await forgetErased(platform, ordered);
        isForgotten = true;
        onProgress({ state, problem, isAway: false });
        if (state === 'done') return (await service.certificate(erasureId, vaultId)).certificate;
      }
      pause = problem === null ? Math.min(pause * 1.5, LONGEST_PAUSE_MS) : LONGEST_PAUSE_MS;
    } catch (error) {
      if (error instanceof NotFoundError && !ordered.isTaken) return neverOrdered(ordered);
      // It goes on without us, and ends; until then nobody may say that it has.
      if (!(error instanceof UnavailableError) && !(error instanceof RateLimitError)) throw error;
      onProgress({ state: null, problem: null, isAway: true });
      pause = error instanceof RateLimitError ? 1_000 * error.retryAfter : LONGEST_PAUSE_MS;
    }
    await sleep(pause, signal);
  }
}

async function stateOf({ service }: Platform, { erasureId, vaultId, counts, isTaken }: Ordered): Promise<Erasure> {
  const erasure = await service.erasure(erasureId, vaultId);
  if (erasure.erasure_id !== erasureId || COUNTS.some((name) => erasure[name] !== counts[name])) throw new IntegrityError('another erasure');
  if (erasure.state === 'planned' && isTaken) throw new IntegrityError('an order taken back');
  return erasure;
}

/** The service keeps the erasures of a vault as long as the vault, and that of all of it for a while. */
function neverOrdered({ whole }: Ordered): null {
  if (whole) throw new NotFoundError('The server knows nothing of this order: it was never carried out, or it was and is too long ago. Try to unlock the vault to see.', 'not_found');
  return null;
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}

