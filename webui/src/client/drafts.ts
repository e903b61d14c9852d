/** Drafts and the writer's place: sealed, and kept on this device (FORMAT §5, class draft). */
import { equal, fromHex, randomId, toHex, type Bytes } from '../core/bytes.ts';
import { isPayload, type Json, type Payload } from '../core/canonical.ts';
import { ZERO_ID } from '../core/envelope.ts';
import { FormatError } from '../errors.ts';
import { Fields } from '../core/fields.ts';
import { draftPayload, parseDraft, parseSelection } from '../core/model.ts';
import { ID_BYTES } from '../wire/limits.ts';
import { DeviceSeal, KeptTexts, type SealedItem } from './drafts-kept.ts';
import type { Beginning, Draft, Drafts, Place, PlaceKeeper, Writing } from './types.ts';
import type { Unlocked } from './unlocked.ts';

/** Beside the fields of FORMAT §5.3: what else a client keeps on a device. */
function beginningPayload({ notebookId, phase, tags, ...texts }: Beginning): Payload {
  return {
    ...texts,
    ...(notebookId !== undefined && { notebook: notebookId }),
    ...(phase !== undefined && { phase }),
    ...(tags !== undefined && { tags: [...tags] }),
  };
}

/** What is not as it should be is left out: the text of the draft counts for more. */
function parseBeginning(value: Json): Beginning {
  if (!isPayload(value)) return {};
  const { title, notebook, template, prompt, phase, tags } = value;
  return {
    ...(typeof title === 'string' && { title }),
    ...(typeof notebook === 'string' && { notebookId: notebook }),
    ...(typeof template === 'string' && { template }),
    ...(typeof prompt === 'string' && { prompt }),
    ...(typeof phase === 'number' && { phase }),
    ...(Array.isArray(tags) && { tags: tags.filter((tag) => typeof tag === 'string') }),
  };
}

function bytesOf(id: string | null): Bytes {
  return id === null ? ZERO_ID : fromHex(id, ID_BYTES);
}

export class SealedDrafts implements Drafts {
  readonly #kept: KeptTexts;

  constructor(unlocked: Unlocked) {
    this.#kept = new KeptTexts(unlocked);
  }

  async load(sessionId: string | null): Promise<Draft | null> {
    for (const draft of await this.list()) {
      if (draft.sessionId === sessionId && (await this.#kept.claim(draft.recordId))) return draft;
    }
    return null;
  }

  async save(draft: Draft): Promise<void> {
    const { sessionId, recordId, text, selection, scroll, updatedAt } = draft;
    const home = draft.sessionId === null
      ? { session: null, newSession: bytesOf(draft.newSessionId) }
      : { session: bytesOf(draft.sessionId), newSession: null };
    const payload = draftPayload({
      ...home,
      text: text.toWellFormed(),
      recordId: bytesOf(recordId),
      selection,
      scroll: Math.round(scroll),
      updatedAt,
    });
    const { beginning } = draft;
    const whole = beginning === undefined ? payload : { ...payload, beginning: beginningPayload(beginning) };
    await this.#kept.save(bytesOf(sessionId), bytesOf(recordId), whole);
  }

  async remove(sessionId: string | null, recordId: string): Promise<void> {
    await this.#kept.remove(bytesOf(sessionId), bytesOf(recordId));
  }

  list(): Promise<Draft[]> {
    return this.#kept.list(parseKept);
  }
}

function parseKept(payload: Payload, item: SealedItem): Draft {
  const { session, newSession, recordId, ...rest } = parseDraft(payload);
  const isAtHome = equal(session ?? ZERO_ID, item.containerId) && equal(recordId, item.recordId);
  if (!isAtHome) throw new FormatError('draft of another place');
  const { beginning } = payload;
  const home = session === null ? { sessionId: null, newSessionId: toHex(newSession) } : { sessionId: toHex(session) };
  return { ...rest, ...home, recordId: toHex(recordId), ...(beginning !== undefined && { beginning: parseBeginning(beginning) }) };
}

export class SealedPlace implements PlaceKeeper {
  readonly #seal: DeviceSeal;

  constructor(private readonly unlocked: Unlocked) {
    this.#seal = new DeviceSeal(unlocked);
  }

  async load(): Promise<Place | null> {
    const stored = await this.unlocked.login.platform.store.get(this.#key());
    if (stored === undefined) return null;
    return this.#seal.open(stored, (payload) => {
      const fields = new Fields(payload);
      fields.constant('type', 'place');
      return {
        sessionId: fields.optionalText('session'),
        scroll: fields.integer('scroll'),
        selection: parseSelection(fields.take('selection')),
        writing: parseWriting(fields.maybe('writing')),
      };
    });
  }

  async save({ sessionId, scroll, selection, writing }: Place): Promise<void> {
    const payload = { type: 'place', session: sessionId, scroll: Math.round(scroll), selection, ...(writing !== null && { writing: { ...writing } }) };
    await this.unlocked.login.platform.store.set(this.#key(), await this.#seal.seal(ZERO_ID, randomId(), payload));
  }

  #key(): string {
    return `place/${this.unlocked.login.vaultId}`;
  }
}

function parseWriting(value: Json | undefined): Writing | null {
  if (value === undefined || !isPayload(value)) return null;
  const { began, typed } = value;
  return typeof began === 'number' && typeof typed === 'number' ? { began, typed } : null;
}
