/** A lying server (FORMAT §7.1): one typed error, nothing shown, no further request, pins unchanged, nothing written. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomBytes, type Bytes } from '../core/bytes.ts';
import { fromBase64url, toBase64url } from '../wire/encodings.ts';
import type { Schemas } from '../wire/answers.ts';
import { FakeService, type VaultState } from './testing/fake-service.ts';
import { Device, cheapArgon2id } from './testing/platform.ts';
import { begin, begins, HANDLE, KNOWN, PASSPHRASE, recordId, rejection, unlock } from './testing/scenario.ts';
import {
  ConflictError, ForkError, FormatError, HostileDataError, InkvaultError, IntegrityError, PolicyError, RollbackError,
  SubstitutionError, UnavailableError, UnlockError, Vault,
} from './vault.ts';

type Scene = Awaited<ReturnType<typeof begin>>;
type Kind = abstract new (...args: never[]) => Error;

/** A vault with two sessions, of two messages and of one. */
async function written(): Promise<Scene & { sessionId: string; other: string }> {
  const scene = await begin();
  const { sessionId } = await scene.vault.write({ text: 'first', ...begins(1) });
  const { sessionId: other } = await scene.vault.write({ text: 'third', ...begins(3) });
  await scene.vault.write({ text: 'second', sessionId, recordId: recordId(2) });
  scene.service.traffic();
  return { ...scene, sessionId, other };
}

function pinsOf({ device }: Scene): string {
  return JSON.stringify([...device.store.values].filter(([key]) => /^(pin|handle)\//.test(key)));
}

/** `work` fails with `kind`; from then on the vault refuses everything, asks nothing, and remembers nothing of it. */
async function failsClosed(scene: Scene, vault: Vault, kind: Kind, work: () => Promise<unknown>): Promise<void> {
  const pins = pinsOf(scene);
  const seq = scene.service.vault.seq;
  const error = await rejection(work());
  expect(error).toBeInstanceOf(kind);
  expect(error).toBeInstanceOf(HostileDataError);
  scene.service.traffic();
  const attempts = [
    () => vault.refresh(), () => vault.open(recordId(1)), () => vault.change([recordId(1)], { title: 'x' }), () => vault.heartbeat(),
    () => vault.write({ text: 'x', ...begins(50) }), () => vault.slots(), () => vault.replaceRecoveryKey(),
    () => vault.addPasskey('x'), () => vault.checkSecret({ kind: 'passphrase', text: PASSPHRASE }), () => vault.fingerprint(),
    async () => vault.sessions(),
  ];
  for (const attempt of attempts) expect(await rejection(attempt())).toBe(error);
  expect(scene.service.traffic()).toEqual([]);
  expect(pinsOf(scene)).toBe(pins);
  expect(scene.service.vault.seq).toBeLessThanOrEqual(seq + 1);
}

/** An unlock fails with `kind`, and nothing is asked after the lie. */
async function unlockFails(scene: Scene, kind: Kind, device = scene.device): Promise<void> {
  const pins = pinsOf(scene);
  const tab = device.tab(scene.service.fetch);
  expect(await rejection(unlock(tab))).toBeInstanceOf(kind);
  expect(pinsOf(scene)).toBe(pins);
  expect(tab.tab.get()).toBeNull();
}

function lieAt<T>(path: string, change: (answer: T) => unknown): FakeService['lie'] {
  return (asked, answer) => (asked.path.endsWith(path) ? change(answer as T) : answer);
}

function flip(text: string, at: number, bit = 1): string {
  const data = fromBase64url(text);
  data[at] = (data[at] ?? 0) ^ bit;
  return toBase64url(data);
}

function edit(text: string, change: (data: Bytes) => void): string {
  const data = fromBase64url(text);
  change(data);
  return toBase64url(data);
}

describe('before the login', () => {
  const costs: [string, number, number, number][] = [
    ['8 MiB', 8_192, 3, 1], ['one pass', 131_072, 1, 1], ['no lane', 131_072, 3, 0], ['2 GiB', 2 ** 31, 3, 1],
    ['eleven passes', 131_072, 11, 1], ['five lanes', 131_072, 3, 5],
  ];
  it.each(costs)('derives nothing with costs of %s', async (_, m, t, p) => {
    const scene = await begin();
    scene.service.lie = lieAt<Schemas['Challenge']>('/challenge', (answer) => ({
      ...answer,
      slots: answer.slots.map((slot) => edit(slot, (data) => {
        if (data[1] !== 1) return;
        new DataView(data.buffer).setUint32(2, m);
        data.set([t, p], 6);
      })),
    }));
    const tab = { ...scene.device.tab(scene.service.fetch), argon2id: () => expect.unreachable() };
    expect(await rejection(unlock(tab))).toBeInstanceOf(PolicyError);
    expect(scene.service.traffic()).toEqual(['POST /logins/challenge']);
  });

  it('derives nothing when any slot has costs out of bounds', async () => {
    const scene = await begin();
    scene.service.lie = lieAt<Schemas['Challenge']>('/challenge', (answer) => ({
      ...answer, slots: answer.slots.map((slot) => edit(slot, (data) => data[1] === 2 && data.set([9], 6))),
    }));
    await unlockFails(scene, PolicyError);
    expect(scene.service.traffic()).toEqual(['POST /logins/challenge']);
  });

  const headers: [string, (answer: Schemas['Challenge']) => Schemas['Challenge']][] = [
    ['an unknown suite', (answer) => ({ ...answer, slots: answer.slots.map((slot) => flip(slot, 0)) })],
    ['an unknown kind', (answer) => ({ ...answer, slots: answer.slots.map((slot) => edit(slot, (data) => data.set([9], 1))) })],
    ['a slot of another vault', (answer) => ({ ...answer, slots: answer.slots.map((slot) => flip(slot, 8)) })],
    ['a slot twice', (answer) => ({ ...answer, slots: [...answer.slots, ...answer.slots] })],
    ['no slots', (answer) => ({ ...answer, slots: [] })],
  ];
  it.each(headers)('refuses %s', async (_, lie) => {
    const scene = await begin();
    scene.service.lie = lieAt('/challenge', lie);
    await unlockFails(scene, FormatError);
    expect(scene.service.traffic()).toEqual(['POST /logins/challenge']);
  });

  it('takes another salt for a wrong passphrase, and stops when the server takes any proof', async () => {
    const scene = await begin();
    const slot = [...scene.service.vault.slots.values()][0]?.slot ?? '';
    const salted = lieAt<Schemas['Challenge']>('/challenge', (answer) => ({ ...answer, vault_salt: toBase64url(randomBytes(32)) }));
    scene.service.lie = salted;
    await unlockFails(scene, UnlockError);
    scene.service.traffic();
    const login = { login_id: recordId(1), token: null, idle_seconds: 300, slot, resume_share: toBase64url(randomBytes(32)) };
    const accepts: typeof fetch = async (url, init) =>
      String(url).endsWith('/logins') ? Response.json(login) : scene.service.fetch(url, init);
    expect(await rejection(unlock(scene.device.tab(accepts)))).toBeInstanceOf(IntegrityError);
    expect(scene.service.traffic()).toEqual(['POST /logins/challenge']);
  });

  it('refuses another vault under a known name, before anything is derived', async () => {
    const scene = await begin();
    const impostor = new FakeService();
    await Vault.create({ handle: HANDLE, passphrase: PASSPHRASE }, undefined, new Device().tab(impostor.fetch));
    impostor.traffic();
    const tab = { ...scene.device.tab(impostor.fetch), argon2id: () => expect.unreachable() };
    expect(await rejection(unlock(tab))).toBeInstanceOf(SubstitutionError);
    expect(impostor.traffic()).toEqual(['POST /logins/challenge']);
    const fresh = await unlock(new Device().tab(impostor.fetch));
    expect(fresh.newDevice).not.toBeNull();
  });

  it('takes a known name that the server no longer knows for another vault', async () => {
    const scene = await begin();
    scene.service.vaults.clear();
    expect(await rejection(unlock(scene.device.tab(scene.service.fetch)))).toBeInstanceOf(SubstitutionError);
    expect(scene.service.traffic()).toEqual(['POST /logins/challenge']);
  });

  it('signs for the origin it talks to: a relayed challenge gets nowhere', async () => {
    const scene = await begin();
    const phished = scene.device.tab(scene.service.fetch, 'https://ink.example.evil');
    const relay: typeof fetch = (url, init) => scene.service.fetch(String(url).replace('.evil', ''), init);
    expect(await rejection(unlock({ ...phished, service: scene.device.tab(relay, 'https://ink.example.evil').service }))).toBeInstanceOf(UnlockError);
  });
});

describe('the login', () => {
  it('refuses every byte of the slot changed', async () => {
    const scene = await begin();
    for (let at = 0; at < 136; at += 1) {
      scene.service.lie = lieAt<Schemas['Login']>('/logins', (answer) => ({ ...answer, slot: flip(answer.slot, at, 1 << (at % 8)) }));
      await unlockFails(scene, HostileDataError);
    }
    scene.service.traffic();
  });

  const logins: [string, Partial<Schemas['Login']>, Kind][] = [
    ['a token beside the cookie', { token: toBase64url(new Uint8Array(32)) }, FormatError],
    ['a longer idle limit', { idle_seconds: 3_600 }, IntegrityError],
    ['a shorter slot', { slot: toBase64url(new Uint8Array(135)) }, FormatError],
  ];
  it.each(logins)('refuses %s', async (_, lie, kind) => {
    const scene = await begin();
    scene.service.lie = lieAt('/logins', (answer: object) => ({ ...answer, ...lie }));
    await unlockFails(scene, kind);
  });

  it('refuses to resume a login whose slot was revoked', async () => {
    const scene = await begin();
    const other = await Vault.unlock({ handle: HANDLE, secret: { kind: 'recovery', text: scene.recoveryKey } }, undefined, scene.device.tab(scene.service.fetch));
    const logins = new Map(scene.service.logins);
    await other.changePassphrase({ current: KNOWN, next: 'the new one' });
    for (const [id, login] of logins) scene.service.logins.set(id, login);
    expect(await rejection(Vault.resume(undefined, scene.tab))).toBeInstanceOf(IntegrityError);
  });

  it('refuses a revoked slot, alone and with yesterday’s vault', async () => {
    const scene = await begin();
    const yesterday = scene.service.backup();
    await scene.vault.changePassphrase({ current: KNOWN, next: 'the new one' });
    scene.service.vault.slots = structuredClone(yesterday.slots);
    await unlockFails(scene, IntegrityError);
    scene.service.restore(yesterday);
    await unlockFails(scene, RollbackError);
  });
});

type State = (vault: VaultState, scene: { sessionId: string; other: string }) => void;

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the scene has no such thing');
  return value;
}

/** What a server can do to what it stores, and what a vault that is opened from it says. */
const STORED: [string, State, Kind][] = [
  ['a container left out', (vault, { other }) => vault.containers.delete(other), IntegrityError],
  ['the root left out', (vault) => vault.containers.delete(vault.vaultId), IntegrityError],
  ['another key for a container', (vault, { sessionId, other }) => {
    must(vault.containers.get(sessionId)).wrapped_key = must(vault.containers.get(other)).wrapped_key;
  }, IntegrityError],
  ['headers swapped', (vault, { sessionId, other }) => {
    const [a, b] = [must(vault.containers.get(sessionId)), must(vault.containers.get(other))];
    [a.header, b.header] = [b.header, a.header];
  }, IntegrityError],
  ['containers swapped', (vault, { sessionId, other }) => {
    const [a, b] = [must(vault.containers.get(sessionId)), must(vault.containers.get(other))];
    vault.containers.set(sessionId, { ...b, container_id: sessionId });
    vault.containers.set(other, { ...a, container_id: other });
  }, IntegrityError],
  ['a container under another id', (vault, { other }) => {
    vault.containers.set(recordId(9), { ...must(vault.containers.get(other)), container_id: recordId(9) });
  }, IntegrityError],
  ['another version', (vault, { other }) => void (must(vault.containers.get(other)).version += 1), IntegrityError],
  ['another epoch', (vault, { other }) => void (must(vault.containers.get(other)).epoch += 1), IntegrityError],
  ['a header of another suite', (vault, { other }) => {
    const container = must(vault.containers.get(other));
    container.header = flip(container.header, 0, 0xff);
  }, FormatError],
  ['a head of another suite', (vault) => void (vault.head = flip(vault.head, 0)), FormatError],
  ['a changed head', (vault) => void (vault.head = flip(vault.head, 100)), IntegrityError],
  ['the head of a container', (vault) => void (vault.head = must(vault.containers.get(vault.vaultId)).header), IntegrityError],
  ['a higher number than the head', (vault) => {
    vault.hashes.push(must(vault.hashes.at(-1)));
    vault.seq += 1;
  }, IntegrityError],
  ['a lower number than was seen', (vault) => void (vault.seq -= 1), RollbackError],
];

describe('the contents', () => {
  it.each(STORED)('refuses %s', async (_, change, kind) => {
    const scene = await written();
    change(scene.service.vault, scene);
    await unlockFails(scene, kind);
  });

  it.each(STORED)('refuses %s after a refresh of the page', async (_, change, kind) => {
    const scene = await written();
    change(scene.service.vault, scene);
    expect(await rejection(Vault.resume(undefined, scene.tab))).toBeInstanceOf(kind);
  });

  it('refuses a container twice, or out of order, in one listing and over pages', async () => {
    const scene = await written();
    for (const pageItems of [1_000, 2]) {
      scene.service.pageItems = pageItems;
      scene.service.lie = lieAt<Schemas['ContainerPage']>('/containers', (answer) => ({ ...answer, containers: answer.containers.toReversed() }));
      await unlockFails(scene, FormatError);
      scene.service.lie = lieAt<Schemas['ContainerPage']>('/containers', ({ containers, ...answer }) => ({ ...answer, containers: [...containers, must(containers.at(-1))] }));
      await unlockFails(scene, FormatError);
    }
  });

  it('refuses listings that stand still, jump, or never end', async () => {
    const scene = await written();
    scene.service.pageItems = 1;
    for (const next of ['0'.repeat(31) + '1', 'f'.repeat(32)]) {
      scene.service.lie = lieAt('/containers', (answer: object) => ({ ...answer, next }));
      await unlockFails(scene, FormatError);
    }
    scene.service.lie = lieAt('/changes', (answer: object) => ({ ...answer, head_hashes: [], complete: false }));
    await failsClosed(scene, scene.vault, FormatError, () => scene.vault.refresh());
  });

  it('refuses two heads of one number in a listing', async () => {
    const scene = await written();
    scene.service.pageItems = 1;
    scene.service.lie = (asked, answer) =>
      asked.path === '/containers' && asked.query.has('after') ? { ...(answer as object), head: flip((answer as Schemas['ContainerPage']).head, 99) } : answer;
    await unlockFails(scene, FormatError);
  });
});

/** What a server can invent for ever, at each request anew. */
describe('without end', () => {
  const inventions: [string, string, (n: number, answer: never, scene: Scene & { sessionId: string }) => unknown][] = [
    ['the same container again and again', '/containers', (_, answer: Schemas['ContainerPage'], { service: { vault } }) => {
      const { changedSeq: _seq, ...container } = must(vault.containers.get(vault.vaultId));
      return { ...answer, containers: [container], next: vault.vaultId };
    }],
    ['new containers', '/containers', (n, answer: Schemas['ContainerPage'], { service: { vault } }) => {
      const { changedSeq: _, ...container } = must(vault.containers.get(vault.vaultId));
      return { ...answer, containers: [{ ...container, container_id: recordId(n) }], next: recordId(n) };
    }],
    ['the same record again and again', '/records', (_, answer: Schemas['RecordPage'], { service, sessionId }) => {
      const [record] = must(service.vault.records.get(sessionId)).values();
      return { ...answer, records: [record], next: record?.record_id };
    }],
    ['new records', '/records', (n, answer: Schemas['RecordPage'], { service, sessionId }) => {
      const [record] = must(service.vault.records.get(sessionId)).values();
      return { ...answer, records: [{ ...must(record), record_id: recordId(n) }], next: recordId(n) };
    }],
    ['numbers that no head has', '/changes', (_, answer: Schemas['Changes'], { service }) =>
      ({ ...answer, seq: Number.MAX_SAFE_INTEGER, head_hashes: [must(service.vault.hashes[0])], complete: false })],
  ];
  it.each(inventions)('%s are refused at the first', async (_, path, invent) => {
    const scene = await written();
    let asked = 0;
    scene.service.lie = (request, answer) => {
      if (!request.path.endsWith(path)) return answer;
      asked += 1;
      if (asked > 5) throw new TypeError('network');
      return invent(asked, answer as never, scene);
    };
    const work = async () => {
      const vault = await unlock(scene.device.tab(scene.service.fetch));
      await vault.open(scene.sessionId);
      await scene.vault.refresh();
    };
    expect(await rejection(work())).toBeInstanceOf(HostileDataError);
    expect(asked).toBeLessThanOrEqual(2);
  });

  it('records that the header does not count are refused, sealed or not', async () => {
    const scene = await written();
    const vault = await unlock(scene.device.tab(scene.service.fetch));
    scene.service.pageItems = 1;
    scene.service.vault.records.get(scene.sessionId)?.set('f'.repeat(32), must([...must(scene.service.vault.records.get(scene.other)).values()][0]));
    scene.service.traffic();
    await failsClosed(scene, vault, HostileDataError, () => vault.open(scene.sessionId));
  });
});

describe('roll-backs and forks', () => {
  it('refuses yesterday’s vault, on refresh, on unlock, after a refresh of the page', async () => {
    const scene = await begin();
    const yesterday = scene.service.backup();
    await scene.vault.write({ text: 'x', ...begins(1) });
    scene.service.restore(yesterday);
    await unlockFails(scene, RollbackError);
    expect(await rejection(Vault.resume(undefined, scene.tab))).toBeInstanceOf(RollbackError);
    await failsClosed(scene, scene.vault, RollbackError, () => scene.vault.refresh());
  });

  it('refuses another head of the same number', async () => {
    const scene = await begin();
    const yesterday = scene.service.backup();
    await scene.vault.write({ text: 'x', ...begins(1) });
    scene.service.restore(yesterday);
    const other = await unlock(new Device().tab(scene.service.fetch));
    await other.write({ text: 'y', ...begins(2) });
    await unlockFails(scene, RollbackError);
    await failsClosed(scene, scene.vault, RollbackError, () => scene.vault.refresh());
  });

  it('refuses a history that parted, however far it went on', async () => {
    const scene = await begin();
    const yesterday = scene.service.backup();
    await scene.vault.write({ text: 'x', ...begins(1) });
    scene.service.restore(yesterday);
    const other = await unlock(new Device().tab(scene.service.fetch));
    for (let n = 2; n < 6; n += 1) await other.write({ text: 'y', ...begins(n) });
    await unlockFails(scene, ForkError);
    await failsClosed(scene, scene.vault, ForkError, () => scene.vault.refresh());
  });

  it('refuses to show two tabs two histories', async () => {
    const scene = await begin();
    const { service, device } = scene;
    const second = await unlock(device.tab(service.fetch));
    const before = service.backup();
    await scene.vault.write({ text: 'x', ...begins(1) });
    // The second tab was opened before; its own history goes on to another head, and it learns of the pin only here.
    service.restore(before);
    const elsewhere = await unlock(new Device().tab(service.fetch));
    await elsewhere.write({ text: 'y', ...begins(2) });
    await elsewhere.write({ text: 'z', ...begins(3) });
    await failsClosed(scene, second, ForkError, () => second.refresh());
  });

  it('refuses to hold one tab back behind another', async () => {
    const scene = await begin();
    const { service, device } = scene;
    const second = await unlock(device.tab(service.fetch));
    const before = service.backup();
    await scene.vault.write({ text: 'x', ...begins(1) });
    service.restore(before);
    await failsClosed(scene, second, RollbackError, () => second.refresh());
  });

  it.each([
    ['one left out', (hashes: string[]) => hashes.slice(1)],
    ['one too many', (hashes: string[]) => [...hashes, must(hashes[0])]],
    ['one changed', (hashes: string[]) => [flip(must(hashes[0]), 3), ...hashes.slice(1)]],
    ['two swapped', (hashes: string[]) => hashes.toReversed()],
    ['none of them', () => []],
  ])('refuses head hashes with %s', async (_, lie) => {
    const scene = await begin();
    const other = await unlock(new Device().tab(scene.service.fetch));
    for (let n = 1; n < 3; n += 1) await other.write({ text: 'y', ...begins(n) });
    scene.service.lie = lieAt<Schemas['Changes']>('/changes', (answer) => ({ ...answer, head_hashes: lie(answer.head_hashes) }));
    await failsClosed(scene, scene.vault, HostileDataError, () => scene.vault.refresh());
  });
});

/** What a server can do to the records of a session. */
const RECORDS: [string, (page: Schemas['RecordPage'], scene: { vault: VaultState; other: string }) => unknown][] = [
  ['one left out', (page) => ({ ...page, records: page.records.slice(1) })],
  ['one twice', (page) => ({ ...page, records: [...page.records, must(page.records.at(-1))] })],
  ['reversed', (page) => ({ ...page, records: page.records.toReversed() })],
  ['two swapped', (page) => {
    const [a, b] = [must(page.records[0]), must(page.records[1])];
    return { ...page, records: [{ ...a, envelope: b.envelope }, { ...b, envelope: a.envelope }] };
  }],
  ['one from another session', (page, { vault, other }) => {
    const [, foreign] = must([...must(vault.records.get(other))][0]);
    return { ...page, records: [{ ...must(page.records[0]), envelope: foreign.envelope }, must(page.records[1])] };
  }],
  ['one planted', (page, { vault, other }) => ({ ...page, records: [...page.records, must([...must(vault.records.get(other)).values()][0])] })],
  ['another version', (page) => ({ ...page, records: page.records.map((record) => ({ ...record, version: 2 })) })],
  ['one changed', (page) => ({ ...page, records: page.records.map((record) => ({ ...record, envelope: flip(record.envelope, 200) })) })],
  ['one of another suite', (page) => ({ ...page, records: page.records.map((record) => ({ ...record, envelope: flip(record.envelope, 0) })) })],
  ['one cut short', (page) => ({ ...page, records: page.records.map((record) => ({ ...record, envelope: record.envelope.slice(0, -4) })) })],
  ['none', (page) => ({ ...page, records: [] })],
  ['the container of another session', (page, { vault, other }) => {
    const { changedSeq: _, ...container } = must(vault.containers.get(other));
    return { ...page, container };
  }],
  ['an older container', (page) => ({ ...page, container: { ...page.container, version: page.container.version - 1 } })],
  ['a newer container that no head knows', (page) => ({ ...page, container: { ...page.container, version: page.container.version + 1 } })],
  ['another key', (page) => ({ ...page, container: { ...page.container, wrapped_key: flip(page.container.wrapped_key, 5) } })],
  ['another epoch', (page) => ({ ...page, container: { ...page.container, epoch: 2 } })],
  ['another header', (page) => ({ ...page, container: { ...page.container, header: flip(page.container.header, 50) } })],
];

it('refuses hashes where nothing changed, and answers that are complete and are not', async () => {
  for (const lie of [
    (answer: Schemas['Changes']) => ({ ...answer, head_hashes: [must(answer.head_hashes[0])], seq: 1 }),
    (answer: Schemas['Changes']) => ({ ...answer, complete: false }),
    (answer: Schemas['Changes']) => ({ ...answer, head_hashes: answer.head_hashes.slice(0, 1) }),
    (answer: Schemas['Changes']) => ({ ...answer, seq: answer.seq + 1 }),
  ]) {
    const scene = await begin();
    const other = await unlock(new Device().tab(scene.service.fetch));
    for (let n = 1; n < 3; n += 1) await other.write({ text: 'y', ...begins(n) });
    scene.service.lie = lieAt('/changes', lie);
    await failsClosed(scene, scene.vault, FormatError, () => scene.vault.refresh());
  }
});

describe('the records', () => {
  it.each(RECORDS)('refuses %s', async (_, lie) => {
    const scene = await written();
    const vault = await unlock(scene.device.tab(scene.service.fetch));
    const honest = { vault: scene.service.vault, other: scene.other };
    scene.service.lie = lieAt<Schemas['RecordPage']>('/records', (page) => lie(page, honest));
    await failsClosed(scene, vault, HostileDataError, () => vault.open(scene.sessionId));
  });

  it('reads through many pages, and refuses records that change from page to page without a new version', async () => {
    const scene = await written();
    const vault = await unlock(scene.device.tab(scene.service.fetch));
    scene.service.pageItems = 1;
    scene.service.lie = lieAt<Schemas['RecordPage']>('/records', (page) =>
      page.next === null ? { ...page, records: [{ ...must(page.records[0]), version: 7 }] } : page);
    await failsClosed(scene, vault, IntegrityError, () => vault.open(scene.sessionId));
  });

  it('gives up, but does not cry wolf, when a session changes whenever it is read', async () => {
    const scene = await written();
    const vault = await unlock(scene.device.tab(scene.service.fetch));
    let number = 100;
    scene.service.before = async ({ path }) => {
      if (path.endsWith('/records')) await scene.vault.write({ text: 'x', sessionId: scene.sessionId, recordId: recordId(number++) });
    };
    await expect(vault.open(scene.sessionId)).rejects.toThrow(ConflictError);
    scene.service.before = () => undefined;
    expect(await vault.open(scene.sessionId)).toHaveLength(2 + number - 100);
  });
});

describe('commits', () => {
  const message = { text: 'to be kept', ...begins(40) };

  it('are not saved when they are acknowledged and dropped', async () => {
    const scene = await written();
    const before = scene.service.backup();
    scene.service.after = ({ path }) => {
      if (path === '/commits') scene.service.restore(before);
    };
    await failsClosed(scene, scene.vault, RollbackError, () => scene.vault.write(message));
  });

  it.each([
    ['a message', (vault: Vault) => vault.write(message)],
    ['a passphrase', (vault: Vault) => vault.changePassphrase({ current: KNOWN, next: 'another fine passphrase' })],
  ])('are not saved when they are dropped and their hash is told all the same: %s', async (_, work) => {
    const scene = await written();
    const before = scene.service.backup();
    let hash: string | null = null;
    scene.service.lie = ({ path }, answer) => {
      if (path === '/commits') {
        hash = (answer as Schemas['CommitResult']).head_hash;
        scene.service.restore(before);
      }
      return path === '/changes' && hash !== null ? { ...(answer as object), head_hashes: [hash] } : answer;
    };
    await failsClosed(scene, scene.vault, HostileDataError, () => work(scene.vault));
  });

  it('are not saved when another head took their place', async () => {
    const scene = await written();
    const other = await unlock(new Device().tab(scene.service.fetch));
    const before = scene.service.backup();
    scene.service.after = async ({ path }) => {
      if (path !== '/commits') return;
      scene.service.after = () => undefined;
      scene.service.restore(before);
      await other.write({ text: 'y', ...begins(41) });
    };
    await failsClosed(scene, scene.vault, RollbackError, () => scene.vault.write(message));
  });

  it.each([
    ['another number', (answer: Schemas['CommitResult']) => ({ ...answer, seq: answer.seq + 1 })],
    ['another hash', (answer: Schemas['CommitResult']) => ({ ...answer, head_hash: flip(answer.head_hash, 0) })],
  ])('are refused when the answer names %s', async (_, lie) => {
    const scene = await written();
    scene.service.lie = lieAt('/commits', lie);
    await failsClosed(scene, scene.vault, IntegrityError, () => scene.vault.write(message));
  });

  it('are not sealed anew for a server that calls them late and has nothing newer', async () => {
    const scene = await written();
    scene.service.before = ({ path }) => (path === '/commits' ? scene.service.refuse(409, 'stale') : undefined);
    await failsClosed(scene, scene.vault, IntegrityError, () => scene.vault.write(message));
  });

  it('do not go on for ever when other devices always write first', async () => {
    const scene = await written();
    const other = await unlock(new Device().tab(scene.service.fetch));
    let [number, isOther] = [100, false];
    scene.service.before = async ({ path }) => {
      if (path !== '/commits' || isOther) return;
      isOther = true;
      await other.write({ text: 'first', ...begins(number++) });
      isOther = false;
    };
    await expect(scene.vault.write(message)).rejects.toThrow(ConflictError);
    expect(number).toBeLessThan(110);
    scene.service.before = () => undefined;
    await scene.vault.write(message);
  });

  it('are refused when the stored container is another one', async () => {
    const scene = await written();
    scene.service.lie = lieAt<Schemas['Changes']>('/changes', (answer) => ({ ...answer, containers: [] }));
    await failsClosed(scene, scene.vault, IntegrityError, () => scene.vault.write(message));
  });
});

it('refuses an error answer with a field too many, and sends nothing more', async () => {
  const scene = await written();
  const body = { code: 'stale', message: '', seq: 9, retry_after: null, policy: 'x' };
  scene.service.lie = lieAt('/commits', () => Response.json(body, { status: 409 }));
  await failsClosed(scene, scene.vault, FormatError, () => scene.vault.write({ text: 'x', ...begins(40) }));
});

describe('any answer', () => {
  const EVERY = ['/challenge', '/logins', '/containers', '/records', '/changes', '/commits', '/slots', '/current'];

  /** Everything that asks for something, one after the other. */
  async function everything(scene: Scene, sessionId: string): Promise<unknown> {
    const tab = scene.device.tab(scene.service.fetch);
    const vault = await unlock(tab);
    await vault.open(sessionId);
    await vault.write({ text: 'x', sessionId, recordId: recordId(60) });
    await vault.slots();
    return Vault.resume(undefined, tab);
  }

  it.each(EVERY)('with a field too many is refused: %s', async (path) => {
    for (const field of ['policy', 'recovery_public_key', '__proto__']) {
      const scene = await written();
      scene.service.lie = lieAt(path, (answer: object) => Object.defineProperty({ ...answer }, field, { value: 'x', enumerable: true }));
      expect(await rejection(everything(scene, scene.sessionId))).toBeInstanceOf(FormatError);
    }
  });

  it.each(EVERY)('with a field too few, or of another type, is refused: %s', async (path) => {
    const scene = await written();
    let names: string[] = [];
    scene.service.lie = lieAt(path, (answer: object) => {
      names = Object.keys(answer);
      return [answer];
    });
    expect(await rejection(everything(scene, scene.sessionId))).toBeInstanceOf(FormatError);
    for (const name of names) {
      for (const value of [undefined, {}, 1.5, -1, 'ä']) {
        const fresh = await written();
        fresh.service.lie = lieAt(path, (answer: object) => ({ ...answer, [name]: value }));
        const error = await rejection(everything(fresh, fresh.sessionId));
        expect(error, `${name}: ${String(value)}`).toBeInstanceOf(FormatError);
      }
    }
  });

  it('changed at random shows the truth or nothing', async () => {
    const scene = await written();
    const { vault, service, device, sessionId } = scene;
    const truth = JSON.stringify([vault.sessions(), await vault.open(sessionId)]);
    await fc.assert(fc.asyncProperty(fc.nat(4), fc.nat(), fc.nat(7), fc.nat(), async (which, at, bit, item) => {
      let count = 0;
      service.lie = (_, answer) => (count++ === which ? mutate(answer, at, bit, item) : answer);
      const pins = pinsOf(scene);
      const outcome = await openAgain(device.tab(service.fetch), sessionId).catch((error: unknown) => error);
      if (outcome instanceof Error) {
        expect(outcome).toBeInstanceOf(InkvaultError);
        expect(pinsOf(scene).length).toBe(pins.length);
      } else {
        expect(outcome).toBe(truth);
      }
    }), { numRuns: 300 });
  });
});

async function openAgain(tab: ReturnType<Device['tab']>, sessionId: string): Promise<string> {
  const vault = await unlock(tab);
  return JSON.stringify([vault.sessions(), await vault.open(sessionId)]);
}

/** The answer with one bit of one of its strings changed, or one number, or one item of a list gone. */
function mutate(answer: unknown, at: number, bit: number, item: number): unknown {
  if (typeof answer === 'string') {
    const index = at % Math.max(answer.length, 1);
    return answer.slice(0, index) + String.fromCharCode(answer.charCodeAt(index) ^ (1 << bit)) + answer.slice(index + 1);
  }
  if (typeof answer === 'number') return answer + (bit % 2 === 0 ? 1 : -1);
  if (Array.isArray(answer)) {
    if (answer.length === 0) return answer;
    const index = item % answer.length;
    return bit === 0 ? answer.toSpliced(index, 1) : answer.with(index, mutate(answer[index], at, bit, item >> 3));
  }
  if (typeof answer !== 'object' || answer === null) return bit;
  const names = Object.keys(answer);
  const name = names[at % names.length] ?? '';
  return { ...answer, [name]: mutate((answer as Record<string, unknown>)[name], item, bit, at >> 3) };
}

it('tells a server that is away from one that lies', async () => {
  const scene = await written();
  scene.service.before = () => {
    throw new TypeError('network');
  };
  await expect(scene.vault.refresh()).rejects.toThrow(UnavailableError);
  scene.service.before = () => undefined;
  expect(await scene.vault.refresh()).toEqual({ changed: [], root: false });
  expect(scene.tab.argon2id).toBe(cheapArgon2id);
});
