/** A document as JSON, `inkvault-export/1` (docs/EXPORT.md): the very bytes that the command line writes. */
import { concat, toHex, utf8, type Bytes } from '../core/bytes.ts';
import { encode, type Payload } from '../core/canonical.ts';
import type { Counts, Document, DocumentHead, RecordItem, SessionItem } from './document.ts';

export const FORMAT = 'inkvault-export/1';
const NEWLINE = utf8('\n');

/** The parts of the file; what it holds comes with the last. */
export async function* writeJson({ head, root, sessions, missing }: Document): AsyncGenerator<Bytes, Counts> {
  const tally = { notebooks: 0, templates: 0, sessions: 0, messages: 0, records: 0 };
  const fields = headFields(head);
  // Of each item its own line: records are in it by their session's hash. WebCrypto has no hash that goes on.
  const content: Bytes[] = [];
  let separator = '\n';
  const line = (bytes: Bytes): Bytes => {
    const separated = concat(utf8(separator), bytes);
    separator = ',\n';
    return separated;
  };
  yield concat(utf8(`{\n"format":"${FORMAT}",\n"head":`), encode(fields), utf8(',\n"items":['));
  for (const item of root) {
    if (item.payload['type'] === 'notebook') tally.notebooks += 1;
    if (item.payload['type'] === 'template') tally.templates += 1;
    const bytes = recordLine('root', item);
    content.push(bytes, NEWLINE);
    yield line(bytes);
  }
  for await (const session of sessions) {
    const lines = session.records.map((record) => recordLine('record', record));
    const messages = session.records.filter(({ payload }) => payload['type'] === 'message').length;
    tally.sessions += 1;
    tally.messages += messages;
    tally.records += lines.length - messages;
    const hashed = [sessionLine(session, null), ...lines].flatMap((bytes) => [bytes, NEWLINE]);
    const bytes = sessionLine(session, await sha256(hashed));
    content.push(bytes, NEWLINE);
    yield concat(line(bytes), ...lines.map(line));
  }
  for (const item of missing) {
    const bytes = encode({ kind: 'missing', ...item });
    content.push(bytes, NEWLINE);
    yield line(bytes);
  }
  const end = { content: await sha256(content), counts: tally, missing: missing.length };
  const whole = await sha256([encode(fields), NEWLINE, encode(end), NEWLINE]);
  yield concat(utf8('\n],\n"end":'), encode({ ...end, sha256: whole }), utf8('\n}\n'));
  return tally;
}

function headFields({ vaultId, exportedAt, zone, tool, selection }: DocumentHead): Payload {
  const { notebook, sessions, since, until } = selection;
  return {
    exported_at: exportedAt,
    selection: {
      ...(notebook !== null && { notebook }),
      ...(sessions !== null && { sessions: [...sessions].sort() }),
      ...(since !== null && { since }),
      ...(until !== null && { until }),
    },
    tool,
    vault: vaultId,
    zone,
  };
}

/** The payload is encoded by itself: inside the item it would stand one level deeper than payloads may. */
function recordLine(kind: 'root' | 'record', { id, payload }: RecordItem): Bytes {
  return concat(utf8(`{"id":"${id}","kind":"${kind}","record":`), encode(payload), utf8('}'));
}

function sessionLine({ id, header, records }: SessionItem, digest: string | null): Bytes {
  const end = `,"id":"${id}","kind":"session"${digest === null ? '' : `,"sha256":"${digest}"`}}`;
  return concat(utf8(`{"count":${records.length},"header":`), encode(header), utf8(end));
}

async function sha256(parts: readonly Bytes[]): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', concat(...parts))));
}
