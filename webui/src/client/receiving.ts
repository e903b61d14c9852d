/** Taking in sessions and records that come with ids and times of their own (docs/EXPORT.md). */
import { SetDigest } from '../core/digest.ts';
import { parseSession, type SessionHeader } from '../core/model.ts';
import { FormatError, IntegrityError, NotFoundError, UsageError } from '../errors.ts';
import type { Edit, Edits } from './commits.ts';
import { sessionsOf } from './contents.ts';
import { IMPORTED, knownSession, type Incoming, type Known, type Parcel } from './parcels.ts';
import type { Unlocked } from './unlocked.ts';

/** How often the login is renewed while long work needs nothing of the service. */
const STAY_MS = 30_000;

/** The vault as it takes things in: what it holds as last seen, and a way to add to it. */
export class Receiver {
  #stayedAt = -Infinity;

  constructor(private readonly unlocked: Unlocked) {}

  /** The present moment by the service's clock. */
  now(): number {
    return this.unlocked.now();
  }

  known(): Known {
    const { gate, contents, root, login } = this.unlocked;
    gate.check();
    return {
      vaultId: login.vaultId,
      sessions: sessionsOf(contents).map(({ id, header }) => knownSession(id, header)),
      root: [...root.records.records.values()].map(({ recordId: id, payload }) => ({ id, payload })),
    };
  }

  /** How many records a session has; null for one that is not there. */
  countOf(id: string): number | null {
    this.unlocked.gate.check();
    const header = this.unlocked.contents.containers.get(id)?.header;
    return header?.type === 'session' ? header.count : null;
  }

  /** Takes it in, durably. Throws UnavailableError when it is not known whether it is in: do the same again. */
  async take({ sessions, root, trash }: Parcel): Promise<void> {
    // Before the gate: a parcel that is no good says nothing against the service.
    const incoming = sessions.map((each) => ({ ...each, header: headerOf(each) }));
    const trashedAt = this.now();
    await this.unlocked.act(async () => {
      const edits = incoming.map((each) => this.#edit(each));
      for (const id of trash) {
        const header = this.unlocked.contents.containers.get(id)?.header;
        if (header?.type === 'session' && header.trashedAt === null) edits.push({ id, header: { ...header, trashedAt }, records: [] });
      }
      if (root.length > 0) edits.push(this.#rootEdit(root));
      return edits.length === 0 ? null : { containers: edits } satisfies Edits;
    });
    this.#stayedAt = performance.now();
  }

  /** Renews the login where that is due. */
  async stay(): Promise<void> {
    this.unlocked.gate.check();
    if (performance.now() - this.#stayedAt < STAY_MS) return;
    this.#stayedAt = performance.now();
    await this.unlocked.gate.run(() => this.unlocked.login.service.heartbeat());
  }

  #edit({ id, header, records, goesOn }: Omit<Incoming, 'header'> & { readonly header: SessionHeader }): Edit {
    const own = this.unlocked.contents.containers.get(id)?.header;
    if (own === undefined && goesOn) throw new NotFoundError('A session of this import was erased while it ran. Begin it again.', 'erased');
    if (own?.type === 'root') throw new UsageError('The vault itself is no session. Leave this one out.');
    return { id, header: own === undefined ? header : goneOn(own, header), records: records.map((record) => ({ ...record, before: undefined })) };
  }

  #rootEdit(records: Parcel['root']): Edit {
    const { contents, root, login: { vaultId } } = this.unlocked;
    const header = contents.containers.get(vaultId)?.header;
    if (header === undefined) throw new IntegrityError('no root container');
    return { id: vaultId, header, records: records.map((record) => ({ ...record, before: root.records.records.get(record.id) })) };
  }
}

/** The header of a session that goes on. It began with all that the source's says, so that `days` are counted. */
function goneOn(own: SessionHeader, source: SessionHeader): SessionHeader {
  const { [IMPORTED]: _, ...kept } = own.extra;
  const told = source.extra[IMPORTED];
  return {
    ...own,
    opening: own.opening || source.opening,
    preview: own.nextPosition > source.nextPosition ? own.preview : source.preview,
    updatedAt: Math.max(own.updatedAt, source.updatedAt),
    nextPosition: Math.max(own.nextPosition, source.nextPosition),
    extra: told === undefined ? kept : { ...kept, [IMPORTED]: told },
  };
}

function headerOf({ header }: Incoming): SessionHeader {
  try {
    return parseSession({ ...header, count: 0, digest: SetDigest.empty.hex() });
  } catch (error) {
    if (error instanceof FormatError) throw new UsageError('A session of this import is not one that a vault can hold.');
    throw error;
  }
}
