/** Times that payloads can say and no calendar has. The twin of tests/unit/transfer/test_datable.py. */
import { describe, expect, it } from 'vitest';
import type { Payload } from '../core/canonical.ts';
import { emptySession } from '../core/model.ts';
import { MAX_DATE_MS, dayOf } from '../writing/days.ts';
import { datable } from './datable.ts';
import { localTime } from './markdown.ts';
import type { Note, RootRead, SessionRead } from './reading.ts';
import { parseRootRecord } from '../core/rootrecords.ts';

const BEYOND = MAX_DATE_MS + 1;

function notebook(id: string, times: object = {}): RootRead {
  const payload: Payload = { type: 'notebook', title: 'Garden', kind: 'event', created_at: 1, updated_at: 1, zone: 'UTC', ...times };
  return { is: 'root', id, payload, record: parseRootRecord(payload) };
}

function session(id: string, messages: readonly object[], times: object = {}): SessionRead {
  const records = messages.map((each, at) => ({ id: String(at), payload: { type: 'message', created_at: 1, ...each } }));
  return { is: 'session', id, header: { ...emptySession(1, 'UTC'), title: 'Talk', ...times }, records };
}

describe('an import', () => {
  it('skips what says them, and tells', async () => {
    async function* given(): AsyncGenerator<RootRead | SessionRead | Note> {
      yield notebook('a');
      yield notebook('b', { archived_at: BEYOND });
      yield session('c', [{}, { created_at: -BEYOND }, { versions: [{ at: BEYOND }] }, { created_at: MAX_DATE_MS }]);
      yield session('d', [{}], { activeAt: BEYOND });
    }
    const found: unknown[] = [];
    for await (const item of datable(given())) {
      if (item.is === 'session') for await (const each of item.records) found.push(each.id);
      else found.push(item.is === 'skipped' ? [item.kind, item.name] : item.is);
    }
    expect(found).toEqual(['root', ['notebook', 'Garden'], '0', '3', ['message', 'Talk, 1'], ['message', 'Talk, 2'], ['session', 'Talk']]);
  });
});

describe('a moment that is sealed already', () => {
  it.each([
    [Number.MAX_SAFE_INTEGER, 'UTC', '9999-12-31T23:59:59+00:00'],
    [Number.MAX_SAFE_INTEGER, 'Asia/Tokyo', '9999-12-31T23:59:59+00:00'],
    [Number.MAX_SAFE_INTEGER, 'America/New_York', '9999-12-31T18:59:59-05:00'],
    [Number.MIN_SAFE_INTEGER, 'UTC', '0001-01-01T00:00:00+00:00'],
    [Number.MIN_SAFE_INTEGER, 'America/New_York', '0001-01-01T00:00:00+00:00'],
  ])('%d in %s is written as the command line writes it', (at, zone, expected) => {
    expect(localTime(at, zone)).toBe(expected);
    expect(dayOf(at, zone)).toMatch(/^-?\d{4,6}-\d\d-\d\d$/);
  });
});
