/** Reads what spans several answers (PROTOCOL §7). Bytes are checked for shape only; contents.ts opens them. */
import type { Bytes } from '../core/bytes.ts';
import { ConflictError, FormatError, RollbackError } from '../core/errors.ts';
import type { Container, Record, RecordPage } from '../wire/answers.ts';
import { expectGrowing, latest, type Shown } from './contents.ts';
import type { LoggedIn } from './service.ts';

export interface ShownChanges extends Shown {
  /** Of the heads after `since`, up to `seq`. */
  readonly hashes: readonly Bytes[];
}

/** All containers; `moved` when commits came in between, so that the changes since `seq` are needed as well. */
export async function readContainers(service: LoggedIn): Promise<Shown & { readonly moved: boolean }> {
  const first = await service.containers(null);
  const containers = [...first.containers];
  let moved = false;
  for (let { next } = first; next !== null;) {
    expectLast(next, containers.at(-1)?.container_id);
    const page = await service.containers(next);
    if (page.seq < first.seq) throw new RollbackError(`seq ${page.seq} in a listing of ${first.seq}`);
    moved ||= page.seq !== first.seq;
    if (page.containers.length === 0) throw new FormatError('empty page');
    containers.push(...page.containers);
    ({ next } = page);
  }
  expectGrowing(containers.map((container) => container.container_id));
  return { seq: first.seq, head: first.head, containers, moved };
}

/** What moved after `since`. */
export async function readChanges(service: LoggedIn, since: number): Promise<ShownChanges> {
  const hashes: Bytes[] = [];
  let containers: Container[] = [];
  for (;;) {
    const answer = await service.changes(since + hashes.length);
    if (answer.seq < since + hashes.length) throw new RollbackError(`seq ${answer.seq} after ${since + hashes.length}`);
    hashes.push(...answer.head_hashes);
    containers = latest(containers, answer.containers);
    if (answer.complete) return { seq: answer.seq, head: answer.head, containers, hashes };
  }
}

const MAX_RESTARTS = 5;

/** All records of a container, with the container as of the same moment. */
export async function readRecords(service: LoggedIn, containerId: string): Promise<{ container: Container; records: Record[] }> {
  for (let attempt = 0; attempt < MAX_RESTARTS; attempt += 1) {
    const first = await service.records(containerId, null);
    if (first.container.container_id !== containerId) throw new FormatError('another container');
    const records = await readOn(service, containerId, first);
    if (records === null) continue;
    expectGrowing(records.map((record) => record.record_id));
    return { container: first.container, records };
  }
  throw new ConflictError('Another device keeps writing in this session. Try again in a moment.', 'stale');
}

/** The records after the first page as well; null when the container changed meanwhile. */
async function readOn(service: LoggedIn, containerId: string, first: RecordPage): Promise<Record[] | null> {
  const records = [...first.records];
  for (let { next } = first; next !== null;) {
    expectLast(next, records.at(-1)?.record_id);
    const page = await service.records(containerId, next);
    if (page.container.container_id !== containerId) throw new FormatError('another container');
    if (page.container.version !== first.container.version) return null;
    if (page.records.length === 0) throw new FormatError('empty page');
    records.push(...page.records);
    ({ next } = page);
  }
  return records;
}

/** A listing goes on after its last item: were it to stand still or to jump, it would not end or leave items out. */
function expectLast(next: string, last: string | undefined): void {
  if (next !== last) throw new FormatError('listing does not go on where it ended');
}
