/** What is to become of each item of an import: new, there already, or not to be taken (docs/EXPORT.md). The twin of vault/transfer/plan.py. */
import { IMPORTED, knownSession, type Known, type KnownSession } from '../client/parcels.ts';
import { equal } from '../core/bytes.ts';
import { encode, isPayload, type Json, type Payload } from '../core/canonical.ts';
import { REPORT, STAYS } from './document.ts';
import type { Duplicates, RootRead, SessionRead } from './reading.ts';
import type { Outcome } from './report.ts';

const NOTHING: Payload = {};

/** What becomes of an item. */
export interface Decision {
  readonly outcome: Outcome;
  readonly reason: string;
  /** The id it has in the vault, null for a new one. */
  readonly target: string | null;
  /** What goes into the trash for it. */
  readonly replaces: string | null;
  /** How many of its records are there from an import that was broken off. */
  readonly written: number;
}

export function decision(outcome: Outcome, rest: Partial<Omit<Decision, 'outcome'>> = {}): Decision {
  return { outcome, reason: '', target: null, replaces: null, written: 0, ...rest };
}

/** Whether there is something to write. */
export function isTaken({ outcome }: Decision): boolean {
  return outcome !== 'duplicate' && outcome !== 'skipped';
}

/** What the vault has, as far as it matters to an import; what is taken in meanwhile is put in with `add…`. */
export class Shelf {
  /** The ids in the vault of the notebooks and templates of the source, where they differ. */
  readonly ids = new Map<string, string>();
  readonly #byOrigin = new Map<string, string>();
  readonly #sessions = new Map<string, KnownSession>();
  readonly #root = new Map<string, Payload>();
  readonly #notebooks = new Map<string, string>();
  readonly #ofRun = new Map<string, string>();
  readonly #successors = new Map<string, string>();
  readonly #settings: string | null;
  readonly #vaultId: string;

  constructor(known: Known, private readonly run: string, private readonly duplicates: Duplicates, private readonly keepsIds: boolean) {
    this.#vaultId = known.vaultId;
    for (const session of known.sessions) this.#add(session);
    for (const { id, payload } of known.root) this.addRoot(id, payload);
    // Of before the import: a source may have several records of settings, and they are kept as they are.
    const settings = known.root.filter(({ payload }) => payload['type'] === 'settings').map(({ id }) => id).sort();
    this.#settings = settings[0] ?? null;
  }

  /** Knows of a session that was taken in, whose header has `size` bytes. */
  addSession(id: string, header: SessionRead['header'], size: number): void {
    this.#add(knownSession(id, header, size));
  }

  /** Of several from one source item the one out of the trash counts, then the last. */
  #add(session: KnownSession): void {
    const { id, trashedAt, imported } = session;
    this.#sessions.set(id, session);
    const origin = originOf(session.origin);
    const before = this.#sessions.get(this.#byOrigin.get(origin) ?? '');
    if (origin !== '' && (trashedAt === null || before === undefined || before.trashedAt !== null)) this.#byOrigin.set(origin, id);
    if (trashedAt === null) this.#noteSuccessor(id, imported);
    this.#noteRun(id, imported);
  }

  /** Knows of a record of the root. */
  addRoot(id: string, payload: Payload): void {
    this.#root.set(id, payload);
    const { type } = payload;
    const origin = originOf(payload['origin']);
    if (type === 'notebook' && payload['trashed_at'] === undefined && origin !== '') this.#notebooks.set(origin, id);
    if (isTitled(type)) this.#noteRun(id, payload[IMPORTED]);
  }

  /** What becomes of a session. */
  decideSession(item: SessionRead): Decision {
    // Taken in anew by this import, as a copy or in the place of another.
    const again = this.#ofRun.get(item.id);
    if (again !== undefined) return this.#goOn(again);
    const existing = this.#existing(item);
    if (existing === null) return decision('created', { target: this.keepsIds ? item.id : null });
    const session = this.#sessions.get(existing);
    if (session === undefined) return decision('skipped', { reason: 'its id is that of the vault itself' });
    const marks = fieldsOf(session.imported);
    if ('written' in marks && marks['run'] === this.run) return this.#goOn(existing);
    if ('written' in marks) return this.#decideDuplicate(existing, 'only a part of it is there; to replace it takes in all of it');
    return this.#decideDuplicate(existing, this.#difference(item, session));
  }

  /** How many bytes the header of a session has; 0 for one that is not there. */
  sizeOf(id: string): number {
    return this.#sessions.get(id)?.size ?? 0;
  }

  #decideDuplicate(existing: string, reason: string): Decision {
    if (this.duplicates === 'skip') return decision('duplicate', { reason, target: existing });
    return this.duplicates === 'copy' ? decision('copied', { reason }) : decision('replaced', { reason, replaces: existing });
  }

  /**
   * What is put under `imported` so that the same import finds it again when it goes on. Where duplicates are skipped, and of
   * records that keep their place, the ids and origins are enough for that.
   */
  marks(itemId: string, { replaces }: Decision): Payload | null {
    if (this.duplicates === 'skip') return null;
    return { run: this.run, of: itemId, ...(replaces !== null && { replaces }) };
  }

  /** What becomes of a record of the root. */
  decideRoot({ id, payload }: RootRead): Decision {
    const { type } = payload;
    if (STAYS.has(type)) return decision('skipped', { reason: 'what tells of imports and backups stays with its vault' });
    if (!this.keepsIds) {
      const known = type === 'notebook' ? this.#notebooks.get(originOf(payload['origin'])) : undefined;
      return known === undefined ? decision('created') : decision('duplicate', { reason: 'it is used as it is', target: known });
    }
    const again = this.#ofRun.get(id);
    if (again !== undefined) return decision('duplicate', { reason: 'this import took it in before', target: again });
    return this.#decideKept(type === 'settings' ? this.#settings ?? id : id, payload);
  }

  /** What becomes of a record whose id is one of a vault. Of settings there is only one record. */
  #decideKept(target: string, payload: Payload): Decision {
    const { type } = payload;
    const existing = this.#root.get(target);
    if (existing === undefined) return decision('created', { target });
    if (isSame(existing, payload)) return decision('duplicate', { reason: 'the same is there', target });
    if (type === 'settings' && this.duplicates === 'replace') return decision('replaced', { reason: 'other settings were there', target });
    if (!isTitled(type)) return decision('duplicate', { reason: 'another of this kind is there', target });
    const reason = 'another state of it is there';
    return this.duplicates === 'copy' ? decision('copied', { reason }) : decision('duplicate', { reason, target });
  }

  #existing(item: SessionRead): string | null {
    if (!this.keepsIds) return this.#byOrigin.get(originOf(item.header.extra['origin'])) ?? null;
    const session = this.#sessions.get(item.id);
    if (session !== undefined) return session.trashedAt === null ? item.id : this.#successors.get(item.id) ?? item.id;
    return item.id === this.#vaultId ? item.id : null;
  }

  #goOn(id: string): Decision {
    const marks = fieldsOf(this.#sessions.get(id)?.imported);
    const { written, replaces } = marks;
    if (typeof written !== 'number') return decision('duplicate', { reason: 'this import took it in before', target: id });
    const old = typeof replaces === 'string' && replaces !== '' ? replaces : null;
    return decision('continued', { reason: 'it was there in part', target: id, replaces: old, written });
  }

  /** Knows of what an import put in the place of another: it stands for that, and for the item it was made of. */
  #noteSuccessor(id: string, imported: Json): void {
    const marks = fieldsOf(imported);
    if (!('replaces' in marks)) return;
    for (const name of ['of', 'replaces']) this.#successors.set(textOf(marks[name]), id);
  }

  #noteRun(id: string, imported: Json | undefined): void {
    const { run, of } = fieldsOf(imported);
    if (run === this.run && typeof of === 'string') this.#ofRun.set(of, id);
  }

  #difference({ header }: SessionRead, session: KnownSession): string {
    const where = session.trashedAt === null ? 'there' : 'in the trash';
    const isTheSame = this.keepsIds
      ? header.updatedAt === session.updatedAt && header.nextPosition === session.nextPosition
      : fieldsOf(header.extra['origin'])['hash'] === fieldsOf(session.origin)['hash'];
    return `${isTheSame ? 'the same' : 'another state of it'} is ${where}`;
  }
}

/** The id of the report of an import of the same items that was broken off, to be gone on with; null for none. */
export function unfinishedRun({ root }: Known, digest: string): string | null {
  const found = root.find(({ payload }) => payload['type'] === REPORT && payload['digest'] === digest
    && ['running', 'cancelled', 'failed'].includes(textOf(payload['state'])));
  return found?.id ?? null;
}

function isTitled(type: Json | undefined): boolean {
  return type === 'notebook' || type === 'template';
}

/** Whether two records say the same, but for the marks of their imports. */
function isSame(one: Payload, two: Payload): boolean {
  const [first, second] = [one, two].map((payload) => {
    const { [IMPORTED]: _, ...rest } = payload;
    return encode(isTitled(payload['type']) ? rest : payload);
  });
  return first !== undefined && second !== undefined && equal(first, second);
}

/** What tells a source item apart from all others; nothing for what came from no other tool. */
function originOf(origin: Json | undefined): string {
  const { tool, id } = fieldsOf(origin);
  return typeof tool === 'string' && typeof id === 'string' ? `${tool}\0${id}` : '';
}

function fieldsOf(value: Json | undefined): Payload {
  return isPayload(value) ? value : NOTHING;
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** The name of a kind of record. */
export function kindOf({ record }: RootRead): string {
  return record === null || record.type === 'backup' ? 'record' : record.type;
}
