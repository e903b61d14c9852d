/** The records of a session, checked against its header and opened (FORMAT §7.1 rule 3). No I/O. */
import { SetDigest } from '../core/digest.ts';
import * as envelope from '../core/envelope.ts';
import { IntegrityError } from '../core/errors.ts';
import type { Keyring } from '../core/keyring.ts';
import { parseMessage, type Message } from '../core/model.ts';
import type { Record } from '../wire/answers.ts';
import { inBatches, recordContext, type OpenSession } from './contents.ts';
import type { MessageView } from './types.ts';

/** The records of one version of a session. A record of a type not known here is kept as null, counted, not shown. */
export interface OpenRecords {
  readonly sessionId: string;
  readonly version: number;
  readonly records: ReadonlyMap<string, Message | null>;
}

export async function openRecords(keyring: Keyring, session: OpenSession, shown: readonly Record[]): Promise<OpenRecords> {
  const contextOf = (record: Record) => recordContext(keyring.vaultId, session.id, record.record_id, record.version);
  const elements = await inBatches(shown, (record) => keyring.element(contextOf(record), record.envelope));
  const digest = elements.reduce((sum, element) => sum.add(element), SetDigest.empty);
  if (shown.length !== session.header.count || !digest.equals(session.header.digest)) {
    throw new IntegrityError('digest of the session');
  }
  const records = await inBatches(shown, async (record) => {
    const payload = await envelope.open(session.key, contextOf(record), record.envelope);
    return [record.record_id, payload['type'] === 'message' ? parseMessage(payload) : null] as const;
  });
  return { sessionId: session.id, version: session.version, records: new Map(records) };
}

/** In the order they are shown: by position, then by id. */
export function messagesOf({ records }: OpenRecords): MessageView[] {
  const views: MessageView[] = [];
  for (const [id, message] of records) {
    if (message === null) continue;
    const { role, text, createdAt, zone, position } = message;
    views.push({ id, role, text, createdAt, zone, position });
  }
  return views.sort((a, b) => a.position - b.position || (a.id < b.id ? -1 : 1));
}
