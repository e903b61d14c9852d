/** The records of the root container, read: notebooks, own templates, settings (FORMAT §5.3). */
import {
  CONTINUE_MINUTES, NO_SETTINGS, parseRootRecord, type Backup, type Notebook, type RootRecord, type Settings, type Template,
} from '../core/rootrecords.ts';
import { NotFoundError } from '../errors.ts';
import type { OpenRecords } from './records.ts';

export class Root {
  readonly #read: ReadonlyMap<string, RootRecord>;

  /** Throws FormatError for a record of a known type and another form. Those of other types are kept, unshown. */
  constructor(readonly records: OpenRecords) {
    const read = [...records.records.values()].map(({ recordId, payload }) => [recordId, parseRootRecord(payload)] as const);
    this.#read = new Map(read.filter((entry): entry is readonly [string, RootRecord] => entry[1] !== null));
  }

  get(id: string): RootRecord | undefined {
    return this.#read.get(id);
  }

  /** By id. */
  notebooks(): Map<string, Notebook> {
    return this.#ofType('notebook');
  }

  /** By name. */
  templates(): Map<string, Template> {
    return this.#ofType('template');
  }

  /** Of several records the one with the lowest id counts; id null when there is none. */
  settings(): { readonly id: string | null; readonly settings: Settings } {
    const [first] = [...this.#ofType('settings')].sort(([a], [b]) => (a < b ? -1 : 1));
    return first === undefined ? { id: null, settings: NO_SETTINGS } : { id: first[0], settings: first[1] };
  }

  /** The latest one that is noted. */
  backup(): { readonly id: string; readonly record: Backup } | null {
    const [latest] = [...this.#ofType('backup')].sort(([, a], [, b]) => b.begunAt - a.begunAt);
    return latest === undefined ? null : { id: latest[0], record: latest[1] };
  }

  /** FORMAT §5.5. */
  get continueMinutes(): number {
    return this.settings().settings.continueMinutes ?? CONTINUE_MINUTES;
  }

  /** The id of a notebook that is there, or null. */
  checkNotebook(id: string | null): string | null {
    if (id !== null && this.get(id)?.type !== 'notebook') throw notThere();
    return id;
  }

  #ofType<T extends RootRecord['type']>(type: T): Map<string, Extract<RootRecord, { type: T }>> {
    const all = [...this.#read].filter((entry): entry is [string, Extract<RootRecord, { type: T }>] => entry[1].type === type);
    return new Map(all);
  }
}

export function notThere(): NotFoundError {
  return new NotFoundError('This notebook or template is not in the vault. Choose another one.', 'not_found');
}
