/** The records of a container, opened and checked against its header (FORMAT §7.1 rule 3). No I/O. */
import type { Payload } from '../core/canonical.ts';
import { SetDigest } from '../core/digest.ts';
import * as envelope from '../core/envelope.ts';
import { IntegrityError } from '../errors.ts';
import { elementOf, type Elements } from '../core/keyring.ts';
import { parseMessage, type Message } from '../core/model.ts';
import type { Record } from '../wire/answers.ts';
import { recordContext } from './contents.ts';
import type { MessageView, Particulars } from './types.ts';

/** A record that opened, of whatever type. */
export interface OpenRecord {
  readonly recordId: string;
  readonly version: number;
  /** What it adds to the digest in the header. */
  readonly element: bigint;
  readonly payload: Payload;
}

/** All records of one version of a container, by id. */
export interface OpenRecords {
  readonly containerId: string;
  readonly version: number;
  readonly records: ReadonlyMap<string, OpenRecord>;
}

/** What records are opened with, and checked against. */
export interface RecordPlace {
  readonly id: string;
  readonly key: CryptoKey;
  readonly header: { readonly count: number; readonly digest: Pick<SetDigest, 'value'> };
}

export async function openRecord(elements: Elements, container: RecordPlace, shown: Record): Promise<OpenRecord> {
  const { record_id: recordId, version } = shown;
  const context = recordContext(elements.vaultId, container.id, recordId, version);
  const [element, payload] = await Promise.all([
    elementOf(elements, context, shown.envelope),
    envelope.open(container.key, context, shown.envelope),
  ]);
  return { recordId, version, element, payload };
}

/** Whether these are the records that the header counts. */
export function isWhole({ header }: Pick<RecordPlace, 'header'>, records: ReadonlyMap<string, OpenRecord>): boolean {
  if (records.size !== header.count) return false;
  return [...records.values()].reduce((sum, { element }) => sum.add(element), SetDigest.empty).equals(header.digest);
}

/** Throws unless they are. */
export function checkRecords(place: Pick<RecordPlace, 'header'>, records: ReadonlyMap<string, OpenRecord>): void {
  if (!isWhole(place, records)) throw new IntegrityError('digest of the records');
}

/** The messages in the order they are shown: by position, then by id. Records of other types are not shown. */
export function inOrder(records: Iterable<OpenRecord>): { readonly id: string; readonly message: Message }[] {
  const messages: { readonly id: string; readonly message: Message }[] = [];
  for (const { recordId: id, payload } of records) {
    if (payload['type'] === 'message') messages.push({ id, message: parseMessage(payload) });
  }
  return messages.sort((a, b) => a.message.position - b.message.position || (a.id < b.id ? -1 : 1));
}

export function messagesOf({ records }: OpenRecords): MessageView[] {
  return inOrder(records.values()).map(({ id, message: { extra: _, versions, sources, toolCalls, ...message } }) => ({
    ...message,
    id,
    versions: versions.map(({ text, at }) => ({ text, at })),
    sources: sources.map(texts),
    toolCalls: toolCalls.map(texts),
  }));
}

/** What is shown of an object: its strings. */
function texts(object: Payload): Particulars {
  return Object.fromEntries(Object.entries(object).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
