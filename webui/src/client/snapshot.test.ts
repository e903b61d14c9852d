/** Reading everything: what an honest service sends is given whole, anything else is refused before any of it is given. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { utf8, type Bytes } from '../core/bytes.ts';
import {
  FormatError, HostileDataError, IntegrityError, LockedError, RateLimitError, RollbackError, UnavailableError, Vault, type MessageView,
} from './vault.ts';
import { FakeService, type VaultState } from './testing/fake-service.ts';
import { frame, Frames, type Shown } from './testing/frames.ts';
import { Device } from './testing/platform.ts';
import { begin, begins, recordId, rejection, unlock } from './testing/scenario.ts';

type Kind = abstract new (...args: never[]) => Error;

let stocked: VaultState;
let scene: { readonly service: FakeService };
let vault: Vault;
const SESSIONS = 30;
const idOf = (n: number) => begins(100 * n).newSessionId;
beforeAll(async () => {
  const { service, vault: writer } = await begin();
  await writer.saveSettings({ continueMinutes: 6 });
  for (let n = 1; n <= SESSIONS; n += 1) {
    await writer.write({ text: `text ${n}`, ...begins(100 * n) });
    for (let m = 1; m < n % 4; m += 1) await writer.write({ text: `text ${n}.${m}`, sessionId: idOf(n), recordId: recordId(100 * n + m) });
  }
  stocked = service.backup();
});
beforeEach(async () => {
  scene = { service: new FakeService() };
  scene.service.restore(stocked);
  vault = await unlock(new Device().tab(scene.service.fetch));
});

async function readAll(of: Vault, signal = new AbortController().signal): Promise<Map<string, readonly MessageView[]>> {
  const read = new Map<string, readonly MessageView[]>();
  await of.readAll((id, messages) => read.set(id, messages), signal);
  return read;
}

function change(lie: (shown: Shown[]) => unknown[]): void {
  scene.service.lie = ({ path }, answer) => (path === '/snapshot' ? new Frames(lie((answer as Frames).shown) as Shown[]) : answer);
}

const TYPE = { 'Content-Type': 'application/vnd.inkvault.snapshot' };

/** In parts of this size. */
function raw(data: Bytes, part = 1_000, headers: Record<string, string> = TYPE): Response {
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= data.length) return controller.close();
      controller.enqueue(data.slice(at, (at += part)));
    },
  });
  return new Response(body, { headers });
}

describe('an honest snapshot', () => {
  it('gives every session once, as opening it does, and tells how far it is', async () => {
    const fresh = await unlock(new Device().tab(scene.service.fetch));
    const progress: (readonly number[])[] = [];
    const read = new Map<string, readonly MessageView[]>();
    await fresh.readAll((id, messages) => read.set(id, messages), new AbortController().signal, (...at) => progress.push(at));
    expect([...read.keys()]).toEqual(vault.sessions().map(({ id }) => id).sort());
    for (const [id, messages] of read) expect(messages).toEqual(await vault.open(id));
    expect(progress.at(-1)).toEqual([SESSIONS, SESSIONS]);
  });

  it.each([1, 7, 100_000])('is read from parts of %i bytes', async (part) => {
    scene.service.lie = ({ path }, answer) => (path !== '/snapshot' ? answer : raw((answer as Frames).bytes, part));
    expect((await readAll(vault)).size).toBe(SESSIONS);
  });

  it('of a vault that another device wrote to meanwhile is read with what came after', async () => {
    const other = await unlock(new Device().tab(scene.service.fetch));
    await other.write({ text: 'before', sessionId: idOf(1), recordId: recordId(7) });
    let isOn = true;
    scene.service.after = async ({ path }) => {
      if (path !== '/snapshot' || !isOn) return;
      isOn = false;
      // After the service took its snapshot, before it is read.
      await other.write({ text: 'after', sessionId: idOf(2), recordId: recordId(8) });
      await other.write({ text: 'new', ...begins(9_000) });
      await vault.refresh();
    };
    const read = await readAll(vault);
    expect(read.size).toBe(SESSIONS + 1);
    expect(read.get(idOf(1))?.map(({ text }) => text)).toContain('before');
    expect(read.get(idOf(2))?.map(({ text }) => text)).toContain('after');
    expect(read.get(begins(9_000).newSessionId)).toHaveLength(1);
  });

  it('is left when it is no longer wanted, and the vault goes on', async () => {
    const ending = new AbortController();
    let count = 0;
    const reading = vault.readAll(() => {
      if (++count === 3) ending.abort();
    }, ending.signal);
    expect(await rejection(reading)).toBe(ending.signal.reason);
    expect(count).toBe(3);
    await vault.write({ text: 'x', ...begins(9_000) });
  });

  it('stops at a lock', async () => {
    let count = 0;
    const reading = vault.readAll(() => {
      if (++count === 3) void vault.leave();
    }, new AbortController().signal);
    expect(await rejection(reading)).toBeInstanceOf(LockedError);
    expect(count).toBeLessThan(SESSIONS);
  });

  it('does not hold up a save', async () => {
    const [read] = await Promise.all([readAll(vault), vault.write({ text: 'x', ...begins(9_000) })]);
    expect(read.size).toBeGreaterThanOrEqual(SESSIONS);
    expect(vault.sessions()).toHaveLength(SESSIONS + 1);
  });
});

const must = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('the scene has no such thing');
  return value;
};
const at = (lines: Shown[], kind: string, nth = 1) => must(lines.map((line, index) => [line, index] as const).filter(([line]) => line.kind === kind)[nth])[1];
const without = (lines: Shown[], index: number, kind: 'containers' | 'records') =>
  lines.filter((_, n) => n !== index).map((line) => (line.kind === 'end' ? { ...line, [kind]: Number(line[kind]) - 1 } : line));
const flip = (text: unknown) => String(text).replace(/.(?=.{20}$)/, (letter) => (letter === 'A' ? 'B' : 'A'));
function edit(lines: Shown[], index: number, field: string, with_: (value: never) => unknown): Shown[] {
  return lines.map((line, n) => {
    if (n !== index) return line;
    const inner = line[line.kind] as Record<string, unknown>;
    return { ...line, [line.kind]: { ...inner, [field]: with_(inner[field] as never) } };
  });
}

const LIES: [string, Kind, (shown: Shown[]) => unknown[]][] = [
  ['without head', FormatError, (lines) => lines.slice(1)],
  ['with two heads', FormatError, (lines) => [lines[0], ...lines]],
  ['with another head', RollbackError, (lines) => [{ ...lines[0], head: flip(lines[0]?.head) }, ...lines.slice(1)]],
  ['of a number that no head has', HostileDataError, (lines) => [{ ...lines[0], seq: 10_000 }, ...lines.slice(1)]],
  ['of an older vault under its number', RollbackError, (lines) => [{ ...lines[0], head: scene.service.vault.containers.get(vault.vaultId)?.header }, ...lines.slice(1)]],
  ['with more after its end', FormatError, (lines) => [...lines, lines.at(-1)]],
  ['with wrong counts', FormatError, (lines) => [...lines.slice(0, -1), { ...lines.at(-1), records: 3 }]],
  ['without a session', IntegrityError, (lines) => {
    const [start, end] = [at(lines, 'container', 3), at(lines, 'container', 4)];
    const kept = [...lines.slice(0, start), ...lines.slice(end)];
    return [...kept.slice(0, -1), { kind: 'end', containers: SESSIONS, records: kept.filter(({ kind }) => kind === 'record').length }];
  }],
  ['with a session twice', FormatError, (lines) => [...lines.slice(0, at(lines, 'container', 4)), lines[at(lines, 'container', 3)], ...lines.slice(at(lines, 'container', 4))]],
  ['with an invented session', IntegrityError, (lines) => edit(lines, at(lines, 'container', 4), 'container_id', (id: string) => `${id.slice(0, -1)}f`)],
  ['with an older version', IntegrityError, (lines) => edit(lines, at(lines, 'container', 4), 'version', (version: number) => version + 1)],
  ['with another header', IntegrityError, (lines) => edit(lines, at(lines, 'container', 4), 'header', flip)],
  ['with another key', IntegrityError, (lines) => edit(lines, at(lines, 'container', 4), 'wrapped_key', flip)],
  ['with another epoch', IntegrityError, (lines) => edit(lines, at(lines, 'container', 4), 'epoch', () => 2)],
  ['without a record', IntegrityError, (lines) => without(lines, at(lines, 'record', 7), 'records')],
  ['with a record changed', IntegrityError, (lines) => edit(lines, at(lines, 'record', 7), 'envelope', flip)],
  ['with a record of another version', IntegrityError, (lines) => edit(lines, at(lines, 'record', 7), 'version', () => 2)],
  ['with a record under another id', IntegrityError, (lines) => edit(lines, at(lines, 'record', 7), 'record_id', (id: string) => `${id.slice(0, -1)}f`)],
  ['with two records swapped', IntegrityError, (lines) => {
    const [a, b] = [at(lines, 'record', 7), at(lines, 'record', 9)];
    const envelope = (index: number) => (lines[index]?.record as { envelope: string }).envelope;
    return edit(edit(lines, a, 'envelope', () => envelope(b)), b, 'envelope', () => envelope(a));
  }],
  ['with a record of nothing', FormatError, (lines) => [lines[0], lines[at(lines, 'record')], ...lines.slice(1)]],
  ['with a record too many', HostileDataError, (lines) => [...lines.slice(0, -1), { kind: 'record', record: { ...(lines[at(lines, 'record', 7)]?.record as object), record_id: 'f'.repeat(32) } }, lines.at(-1)]],
  ['with an unknown frame', FormatError, (lines) => [lines[0], frame(5, new Uint8Array(600)), ...lines.slice(1)]],
  ['with a few bytes after its end', FormatError, (lines) => [...lines, Uint8Array.of(0)]],
  ['with an envelope of one byte more', IntegrityError, (lines) => edit(lines, at(lines, 'record', 7), 'envelope', (envelope: string) => `${envelope}AAAA`)],
];

describe('a snapshot', () => {
  it.each(LIES)('%s is refused, the vault ends, and nothing false was given', async (_, kind, lie) => {
    const truth = await readAll(vault);
    change(lie);
    const given = new Map<string, readonly MessageView[]>();
    const error = await rejection(vault.readAll((id, messages) => given.set(id, messages), new AbortController().signal));
    expect(error).toBeInstanceOf(kind);
    for (const [id, messages] of given) expect(messages).toEqual(truth.get(id));
    scene.service.traffic();
    expect(await rejection(vault.write({ text: 'x', ...begins(9_000) }))).toBe(error);
    expect(await rejection(readAll(vault))).toBe(error);
    expect(scene.service.traffic()).toEqual([]);
  });

  it('that holds back what was written since is refused', async () => {
    let kept: unknown = null;
    scene.service.lie = ({ path }, answer) => (path === '/snapshot' ? (kept ??= answer) : answer);
    await readAll(vault);
    await vault.write({ text: 'x', ...begins(9_000) });
    expect(await rejection(readAll(vault))).toBeInstanceOf(RollbackError);
  });

  it.each([
    ['an endless frame', () => new Response(new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(255)) }), { headers: TYPE })],
    ['a frame too long, in one part', () => raw(frame(1, new Uint8Array(3_000_000)), 10_000_000)],
    ['a frame of nothing', () => raw(new Uint8Array(5))],
    ['JSON instead of frames', () => Response.json({ kind: 'head' })],
    ['lines of JSON', () => raw(utf8('{"kind":"head"}\n'), 10, { 'Content-Type': 'application/x-ndjson' })],
    ['something compressed', () => raw(frame(1), 10, { ...TYPE, 'Content-Encoding': 'gzip' })],
    ['another status', () => new Response(frame(1), { status: 201, headers: TYPE })],
  ])('that is %s is refused', async (_, answer) => {
    scene.service.lie = ({ path }, honest) => (path === '/snapshot' ? answer() : honest);
    expect(await rejection(readAll(vault))).toBeInstanceOf(FormatError);
  });

  it.each([
    ['cut off', UnavailableError, () => change((lines) => lines.slice(0, -1))],
    ['cut off within a frame', UnavailableError, () => (scene.service.lie = ({ path }, answer) => (path === '/snapshot' ? raw((answer as Frames).bytes.slice(0, -3)) : answer))],
    ['empty', UnavailableError, () => change(() => [])],
    ['not answered', UnavailableError, () => (scene.service.before = ({ path }) => {
      if (path === '/snapshot') throw new TypeError('network');
    })],
    ['asked for too often', RateLimitError, () => (scene.service.before = ({ path }) => void (path === '/snapshot' && scene.service.refuse(429, 'rate_limited', 3)))],
  ])('that is %s is no lie: the vault goes on', async (_, kind, make) => {
    make();
    expect(await rejection(readAll(vault))).toBeInstanceOf(kind);
    await vault.write({ text: 'x', ...begins(9_000) });
  });
});
