/** The plan of an erasure: frozen with the service, and shown before anything happens (PROTOCOL §11). */
import { randomId, toHex } from '../../core/bytes.ts';
import { sealedSize } from '../../core/envelope.ts';
import { headerPayload } from '../../core/model.ts';
import type { Scope } from '../../core/order.ts';
import { excerpt, squeeze } from '../../core/text.ts';
import { ConflictError, IntegrityError, UsageError } from '../../errors.ts';
import type { Erasure } from '../../wire/answers.ts';
import { MAX_BODY_BYTES, MAX_SCOPE_ITEMS } from '../../wire/limits.ts';
import { lastActive } from '../counting.ts';
import { StaleError, twice } from '../transport.ts';
import type { ErasureCounts, ErasurePlan, ErasureSelection } from '../types.ts';
import type { Unlocked } from '../unlocked.ts';
import { takenBy, type Taken, type Trashed } from './taken.ts';

const MAX_ATTEMPTS = 5;
/** Of a container in an order, beside its header: names, id, version, epoch, and the wrapped key in 80 characters. */
const WRITE_BYTES = 208;
/** The signature, and the head: of a vault's slots it names each, and of all the rest how much there is. */
const OTHER_BYTES = 64 * 1024;
const EXCERPT = 80;

/** What was frozen: the order is about this and nothing else. */
export interface Frozen {
  readonly erasureId: string;
  readonly seq: number;
  readonly scope: Scope;
  readonly taken: Taken;
  readonly counts: ErasureCounts;
}

/** When its turn has come. Looks for what other devices wrote first. */
export async function planErasure(unlocked: Unlocked, selection: ErasureSelection, trashed: Trashed): Promise<ErasurePlan> {
  const erasureId = toHex(randomId());
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    await unlocked.catchUp();
    const { contents } = unlocked;
    const taken = await takenBy(unlocked, selection, trashed);
    // Reading may have found a newer state of the vault.
    if (unlocked.contents !== contents) continue;
    checkSize(taken);
    const { seq } = contents.seen;
    const scope = scopeOf(taken);
    const erasure = await ask(unlocked, erasureId, seq, scope);
    if (erasure !== null) return shown(unlocked, selection, { erasureId, seq, scope, taken, counts: checkCounts(unlocked, taken, erasure) });
  }
  throw new ConflictError('Other devices keep writing. Try again in a moment.', 'stale');
}

/** What one order does not carry is refused before anything is sent or shown. */
function checkSize({ whole, sessions, parts }: Taken): void {
  if (whole) return;
  const bytes = parts.reduce((sum, { header }) => sum + WRITE_BYTES + 4 * Math.ceil(sealedSize(headerPayload(header)) / 3), OTHER_BYTES);
  const named = Math.max(sessions.length, parts.length, parts.reduce((sum, { gone }) => sum + gone.length, 0));
  if (bytes > MAX_BODY_BYTES || named > MAX_SCOPE_ITEMS) {
    throw new UsageError('This is more than one order carries. Erase it in smaller steps, or the whole vault at once.');
  }
}

/** null when another device wrote first. */
async function ask({ login, gate }: Unlocked, erasureId: string, seq: number, { whole, containers, records }: Scope): Promise<Erasure | null> {
  const parts = records.map(({ containerId, recordIds }) => ({ container_id: containerId, record_ids: recordIds }));
  try {
    return await twice(async () => {
      gate.check();
      return login.service.planErasure({ erasure_id: erasureId, expected_seq: seq, scope: { whole, containers, records: parts } });
    });
  } catch (error) {
    if (error instanceof StaleError) return null;
    throw error;
  }
}

function scopeOf({ whole, sessions, parts }: Taken): Scope {
  if (whole) return { whole, containers: [], records: [] };
  return {
    whole,
    containers: sessions.map(({ id }) => id),
    records: parts.map(({ containerId, gone }) => ({ containerId, recordIds: gone })),
  };
}

/** The service must have understood what is shown: it says how much it would take, and how much of it stays. */
function checkCounts({ root }: Unlocked, { whole, sessions, parts }: Taken, { state, problem, erasure_id: _, ...counts }: Erasure): ErasureCounts {
  const held = sessions.reduce((sum, { header }) => sum + header.count, whole ? root.records.records.size : 0);
  const expected = {
    containers: sessions.length,
    records: parts.reduce((sum, { gone }) => sum + gone.length, held),
    rekeyed: parts.length,
    resealed: parts.reduce((sum, { survivors }) => sum + survivors.length, 0),
  };
  const names = ['containers', 'records', 'rekeyed', 'resealed'] as const;
  if (state !== 'planned' || problem !== null || names.some((name) => counts[name] !== expected[name])) throw new IntegrityError('plan of an erasure');
  return counts;
}

function shown({ contents, root }: Unlocked, selection: ErasureSelection, frozen: Frozen): ErasurePlan {
  const { taken: { whole, sessions, messages, earlierTexts, root: gone }, counts } = frozen;
  const titleOf = (id: string): string => {
    const header = contents.containers.get(id)?.header;
    return header?.type === 'session' ? (header.title ?? header.opening) : '';
  };
  const named = (type: 'notebook' | 'template'): string[] => gone.flatMap(({ recordId }) => {
    const record = root.get(recordId);
    return record?.type === type ? [record.title] : [];
  });
  const times = [...sessions.flatMap(({ header }) => [header.createdAt, lastActive(header)]), ...messages.map(({ message }) => message.createdAt)];
  const plan = {
    selection,
    whole,
    sessions: sessions
      .map(({ id, header }) => ({ id, title: titleOf(id), messages: header.count, createdAt: header.createdAt, activeAt: lastActive(header) }))
      .sort((a, b) => b.activeAt - a.activeAt),
    messages: messages.map(({ sessionId, message }) => ({ session: titleOf(sessionId), text: excerpt(message.text, EXCERPT), createdAt: message.createdAt })),
    notebooks: named('notebook'),
    templates: named('template'),
    reports: gone.filter(({ payload }) => payload['type'] === 'report').length,
    earlierTexts,
    counts,
    from: times.length === 0 ? null : times.reduce((a, b) => Math.min(a, b)),
    to: times.length === 0 ? null : times.reduce((a, b) => Math.max(a, b)),
  };
  const phrase = phraseOf(plan);
  return { ...plan, phrase, isConfirmedBy: (typed) => squeeze(typed).toLowerCase() === phrase, frozen };
}

/** What the writer types: it says what goes. */
function phraseOf({ whole, sessions, messages, notebooks, templates, earlierTexts }: Omit<ErasurePlan, 'phrase' | 'isConfirmedBy' | 'frozen'>): string {
  if (whole) return 'erase everything';
  const parts = ([
    [notebooks.length, 'notebook'], [sessions.length, 'session'], [messages.length, 'message'], [templates.length, 'template'],
    [earlierTexts, 'earlier text'],
  ] as const).filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}${count === 1 ? '' : 's'}`);
  const last = parts.pop() ?? '';
  return `erase ${parts.length === 0 ? last : `${parts.join(', ')} and ${last}`}`;
}
