/**
 * What can be imported of an export: only what says moments that a calendar has. The twin of vault/transfer/datable.py. A
 * payload may say any integer as a time (FORMAT §5.2), and so may an export, which has to hold whatever a vault does. No
 * client writes such a time, and no browser can show one.
 */
import type { Payload } from '../core/canonical.ts';
import { headerPayload } from '../core/model.ts';
import { MAX_DATE_MS } from '../writing/days.ts';
import { skipped, type Note, type RecordRead, type RootRead, type SessionRead, type Skipped } from './reading.ts';

const TITLED = ['created_at', 'updated_at', 'archived_at', 'trashed_at'];
const SESSION = [...TITLED, 'active_at', 'ended_at', 'resumed_at'];
const MESSAGE = ['created_at', 'edited_at', 'trashed_at'];
const REASON = 'it has a time that no calendar has';

/** The items, those that say another moment skipped; what is left out of a session comes behind it. */
export async function* datable(items: AsyncIterable<RootRead | SessionRead | Note>): AsyncGenerator<RootRead | SessionRead | Note | Skipped, void> {
  for await (const item of items) {
    if (item.is === 'root' && (item.record?.type === 'notebook' || item.record?.type === 'template')) {
      yield hasDates(item.payload, TITLED) ? item : skipped(item.record.title, REASON, item.record.type);
    } else if (item.is === 'session') {
      const name = item.header.title || item.header.opening || item.id;
      if (!hasDates(headerPayload(item.header), SESSION)) {
        yield skipped(name, REASON);
        continue;
      }
      const lost: string[] = [];
      const records = recordsOf(item.records, lost);
      yield { ...item, records };
      for await (const _ of records);
      for (const each of lost) yield skipped(`${name}, ${each}`, REASON, 'message');
    } else {
      yield item;
    }
  }
}

async function* recordsOf(records: SessionRead['records'], lost: string[]): AsyncGenerator<RecordRead, void> {
  for await (const each of records) {
    if (each.payload['type'] === 'message' && !isDated(each.payload)) lost.push(each.id);
    else yield each;
  }
}

/** A message of its form. */
function isDated(message: Payload): boolean {
  const versions = (message['versions'] ?? []) as readonly Payload[];
  return hasDates(message, MESSAGE) && versions.every((each) => hasDates(each, ['at']));
}

function hasDates(payload: Payload, names: readonly string[]): boolean {
  return names.every((name) => Math.abs(Number(payload[name] ?? 0)) <= MAX_DATE_MS);
}
