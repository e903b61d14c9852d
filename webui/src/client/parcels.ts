/** What an import asks of a vault and gives to it, in parts that one commit takes. No I/O; the twin of vault/client/receiving.py, with receiving.ts. */
import { encode, type Json, type Payload } from '../core/canonical.ts';
import { headerPayload, type SessionHeader } from '../core/model.ts';
import { MAX_BODY_BYTES, MAX_COMMIT_ITEMS, MAX_ENVELOPE_BYTES } from '../wire/limits.ts';
import type { Sealed } from './types.ts';

/** Of a payload whose envelope is within its bound: padding adds up to a thirty-second at this size. */
export const MAX_PAYLOAD_BYTES = MAX_ENVELOPE_BYTES - 64 * 1024;

/** The field of a session, notebook or template that tells of the import it came by (docs/FORMAT.md §5.3). */
export const IMPORTED = 'imported';

/** A session that is there, as far as it matters to an import. */
export interface KnownSession {
  readonly id: string;
  readonly count: number;
  /** Of its header as it is sealed, in bytes. */
  readonly size: number;
  readonly updatedAt: number;
  readonly nextPosition: number;
  readonly trashedAt: number | null;
  /** The fields `origin` and `imported` of its header; null for none. */
  readonly origin: Json;
  readonly imported: Json;
}

/** What a vault has, as far as it matters to an import. */
export interface Known {
  readonly vaultId: string;
  readonly sessions: readonly KnownSession[];
  readonly root: readonly Sealed[];
}

/**
 * A session to begin, or one begun so before that goes on. The header is without count and digest, and of one that goes on
 * only what the import tells counts: all else stays as the writer has it by then. The records are new ones.
 */
export interface Incoming {
  readonly id: string;
  /** Whether it has other records already. */
  readonly goesOn: boolean;
  readonly header: Payload;
  readonly records: readonly Sealed[];
}

/** Sessions and records of the root to take in, and sessions that they replace, for the trash. One commit. */
export interface Parcel {
  readonly sessions: readonly Incoming[];
  readonly root: readonly Sealed[];
  readonly trash: readonly string[];
}

/** `size` is that of its header, where it is known already. */
export function knownSession(id: string, header: SessionHeader, size = encode(headerPayload(header)).length): KnownSession {
  const { count, updatedAt, nextPosition, trashedAt, extra } = header;
  return { id, count, size, updatedAt, nextPosition, trashedAt, origin: extra['origin'] ?? null, imported: extra[IMPORTED] ?? null };
}

/** How much one commit still takes. */
export class Room {
  #bytes = MAX_BODY_BYTES - 1024 * 1024;
  /** The root is one, and the report a record of it. */
  #containers = MAX_COMMIT_ITEMS - 2;
  #records = MAX_COMMIT_ITEMS - 2;

  /** Takes in a header whose payload has `size` bytes; false when there is no room for it. */
  container(size: number): boolean {
    this.#containers -= 1;
    return this.#take(size) && this.#containers >= 0;
  }

  /** Takes in a record likewise. */
  record(size: number): boolean {
    this.#records -= 1;
    return this.#take(size) && this.#records >= 0;
  }

  #take(size: number): boolean {
    // Padding and base64 add at most three quarters.
    this.#bytes -= 2 * size + 1_500;
    return this.#bytes >= 0;
  }
}
