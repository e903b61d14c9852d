/** Follows an erasure to its end, and takes its certificate: without a login, since one of the whole vault ends them all. */
import type { Bytes } from '../../core/bytes.ts';
import { IntegrityError, NotFoundError, RateLimitError, UnavailableError } from '../../errors.ts';
import { forgetVault } from '../forgetting.ts';
import type { Platform } from '../platform.ts';
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
const COUNTS = ['containers', 'records', 'rekeyed', 'resealed', 'bytes'] as const;

export async function keepOrdered({ store }: Platform, ordered: Ordered): Promise<void> {
  const { counts, log, ...rest } = ordered;
  await store.set(PREFIX + ordered.erasureId, { ...rest, counts: { ...counts }, log: { ...log } });
}

export async function forgetOrdered({ store }: Platform, erasureId: string): Promise<void> {
  await store.remove(PREFIX + erasureId);
}

/** Orders of this device whose certificates nobody has taken yet. */
export async function keptOrders({ store }: Platform): Promise<Ordered[]> {
  return (await store.list(PREFIX)) as unknown as Ordered[];
}

/** Resolves to the text of the certificate once the erasure is done; null when it was never ordered. */
export async function follow(
  platform: Platform, { erasureId, vaultId, counts, whole, isTaken }: Ordered, onProgress: (progress: ErasureProgress) => void, signal: AbortSignal,
): Promise<string | null> {
  const { service } = platform;
  let pause = FIRST_PAUSE_MS;
  for (;;) {
    signal.throwIfAborted();
    try {
      const erasure = await service.erasure(erasureId, vaultId);
      if (erasure.erasure_id !== erasureId || COUNTS.some((name) => erasure[name] !== counts[name])) throw new IntegrityError('another erasure');
      if (erasure.state === 'planned') {
        if (isTaken) throw new IntegrityError('an order taken back');
        return null;
      }
      if (whole && !isTaken) await forgetVault(platform, vaultId);
      onProgress({ state: erasure.state, problem: erasure.problem, isAway: false });
      if (erasure.state === 'done') return (await service.certificate(erasureId, vaultId)).certificate;
      pause = erasure.problem === null ? Math.min(pause * 1.5, LONGEST_PAUSE_MS) : LONGEST_PAUSE_MS;
    } catch (error) {
      if (error instanceof NotFoundError && !isTaken) return null;
      // It goes on without us, and ends; until then nobody may say that it has.
      if (!(error instanceof UnavailableError) && !(error instanceof RateLimitError)) throw error;
      onProgress({ state: null, problem: null, isAway: true });
      pause = error instanceof RateLimitError ? 1_000 * error.retryAfter : LONGEST_PAUSE_MS;
    }
    await sleep(pause, signal);
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}

