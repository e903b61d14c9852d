/** Taking everything out of a vault in which something is damaged: it is named, and the rest can be had. */
import { beforeEach, describe, expect, it } from 'vitest';
import { unlockVault } from '../client/opening.ts';
import { Frames, type Shown } from '../client/testing/frames.ts';
import { Device } from '../client/testing/platform.ts';
import { HANDLE, KNOWN, begin, begins, recordId, rejection, unlock } from '../client/testing/scenario.ts';
import { DamagedError, HostileDataError, type Vault } from '../client/vault.ts';
import { documentOf } from './collect.ts';
import { ALL, type Document, type Selection, type SessionItem } from './document.ts';
import { writeJson } from './json-export.ts';

let scene: Awaited<ReturnType<typeof begin>>;
let vault: Vault;
const idOf = (n: number) => begins(100 * n).newSessionId;

beforeEach(async () => {
  scene = await begin();
  for (let n = 1; n <= 3; n += 1) {
    await scene.vault.write({ text: `text ${n}`, ...begins(100 * n) });
    await scene.vault.write({ text: `more ${n}`, sessionId: idOf(n), recordId: recordId(100 * n + 1) });
  }
  vault = await unlock(new Device().tab(scene.service.fetch));
});

function take(skipDamaged: boolean, selection: Selection = ALL): Promise<Document> {
  return documentOf(vault, { selection, skipDamaged, signal: new AbortController().signal, onProgress: () => undefined });
}

async function sessionsOf(document: Document): Promise<SessionItem[]> {
  const found: SessionItem[] = [];
  for await (const session of document.sessions) found.push(session);
  return found;
}

function change(lie: (shown: Shown[]) => Shown[]): void {
  scene.service.lie = ({ path }, answer) => (path === '/snapshot' ? new Frames(lie((answer as Frames).shown)) : answer);
}

const inner = (line: Shown, kind: string) => line[kind] as Record<string, unknown> | undefined;
const flip = (text: unknown) => String(text).replace(/.(?=.{20}$)/, (letter) => (letter === 'A' ? 'B' : 'A'));
const changed = (lines: Shown[]) => lines.map((line) => (
  inner(line, 'record')?.['record_id'] !== recordId(201) ? line : { ...line, record: { ...inner(line, 'record'), envelope: flip(inner(line, 'record')?.['envelope']) } }
));
const lessOne = (lines: Shown[], kind: 'records' | 'containers', gone: (line: Shown) => boolean) => {
  const kept = lines.filter((line) => !gone(line));
  return kept.map((line) => (line.kind !== 'end' ? line : { ...line, records: kept.filter((each) => each.kind === 'record').length, ...(kind === 'containers' && { containers: Number(line['containers']) - 1 }) }));
};
const withoutRecord = (lines: Shown[]) => lessOne(lines, 'records', (line) => inner(line, 'record')?.['record_id'] === recordId(201));
const withoutSession = (lines: Shown[]) => lessOne(lines, 'containers', (line) => (
  inner(line, 'container')?.['container_id'] === idOf(2) || [200, 201].some((n) => inner(line, 'record')?.['record_id'] === recordId(n))
));

const DAMAGE = [
  ['a changed record', changed, recordId(201), 'It does not open: it was changed, exchanged or damaged.', 1],
  ['a record that is not there', withoutRecord, null, 'Its records are not those its header means: one is missing, older or exchanged.', 1],
  ['a session that is not there', withoutSession, null, 'The service does not show it.', null],
] as const;

describe.each(DAMAGE)('%s', (_, damage, record, reason, left) => {
  it('stops the export, is named, and the vault goes on', async () => {
    change(damage);
    const error = await rejection(take(false));
    expect(error).toBeInstanceOf(DamagedError);
    expect(String(error)).toContain('“text 2”');
    expect(String(error)).toContain(record ?? '');
    scene.service.lie = (_request, answer) => answer;
    await vault.write({ text: 'x', ...begins(9_000) });
  });

  it('is left out and listed where that is wanted', async () => {
    change(damage);
    const document = await take(true);
    expect(document.missing).toEqual([{ session: idOf(2), record, title: 'text 2', reason }]);
    const sessions = await sessionsOf(document);
    const counts = sessions.map(({ id, records }) => [id, records.length]);
    expect(counts).toEqual([[idOf(1), 2], ...(left === null ? [] : [[idOf(2), left]]), [idOf(3), 2]]);
  });

  it('is nothing to an export of other sessions', async () => {
    change(damage);
    const document = await take(false, { ...ALL, sessions: [idOf(1)] });
    expect((await sessionsOf(document)).map(({ id }) => id)).toEqual([idOf(1)]);
    expect(document.missing).toEqual([]);
  });

  it('makes a file that says so', async () => {
    change(damage);
    const writer = writeJson(await take(true));
    const parts: Uint8Array[] = [];
    for (let step = await writer.next(); step.done !== true; step = await writer.next()) parts.push(step.value);
    const file = JSON.parse(Buffer.concat(parts).toString('utf8')) as { items: Shown[]; end: { missing: number } };
    expect(file.end.missing).toBe(1);
    expect(file.items.filter(({ kind }) => kind === 'missing')).toEqual([{ kind: 'missing', session: idOf(2), record, title: 'text 2', reason }]);
  });
});

it('whatever contradicts the head beyond damage is a lie and stops everything', async () => {
  change((lines) => lines.map((line) => (
    inner(line, 'container')?.['container_id'] !== idOf(2) ? line : { ...line, container: { ...inner(line, 'container'), header: flip(inner(line, 'container')?.['header']) } }
  )));
  expect(await rejection(take(true))).toBeInstanceOf(HostileDataError);
  expect(await rejection(vault.refresh())).toBeInstanceOf(HostileDataError);
});

it('a message of a form that is not known here is damage, a record of another type is not', async () => {
  const { unlocked } = await unlockVault(new Device().tab(scene.service.fetch), { handle: HANDLE, secret: KNOWN }, () => undefined);
  const strange = { type: 'message', role: 'oracle', text: 'Who knows', position: 2, created_at: 1, zone: 'UTC' };
  await unlocked.act(async () => ({
    containers: [{
      id: idOf(2), header: unlocked.session(idOf(2)).header,
      records: [{ id: recordId(777), payload: strange, before: undefined }, { id: recordId(778), payload: { type: 'sketch', lines: 3 }, before: undefined }],
    }],
  }));
  await vault.refresh();
  expect(String(await rejection(take(false)))).toContain(`The record ${recordId(777)} of the session “text 2”`);
  const document = await take(true);
  expect(document.missing).toMatchObject([{ session: idOf(2), record: recordId(777) }]);
  const [, second] = await sessionsOf(document);
  expect(second?.records.map(({ id }) => id)).toEqual([recordId(200), recordId(201), recordId(778)]);
});
