/** Carries out a plan: seals anew what stays, signs the order, hands it in (PROTOCOL §11, ERASURE.md §3). */
import { toHex, type Bytes } from '../../core/bytes.ts';
import { SetDigest } from '../../core/digest.ts';
import { headHash as hashOf, nextHistory, type Head } from '../../core/head.ts';
import { orderHash } from '../../core/order.ts';
import type { SlotKeys } from '../../core/keyslot.ts';
import { ConflictError, HostileDataError, IntegrityError, NotFoundError, UnavailableError } from '../../errors.ts';
import type { Erasure } from '../../wire/answers.ts';
import { MAX_BODY_BYTES, MAX_COMMIT_ITEMS } from '../../wire/limits.ts';
import { bodyOf, type RequestBody } from '../../wire/requests.ts';
import { rekey, sealHead, type Rekeyed } from '../commits.ts';
import { idBytes, rootKey } from '../contents.ts';
import { LostAnswerError, StaleError, twice } from '../transport.ts';
import { laterLog } from '../trusted-state.ts';
import type { OnProgress } from '../types.ts';
import type { Unlocked } from '../unlocked.ts';
import type { Frozen } from './planning.ts';
import type { TakenPart } from './taken.ts';

/** A slot whose keys were derived anew for the order. */
export interface Authority {
  readonly slotId: Bytes;
  readonly keys: SlotKeys;
}

/** Another device wrote since the plan was shown: there must be a new one. */
export class PlanStaleError extends ConflictError {
  constructor() {
    super('Another device wrote meanwhile, so nothing was erased. Look again at what would go.', 'stale');
  }
}

/** Nobody can say yet whether the order was taken: whoever asks later is told. */
export class UnknownOutcomeError extends UnavailableError {
  constructor(options?: ErrorOptions) {
    super('The server did not answer the order, so nobody can say yet whether it was carried out. Reload this page in a moment: it asks again, and shows how it stands.', 'unknown', options);
  }
}

/** An order ready to be handed in. */
export interface Prepared {
  readonly body: string;
  readonly hash: Bytes;
  readonly seq: number;
  /** null when the whole vault goes. */
  readonly headHash: Bytes | null;
}

/** When its turn has come. Stages what stays; nothing is erased by it. */
export async function prepareOrder(unlocked: Unlocked, frozen: Frozen, { slotId, keys }: Authority, onProgress: OnProgress): Promise<Prepared> {
  const { login: { platform, keyring } } = unlocked;
  const { seq, scope } = frozen;
  if (unlocked.contents.seen.seq !== seq) throw new PlanStaleError();
  const rekeyed = await stageAll(unlocked, frozen, onProgress);
  const head = scope.whole ? null : await headAfter(unlocked, frozen, rekeyed);
  const headHash = head === null ? null : await hashOf(head);
  const { origin } = platform.service.transport;
  const hash = await orderHash({
    origin, vaultId: keyring.vaultId, slotId, erasureId: idBytes(frozen.erasureId), expectedSeq: seq, scope, headHash,
  });
  const body = bodyOf('ConfirmErasure', {
    slot_id: toHex(slotId), origin, signature: await keys.signOrder(hash), head, containers: rekeyed.map(({ write }) => write),
  });
  return { body, hash, seq: seq + 1, headHash };
}

async function stageAll(unlocked: Unlocked, { erasureId, taken: { parts } }: Frozen, onProgress: OnProgress): Promise<Rekeyed[]> {
  const { login: { service }, gate } = unlocked;
  const total = parts.reduce((sum, { survivors }) => sum + survivors.length, 0);
  const done: Rekeyed[] = [];
  let staged = 0;
  for await (const { body, count } of batches(sealedRest(unlocked, parts, done))) {
    gate.check();
    await staleIsPlanStale(twice(() => service.stageRecords(erasureId, body)));
    onProgress((staged += count), total);
  }
  return done;
}

type Write = RequestBody<'StagedRecords'>['records'][number];

/** What stays of one container after the other, sealed under its new key; then it is in `done`. */
async function* sealedRest({ login: { keyring }, contents }: Unlocked, parts: readonly TakenPart[], done: Rekeyed[]): AsyncGenerator<Write> {
  for (const { containerId, survivors, header } of parts) {
    const before = contents.containers.get(containerId);
    if (before === undefined) throw new IntegrityError('part of a container that is not there');
    const records = survivors.map(({ record, payload }) => ({ id: record.recordId, payload, before: record }));
    const { records: writes, ...rekeyed } = await rekey(keyring, before, { ...header, count: records.length, digest: SetDigest.empty }, records);
    done.push(rekeyed);
    yield* writes;
  }
}

/** In bodies within the bounds of PROTOCOL §2. */
async function* batches(writes: AsyncIterable<Write>): AsyncGenerator<{ body: string; count: number }> {
  let batch: Write[] = [];
  let size = 0;
  for await (const write of writes) {
    const length = bodyOf('StagedRecords', { records: [write] }).length;
    if (batch.length > 0 && (batch.length === MAX_COMMIT_ITEMS || size + length > MAX_BODY_BYTES)) {
      yield { body: bodyOf('StagedRecords', { records: batch }), count: batch.length };
      [batch, size] = [[], 0];
    }
    batch.push(write);
    size += length;
  }
  if (batch.length > 0) yield { body: bodyOf('StagedRecords', { records: batch }), count: batch.length };
}

/** The head that stands once the scope is gone. The root's key seals it: the new one, where it has got one. */
async function headAfter({ contents, log, login: { keyring, vaultId } }: Unlocked, { taken }: Frozen, rekeyed: readonly Rekeyed[]): Promise<Bytes> {
  const { head, seen } = contents;
  const withoutGone = taken.sessions.reduce((sum, { element }) => sum.remove(element), head.digest);
  const digest = rekeyed.reduce((sum, { before, element }) => sum.remove(before.element).add(element), withoutGone);
  const history = await nextHistory(head.history, seen.headHash);
  const next: Head = { ...head, seq: head.seq + 1, containers: head.containers - taken.sessions.length, digest, history, audit: laterLog(log, head.audit) };
  const root = rekeyed.find(({ before }) => before.id === vaultId);
  return sealHead(keyring, root?.key ?? rootKey(contents.containers, keyring), next);
}

/** Hands the order in: what it says is gone when this resolves. Without an answer the same bytes go once more. */
export async function handIn(unlocked: Unlocked, { erasureId, counts }: Frozen, { body }: Prepared): Promise<void> {
  const { service, vaultId } = unlocked.login;
  let isLost = false;
  const erasure = await staleIsPlanStale(twice(async () => {
    unlocked.gate.check();
    return service.confirmErasure(erasureId, body).catch((error: unknown) => {
      isLost ||= error instanceof LostAnswerError;
      throw error;
    });
  }).catch((error: unknown) => orderedAfterAll(unlocked, erasureId, error, isLost)));
  const names = ['containers', 'records', 'rekeyed', 'resealed', 'bytes'] as const;
  const isOurs = erasure.erasure_id === erasureId && erasure.state !== 'planned';
  if (!isOurs || names.some((name) => erasure[name] !== counts[name])) throw new IntegrityError(`answer to the order ${vaultId}`);
}

/**
 * Without a good answer: asks how it stands, without the login, which an order for the whole vault has ended. Browsers and
 * proxies send a request again by themselves, so that what is refused may be a repetition of what stands. After a lost
 * answer, what is still planned proves nothing: the first request may be on its way.
 */
async function orderedAfterAll({ login: { platform, vaultId } }: Unlocked, erasureId: string, error: unknown, isLost: boolean): Promise<Erasure> {
  // With these the service says of the same bytes that they will never be taken, and were not.
  if (error instanceof HostileDataError || error instanceof StaleError || error instanceof NotFoundError) throw error;
  const erasure = await platform.service.erasure(erasureId, vaultId).catch((fault: unknown) => {
    throw fault instanceof HostileDataError || fault instanceof NotFoundError ? fault : new UnknownOutcomeError();
  });
  if (erasure.state !== 'planned') return erasure;
  throw isLost ? new UnknownOutcomeError() : error;
}

function staleIsPlanStale<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    // A plan that another one of this vault took the place of is not there any more.
    throw error instanceof StaleError || error instanceof NotFoundError ? new PlanStaleError() : error;
  });
}
