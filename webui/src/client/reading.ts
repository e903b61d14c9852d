/**
 * Reads what spans several answers (PROTOCOL §7), and opens it as it comes (FORMAT §7.1): a service that invents
 * things without end is refused at the first.
 */
import { equal, toHex, type Bytes } from '../core/bytes.ts';
import { ConflictError, FormatError, IntegrityError, RollbackError } from '../errors.ts';
import type { Keyring } from '../core/keyring.ts';
import type { Container, ContainerPage, RecordPage } from '../wire/answers.ts';
import {
  checkDigest, headerContext, inBatches, openContainer, openHead, rootKey, type Containers, type Contents, type Moved,
  type OpenContainer,
} from './contents.ts';
import { checkRecords, openRecord, type OpenRecord, type OpenRecords } from './records.ts';
import type { LoggedIn } from './service.ts';
import { checkAdvance, type Pin } from './trusted-state.ts';

const MAX_RESTARTS = 5;

/** The whole vault, checked against its head and `pin`; null is a device that has none. */
export function readVault(service: LoggedIn, keyring: Keyring, pin: Pin | null): Promise<Contents> {
  return untilStill(() => readOnce(service, keyring, pin));
}

/** What `read` gives when nothing is erased meanwhile; null stands for that, and it reads again. */
async function untilStill<T>(read: () => Promise<T | null>): Promise<T> {
  for (let attempt = 0; attempt < MAX_RESTARTS; attempt += 1) {
    const found = await read();
    if (found !== null) return found;
  }
  throw new ConflictError('Another device keeps erasing. Try again in a moment.', 'stale');
}

async function readOnce(service: LoggedIn, keyring: Keyring, pin: Pin | null): Promise<Contents | null> {
  const { first, last, fresh: opened } = await readListing(service, keyring, new Map(), pin?.seq ?? 1);
  // The root may have got a new key between the pages: no head of another key is opened.
  if (last.seq > first.seq && (await service.changes(first.seq)).erased_seq > first.seq) return null;
  const listed = await openHead(keyring, rootKey(opened, keyring), first.seq, first.head);
  const base = pin ?? listed.seen;
  const isWhole = last.seq === base.seq;
  const moved = isWhole ? { ...listed, hashes: [], containers: opened } : await readChanges(service, keyring, opened, base.seq, first.seq);
  if (moved === null) return null;
  if (moved.seen.seq < last.seq) throw new RollbackError(`seq ${moved.seen.seq} after ${last.seq}`);
  // Where the history parted, that is what the writer is told: the digest could only say that something is wrong.
  await checkAdvance(base, moved.seen, moved.hashes);
  const containers = new Map([...opened, ...moved.containers]);
  checkDigest(moved.head, containers);
  return { head: moved.head, seen: moved.seen, containers };
}

interface Listing {
  readonly first: ContainerPage;
  readonly last: ContainerPage;
  readonly ids: ReadonlySet<string>;
  /** Those that are not known, or not in this version. */
  readonly fresh: Map<string, OpenContainer>;
}

async function readListing(service: LoggedIn, keyring: Keyring, known: Containers, least: number): Promise<Listing> {
  const [ids, fresh] = [new Set<string>(), new Map<string, OpenContainer>()];
  let first: ContainerPage | null = null;
  let last: ContainerPage | null = null;
  for await (const page of containerPages(service)) {
    first ??= page;
    if (first.seq < least) throw new RollbackError(`seq ${first.seq} after ${least}`);
    if (last !== null) checkSameMoment(last, page);
    last = page;
    for (const { container_id: id } of page.containers) ids.add(id);
    await openNewer(keyring, known, page.containers, fresh);
  }
  if (first === null || last === null) throw new IntegrityError('no listing');
  return { first, last, ids, fresh };
}

/**
 * What moved after `since`; null where something was erased after `erasedUpTo`, what is `known` of: then it must be
 * listed anew. Each head on the way is opened: a number of hashes that is too high has no head.
 */
export async function readChanges(
  service: LoggedIn, keyring: Keyring, known: Containers, since: number, erasedUpTo = since,
): Promise<Moved | null> {
  const [hashes, containers, rootId] = [new Array<Bytes>(), new Map<string, OpenContainer>(), toHex(keyring.vaultId)];
  for (;;) {
    const at = since + hashes.length;
    const answer = await service.changes(at);
    if (answer.seq < at) throw new RollbackError(`seq ${answer.seq} after ${at}`);
    if (answer.erased_seq > erasedUpTo) return null;
    await openNewer(keyring, known, answer.containers, containers);
    const { head, seen } = await openHead(keyring, rootKey(containers.has(rootId) ? containers : known, keyring), answer.seq, answer.head);
    hashes.push(...answer.head_hashes);
    if (answer.complete) return { head, seen, hashes, containers, gone: [] };
  }
}

/** What moved after `since`, where something was erased: the listing tells what is left. */
export function readWithout(service: LoggedIn, keyring: Keyring, known: Containers, since: number): Promise<Moved> {
  return untilStill(async () => {
    const { first, ids, fresh } = await readListing(service, keyring, known, since);
    const moved = await readChanges(service, keyring, new Map([...known, ...fresh]), since, first.seq);
    if (moved === null) return null;
    const containers = new Map([...fresh, ...moved.containers]);
    return { ...moved, containers, gone: [...known.keys()].filter((id) => !ids.has(id) && !containers.has(id)) };
  });
}

/** The records of a container, checked against its header; null when another device wrote there since. */
export async function readRecords(service: LoggedIn, keyring: Keyring, container: OpenContainer): Promise<OpenRecords | null> {
  const records = new Map<string, OpenRecord>();
  // Nothing to ask for: the header says so, and says it of this version.
  if (container.header.count === 0) {
    checkRecords(container, records);
    return { containerId: container.id, version: container.version, records };
  }
  for await (const page of recordPages(service, container.id)) {
    if (page.container.version > container.version) return null;
    if (!(await isSame(keyring, container, page.container))) throw new IntegrityError('another header');
    if (records.size + page.records.length > container.header.count) throw new IntegrityError('number of records');
    for (const record of await inBatches(page.records, (shown) => openRecord(keyring, container, shown))) {
      records.set(record.recordId, record);
    }
  }
  checkRecords(container, records);
  return { containerId: container.id, version: container.version, records };
}

/** The pages of the listing; they may be of different moments. The next one is on its way while one is opened. */
async function* containerPages(service: LoggedIn): AsyncGenerator<ContainerPage> {
  let after: string | null = null;
  let asked = service.containers(after);
  for (;;) {
    const page = await asked;
    checkOrder(after, page.containers.map((container) => container.container_id), page.next);
    after = page.next;
    if (after !== null) {
      asked = service.containers(after);
      // Should the page before it be refused, nobody waits for this one.
      asked.catch(() => undefined);
    }
    yield page;
    if (after === null) return;
  }
}

async function* recordPages(service: LoggedIn, containerId: string): AsyncGenerator<RecordPage> {
  let after: string | null = null;
  do {
    const page: RecordPage = await service.records(containerId, after);
    if (page.container.container_id !== containerId) throw new FormatError('another container');
    checkOrder(after, page.records.map((record) => record.record_id), page.next);
    yield page;
    after = page.next;
  } while (after !== null);
}

/** Ids grow within a page and from page to page, and a page goes on after its last item: so a listing ends. */
function checkOrder(after: string | null, ids: readonly string[], next: string | null): void {
  const all = after === null ? ids : [after, ...ids];
  if (all.some((id, index) => index > 0 && id <= (all[index - 1] ?? ''))) throw new FormatError('listing out of order');
  if (next !== null && next !== ids.at(-1)) throw new FormatError('listing does not go on where it ended');
}

function checkSameMoment(before: ContainerPage, page: ContainerPage): void {
  if (page.seq < before.seq) throw new RollbackError(`seq ${page.seq} in a listing of ${before.seq}`);
  if (page.seq === before.seq && !equal(page.head, before.head)) throw new FormatError('two heads of one number');
}

/** Opens into `into` what is not there yet and not known; the digest shows an older or a forged one (PROTOCOL §7). */
async function openNewer(
  keyring: Keyring, known: Containers, shown: readonly Container[], into: Map<string, OpenContainer>,
): Promise<void> {
  const fresh = shown.filter(({ container_id: id, version }) => version !== known.get(id)?.version && version > (into.get(id)?.version ?? 0));
  for (const container of await inBatches(fresh, (one) => openContainer(keyring, one))) into.set(container.id, container);
}

/** Whether a container shown again is the one that was verified. The element stands for version and header. */
async function isSame(keyring: Keyring, container: OpenContainer, shown: Container): Promise<boolean> {
  const element = await keyring.element(headerContext(keyring.vaultId, container.id, shown.version), shown.header);
  return element === container.element && shown.epoch === container.epoch && equal(shown.wrapped_key, container.wrappedKey);
}
