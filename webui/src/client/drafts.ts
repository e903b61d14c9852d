/** Drafts and the writer's place: sealed, and kept on this device (FORMAT §5, class draft). */
import { equal, fromHex, randomId, toHex, type Bytes } from '../core/bytes.ts';
import { isPayload, type Json, type Payload } from '../core/canonical.ts';
import * as envelope from '../core/envelope.ts';
import { EnvelopeClass, ZERO_ID, type Context } from '../core/envelope.ts';
import { FormatError, LockedError } from '../errors.ts';
import { Fields } from '../core/fields.ts';
import { draftPayload, parseDraft, parseSelection } from '../core/model.ts';
import { ID_BYTES } from '../wire/limits.ts';
import type { Stored } from './store.ts';
import type { Beginning, Draft, Drafts, Place, PlaceKeeper } from './types.ts';
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

/** As it lies in the store: sealed, with the ids of its context. */
interface SealedItem {
  readonly containerId: Bytes;
  readonly recordId: Bytes;
  readonly envelope: Bytes;
}

/** Seals what stays on this device. Does so until the keys are dropped, whatever the server did. */
class DeviceSeal {
  constructor(private readonly unlocked: Unlocked) {}

  async seal(containerId: Bytes, recordId: Bytes, payload: Payload): Promise<Stored> {
    return { containerId, recordId, envelope: await envelope.seal(this.#key(), this.#context(containerId, recordId), payload) };
  }

  /** null for what does not open or cannot be read: one damaged item must not take the others with it. */
  async open<T>(stored: Stored, parse: (payload: Payload, item: SealedItem) => T): Promise<T | null> {
    const key = this.#key();
    try {
      const item = stored as unknown as SealedItem;
      return parse(await envelope.open(key, this.#context(item.containerId, item.recordId), item.envelope), item);
    } catch {
      return null;
    }
  }

  #key(): CryptoKey {
    if (!this.unlocked.gate.hasKeys) throw new LockedError();
    return this.unlocked.login.keyring.draftKey;
  }

  #context(containerId: Bytes, recordId: Bytes): Context {
    return { cls: EnvelopeClass.DRAFT, vaultId: this.unlocked.login.keyring.vaultId, containerId, recordId, version: 1 };
  }
}

function bytesOf(id: string | null): Bytes {
  return id === null ? ZERO_ID : fromHex(id, ID_BYTES);
}

export class SealedDrafts implements Drafts {
  readonly #seal: DeviceSeal;
  /** Names of drafts that are this tab's, with what gives them back. */
  readonly #claims = new Map<string, () => void>();
  /** Saving and removing happen in the order they were asked for. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(private readonly unlocked: Unlocked) {
    this.#seal = new DeviceSeal(unlocked);
    unlocked.gate.atClose(() => this.#release());
  }

  async load(sessionId: string | null): Promise<Draft | null> {
    for (const draft of await this.list()) {
      if (draft.sessionId === sessionId && (await this.#claim(draft.recordId))) return draft;
    }
    return null;
  }

  save(draft: Draft): Promise<void> {
    return this.#inTurn(async () => {
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
      const sealed = await this.#seal.seal(bytesOf(sessionId), bytesOf(recordId), whole);
      await this.unlocked.login.platform.store.set(this.#key(sessionId, recordId), sealed);
      await this.#claim(recordId);
    });
  }

  remove(sessionId: string | null, recordId: string): Promise<void> {
    return this.#inTurn(async () => {
      await this.unlocked.login.platform.store.remove(this.#key(sessionId, recordId));
      this.#claims.get(recordId)?.();
      this.#claims.delete(recordId);
    });
  }

  async list(): Promise<Draft[]> {
    // What was asked to be removed is not shown again.
    await this.#queue;
    const stored = await this.unlocked.login.platform.store.list(this.#prefix());
    const drafts = await Promise.all(stored.map((item) => this.#open(item)));
    return drafts.filter((draft) => draft !== null).sort((a, b) => b.updatedAt - a.updatedAt);
  }

  /** Gives all drafts of this tab back to the others. */
  #release(): void {
    for (const give of this.#claims.values()) give();
    this.#claims.clear();
  }

  async #open(stored: Stored): Promise<Draft | null> {
    const draft = await this.#seal.open(stored, (payload, item) => {
      const parsed = parseDraft(payload);
      const isAtHome = equal(parsed.session ?? ZERO_ID, item.containerId) && equal(parsed.recordId, item.recordId);
      if (!isAtHome) throw new FormatError('draft of another place');
      const beginning = payload['beginning'];
      return beginning === undefined ? parsed : { ...parsed, beginning: parseBeginning(beginning) };
    });
    if (draft === null) return null;
    const { session, newSession, recordId, ...rest } = draft;
    const home = session === null ? { sessionId: null, newSessionId: toHex(newSession) } : { sessionId: toHex(session) };
    return { ...rest, ...home, recordId: toHex(recordId) };
  }

  async #claim(recordId: string): Promise<boolean> {
    if (this.#claims.has(recordId)) return true;
    const give = await this.unlocked.login.platform.claim(`draft/${recordId}`);
    if (give !== null) this.#claims.set(recordId, give);
    return give !== null;
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  #prefix(): string {
    return `draft/${this.unlocked.login.vaultId}/`;
  }

  #key(sessionId: string | null, recordId: string): string {
    return `${this.#prefix()}${toHex(bytesOf(sessionId))}/${recordId}`;
  }
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
      };
    });
  }

  async save({ sessionId, scroll, selection }: Place): Promise<void> {
    const payload = { type: 'place', session: sessionId, scroll: Math.round(scroll), selection };
    await this.unlocked.login.platform.store.set(this.#key(), await this.#seal.seal(ZERO_ID, randomId(), payload));
  }

  #key(): string {
    return `place/${this.unlocked.login.vaultId}`;
  }
}
