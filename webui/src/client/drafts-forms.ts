/** The changed texts of forms: sealed, and kept on this device like drafts (FORMAT §5.3). */
import { fromHex, toHex, type Bytes } from '../core/bytes.ts';
import type { Payload } from '../core/canonical.ts';
import { Fields } from '../core/fields.ts';
import { FormatError, NotFoundError } from '../errors.ts';
import { ID_BYTES } from '../wire/limits.ts';
import { isSession } from './contents.ts';
import { KeptTexts, type SealedItem } from './drafts-kept.ts';
import type { FormDraft, FormDrafts, FormOf } from './types.ts';
import type { Unlocked } from './unlocked.ts';

/** Which records a session had at a version of it. */
interface Known {
  readonly version: number;
  readonly epoch: number;
  readonly ids: ReadonlySet<string>;
}

export class SealedForms implements FormDrafts {
  readonly #kept: KeptTexts;
  /** By session: each is read once, and again when something of it was erased. */
  readonly #known = new Map<string, Known>();

  constructor(private readonly unlocked: Unlocked) {
    this.#kept = new KeptTexts(unlocked);
  }

  async take(isWanted: (of: FormOf) => boolean): Promise<FormDraft[]> {
    const taken: FormDraft[] = [];
    for (const draft of await this.list()) {
      if (isWanted(draft.of) && (await this.#kept.claim(draft.id))) taken.push(draft);
    }
    return taken;
  }

  list(): Promise<FormDraft[]> {
    return this.#kept.list((payload, item) => this.#parse(payload, item));
  }

  async save({ id, of, base, mine, updatedAt }: FormDraft): Promise<void> {
    const payload = { type: 'form', of: of.kind, item: of.id, base, mine, updated_at: updatedAt };
    await this.#kept.save(this.#container(of), fromHex(id, ID_BYTES), payload);
  }

  async remove({ id, of }: Pick<FormDraft, 'id' | 'of'>): Promise<void> {
    await this.#kept.remove(this.#container(of), fromHex(id, ID_BYTES));
  }

  isThere(of: FormOf): Promise<boolean> {
    return this.unlocked.gate.inTurn(async () => {
      if (of.kind === 'session') return isSession(this.unlocked.contents.containers.get(of.sessionId));
      if (of.kind !== 'message') return of.id === null || this.unlocked.root.get(of.id)?.type === of.kind;
      return this.#hasMessage(of.sessionId, of.id);
    });
  }

  async #hasMessage(sessionId: string, id: string): Promise<boolean> {
    const session = this.unlocked.contents.containers.get(sessionId);
    if (!isSession(session)) return false;
    const known = this.#known.get(sessionId);
    // A record goes only when its session gets a new key, of the next epoch.
    const isThere = known?.epoch === session.epoch && known.ids.has(id);
    if (isThere || known?.version === session.version) return isThere;
    try {
      const { version, records } = await this.unlocked.records(sessionId);
      this.#known.set(sessionId, { version, epoch: this.unlocked.session(sessionId).epoch, ids: new Set(records.keys()) });
      return records.has(id);
    } catch (error) {
      if (error instanceof NotFoundError) return false;
      throw error;
    }
  }

  #container(of: FormOf): Bytes {
    return 'sessionId' in of ? fromHex(of.sessionId, ID_BYTES) : this.unlocked.login.keyring.vaultId;
  }

  #parse(payload: Payload, { containerId, recordId }: SealedItem): FormDraft {
    const fields = new Fields(payload);
    fields.constant('type', 'form');
    const item = fields.optionalBinary('item', ID_BYTES);
    return {
      id: toHex(recordId),
      of: formOf(fields.text('of'), toHex(containerId), item && toHex(item)),
      base: fields.text('base'),
      mine: fields.text('mine'),
      updatedAt: fields.integer('updated_at'),
    };
  }
}

function formOf(kind: string, sessionId: string, id: string | null): FormOf {
  if (kind === 'message' && id !== null) return { kind, sessionId, id };
  if (kind === 'session' && id === null) return { kind, sessionId, id };
  if (kind === 'notebook' || kind === 'template') return { kind, id };
  throw new FormatError('what a form is of');
}
