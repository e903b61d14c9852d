/**
 * An honest service in memory (docs/PROTOCOL.md) for tests of the client, with a hook for each way to lie.
 *
 * It keeps what the wire says, in wire form: JSON values with base64url text.
 */
import { concat, fromHex, randomBytes, randomId, toHex, type Bytes } from '../../core/bytes.ts';
import { sha256 } from '../../core/kdf.ts';
import { loginMessage } from '../../core/keyslot.ts';
import { fromBase64url, toBase64url } from '../../wire/encodings.ts';
import type { Schemas } from '../../wire/answers.ts';
import { logPage, logState } from './certificates.ts';
import { FakeErasures } from './fake-erasures.ts';
import { Frames, type Shown } from './frames.ts';

type Container = Schemas['Container'];
type StoredRecord = Schemas['Record'];

interface StoredSlot {
  slot: string;
  login_key: string;
  last_used_at: number | null;
}

/** All that one vault is. A copy of it is yesterday's backup. */
export interface VaultState {
  handle: string;
  vaultId: string;
  salt: string;
  seq: number;
  /** Of the last commit that erased; 0 for none. */
  erasedSeq: number;
  head: string;
  /** Of the heads 1, 2, … */
  hashes: string[];
  slots: Map<string, StoredSlot>;
  containers: Map<string, Container & { changedSeq: number }>;
  records: Map<string, Map<string, StoredRecord>>;
}

export interface OpenLogin {
  readonly vaultId: string;
  slotId: string;
  readonly token: string;
  readonly share: string;
  readonly idleSeconds: number;
  readonly isCookie: boolean;
}

export interface Asked {
  readonly method: string;
  /** Without query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

class Refusal extends Error {
  constructor(readonly status: number, readonly code: string, readonly seq: number | null = null, readonly retryAfter: number | null = null) {
    super(code);
  }
}

export class FakeService {
  readonly vaults = new Map<string, VaultState>();
  readonly logins = new Map<string, OpenLogin>();
  readonly asked: Asked[] = [];
  pageItems = 1_000;
  historyPage = 10_000;
  /** What the answers say in `Date`; null leaves it out. */
  date: () => string | null = () => null;
  /** May change what an honest answer says; what it returns, or resolves to, is sent. */
  lie: (asked: Asked, answer: unknown) => unknown = (_, answer) => answer;
  /** Runs before a request is looked at; may throw `refuse(…)` or a TypeError, as a network does. */
  before: (asked: Asked) => void | Promise<void> = () => undefined;
  /** Runs after a request was carried out; a TypeError loses the answer. */
  after: (asked: Asked) => void | Promise<void> = () => undefined;
  readonly erasures = new FakeErasures(this);
  #challenges = new Map<string, string>();

  constructor(readonly origin = 'https://ink.example') {}

  refuse(status: number, code: string, retryAfter: number | null = null, seq: number | null = null): never {
    throw new Refusal(status, code, seq, retryAfter);
  }

  /** The only vault. */
  get vault(): VaultState {
    const [vault] = this.vaults.values();
    if (vault === undefined) throw new Error('no vault yet');
    return vault;
  }

  /** A deep copy of the only vault, to be put back later. */
  backup(): VaultState {
    return structuredClone(this.vault);
  }

  restore(vault: VaultState): void {
    this.vaults.set(vault.handle, structuredClone(vault));
  }

  /** Paths asked since the last call. */
  traffic(): string[] {
    return this.asked.splice(0).map(({ method, path }) => `${method} ${path}`);
  }

  readonly fetch: typeof globalThis.fetch = async (input, init = {}) => {
    const url = new URL(String(input));
    const headers = new Headers(init.headers);
    const asked: Asked = {
      method: init.method ?? 'GET',
      path: url.pathname.replace('/api/v1', ''),
      query: url.searchParams,
      body: typeof init.body === 'string' ? JSON.parse(init.body) : undefined,
    };
    this.asked.push(asked);
    try {
      await this.before(asked);
      const { status, answer } = await this.#answer(asked, headers, init.credentials !== 'omit');
      await this.after(asked);
      return this.#respond(status, status === 204 ? undefined : await this.lie(asked, answer));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return this.#respond(error.status, { code: error.code, message: error.code, seq: error.seq, retry_after: error.retryAfter });
    }
  };

  #respond(status: number, answer: unknown): Response {
    if (answer instanceof Response) return answer;
    const date = this.date();
    const headers = new Headers(date === null ? {} : { Date: date });
    if (answer === undefined) return new Response(null, { status, headers });
    const isSnapshot = answer instanceof Frames;
    headers.set('Content-Type', isSnapshot ? 'application/vnd.inkvault.snapshot' : 'application/json');
    return new Response(isSnapshot ? answer.bytes : JSON.stringify(answer), { status, headers });
  }

  async #answer(asked: Asked, headers: Headers, hasCookies: boolean): Promise<{ status: number; answer: unknown }> {
    const ok = (answer: unknown) => ({ status: 200, answer });
    const { method, path } = asked;
    const route = `${method} ${path}`;
    switch (route) {
      case 'GET /service':
        return ok({ name: 'inkvault', version: '1', sign_up: true, max_records: 100, max_bytes: 1_000_000 });
      case 'POST /vaults':
        return { status: 201, answer: await this.#create(asked.body as Schemas['CreateVault']) };
      case 'POST /logins/challenge':
        return ok(this.#challenge((asked.body as Schemas['ChallengeRequest']).handle));
      case 'POST /logins':
        return ok(await this.#login(asked.body as Schemas['LoginRequest']));
    }
    const erasure = /^\/erasures\/([0-9a-f]{32})(\/certificate|\/records|\/confirm)?$/.exec(path);
    if (method === 'GET' && erasure !== null) return ok(this.erasures.read(String(erasure[1]), asked.query.get('vault_id'), erasure[2] !== undefined));
    const [loginId, login] = this.#loginOf(headers, hasCookies);
    const vault = [...this.vaults.values()].find(({ vaultId }) => vaultId === login.vaultId) ?? this.refuse(404, 'not_found');
    const records = /^\/containers\/([0-9a-f]{32})\/records$/.exec(path);
    if (method === 'GET' && records !== null) return ok(this.#records(vault, String(records[1]), asked.query.get('after')));
    if (erasure !== null) return this.erasures.act(vault, String(erasure[1]), erasure[2], asked.body);
    switch (route) {
      case 'POST /erasures':
        return ok(this.erasures.plan(vault, asked.body as Schemas['NewErasure']));
      case 'GET /logins/current': {
        const { vaultId: vault_id, slotId: slot_id, share: resume_share, idleSeconds: idle_seconds } = login;
        return ok({ login_id: loginId, vault_id, slot_id, idle_seconds, resume_share });
      }
      case 'POST /logins/current/heartbeat':
        return { status: 204, answer: undefined };
      case 'DELETE /logins/current':
        for (const [id, { isCookie }] of this.logins) if (id === loginId || (login.isCookie && isCookie)) this.logins.delete(id);
        return { status: 204, answer: undefined };
      case 'GET /slots':
        return ok({ slots: [...vault.slots.values()].map(({ slot, last_used_at }) => ({ header: headerOf(slot), created_at: 1, last_used_at })) });
      case 'GET /containers':
        return ok(this.#containers(vault, asked.query.get('after')));
      case 'GET /audit':
        return ok(await logPage());
      case 'GET /audit/checkpoint':
        return ok(await logState());
      case 'POST /audit/reports':
        return { status: 204, answer: undefined };
      case 'GET /changes':
        return ok(this.#changes(vault, Number(asked.query.get('since'))));
      case 'GET /snapshot':
        return ok(this.#snapshot(vault));
      case 'POST /commits':
        return ok(await this.#commit(vault, login, asked.body as Required<Schemas['Commit']>));
      default:
        return this.refuse(404, 'not_found');
    }
  }

  async #create({ handle, vault_id: vaultId, vault_salt: salt, slots, root, head }: Schemas['CreateVault']) {
    const hash = await hashOf(head);
    const known = this.vaults.get(handle);
    if (known !== undefined && known.hashes[0] !== hash) return this.refuse(409, 'handle_taken');
    if (known === undefined) {
      this.vaults.set(handle, {
        handle, vaultId, salt, seq: 1, erasedSeq: 0, head, hashes: [hash],
        slots: new Map(slots.map((slot) => [slotIdOf(slot.slot), { ...slot, last_used_at: null }])),
        containers: new Map([[vaultId, { ...(root as Container), changedSeq: 1 }]]),
        records: new Map(),
      });
    }
    return { seq: 1, head_hash: hash };
  }

  #challenge(handle: string): Schemas['Challenge'] {
    const vault = this.vaults.get(handle);
    const challenge = toBase64url(randomBytes(32));
    const vaultId = vault?.vaultId ?? toHex(randomId());
    this.#challenges.set(challenge, vaultId);
    const fake = concat(Uint8Array.of(1, 1, 0, 2, 0, 0, 3, 1), fromHex(vaultId, 16), randomId(), Uint8Array.of(0, 0, 0, 1));
    const slots = vault === undefined ? [toBase64url(fake)] : [...vault.slots.values()].map(({ slot }) => headerOf(slot));
    return { vault_id: vaultId, vault_salt: vault?.salt ?? toBase64url(randomBytes(32)), slots, challenge, expiry: 1_900_000_000 };
  }

  async #login(request: Schemas['LoginRequest']): Promise<Schemas['Login']> {
    const vault = [...this.vaults.values()].find(({ vaultId }) => vaultId === request.vault_id);
    const slot = vault?.slots.get(request.slot_id);
    const isFresh = this.#challenges.get(request.challenge) === request.vault_id && request.origin === this.origin;
    this.#challenges.delete(request.challenge);
    if (slot === undefined || !isFresh || !(await isSigned(request, slot.login_key))) return this.refuse(401, 'unauthorized');
    slot.last_used_at = 1_800_000_000;
    const [loginId, token, share] = [toHex(randomId()), toBase64url(randomBytes(32)), toBase64url(randomBytes(32))];
    const idleSeconds = request.idle_seconds;
    const isCookie = request.carrier === 'cookie';
    this.logins.set(loginId, { vaultId: request.vault_id, slotId: request.slot_id, token, share, idleSeconds, isCookie });
    return { login_id: loginId, token: isCookie ? null : token, idle_seconds: idleSeconds, slot: slot.slot, resume_share: share };
  }

  #loginOf(headers: Headers, hasCookies: boolean): [string, OpenLogin] {
    const token = headers.get('Authorization')?.replace('Bearer ', '');
    const named = headers.get('Inkvault-Login');
    for (const [id, login] of this.logins) {
      if (login.isCookie ? hasCookies && id === named : login.token === token) return [id, login];
    }
    return this.refuse(401, 'unauthorized');
  }

  #containers({ seq, head, containers }: VaultState, after: string | null): Schemas['ContainerPage'] {
    const { page, next } = this.#page(containers, after);
    return { seq, head, containers: page.map(bare), next };
  }

  #records({ containers, records }: VaultState, id: string, after: string | null): Schemas['RecordPage'] {
    const container = containers.get(id) ?? this.refuse(404, 'not_found');
    const { page, next } = this.#page(records.get(id) ?? new Map<string, StoredRecord>(), after);
    return { container: bare(container), records: page, next };
  }

  #snapshot({ seq, head, containers, records }: VaultState): Frames {
    const shown: Shown[] = [...containers.values()].sort((a, b) => (a.container_id < b.container_id ? -1 : 1)).map((container) => {
      const own = [...(records.get(container.container_id) ?? new Map<string, StoredRecord>()).entries()].sort(([a], [b]) => (a < b ? -1 : 1));
      return [{ kind: 'container', container: bare(container) }, ...own.map(([, record]) => ({ kind: 'record', record }))];
    }).flat();
    const end = { kind: 'end', containers: containers.size, records: shown.length - containers.size };
    return new Frames([{ kind: 'head', seq, head }, ...shown, end]);
  }

  #page<T>(all: ReadonlyMap<string, T>, after: string | null): { page: T[]; next: string | null } {
    const ids = [...all.keys()].sort().filter((id) => after === null || id > after);
    const taken = ids.slice(0, this.pageItems);
    const page = taken.map((id) => all.get(id)).filter((item) => item !== undefined);
    return { page, next: taken.length < ids.length ? (taken.at(-1) ?? null) : null };
  }

  #changes({ seq, head, hashes, containers, erasedSeq }: VaultState, since: number): Schemas['Changes'] {
    const upTo = Math.min(seq, since + this.historyPage);
    const changed = [...containers.values()].filter(({ changedSeq }) => changedSeq > since && changedSeq <= upTo);
    const complete = upTo >= seq;
    return { seq, head, head_hashes: hashes.slice(since, upTo), containers: changed.map(bare), complete, erased_seq: erasedSeq };
  }

  async #commit(vault: VaultState, login: OpenLogin, commit: Required<Schemas['Commit']>): Promise<Schemas['CommitResult']> {
    const hash = await hashOf(commit.head);
    const seq = commit.expected_seq + 1;
    if (vault.hashes[seq - 1] === hash) return { seq, head_hash: hash };
    if (commit.expected_seq !== vault.seq) throw new Refusal(409, 'stale', vault.seq);
    this.#checkCommit(vault, commit);
    for (const write of commit.containers) {
      const before = vault.containers.get(write.container_id);
      const wrapped_key = write.wrapped_key ?? before?.wrapped_key ?? '';
      vault.containers.set(write.container_id, { ...write, wrapped_key, changedSeq: seq });
    }
    for (const { container_id: id, ...record } of commit.records) {
      const own = vault.records.get(id) ?? new Map<string, StoredRecord>();
      vault.records.set(id, own.set(record.record_id, record));
    }
    Object.assign(vault, { seq, head: commit.head, hashes: [...vault.hashes, hash] });
    if (commit.slots !== null) this.#changeSlots(vault, login, commit.slots as Required<Schemas['SlotChanges']>);
    return { seq, head_hash: hash };
  }

  #checkCommit(vault: VaultState, { containers, records }: Required<Schemas['Commit']>): void {
    const named = new Set(containers.map(({ container_id }) => container_id));
    const fits = containers.every(({ container_id, version, epoch, wrapped_key }) => {
      const before = vault.containers.get(container_id);
      return version === (before?.version ?? 0) + 1 && epoch === (before?.epoch ?? 1) && (wrapped_key === null) === (before !== undefined);
    }) && records.every(({ container_id, record_id, version }) =>
      named.has(container_id) && version === (vault.records.get(container_id)?.get(record_id)?.version ?? 0) + 1);
    if (!fits || named.size !== containers.length) this.refuse(400, 'bad_request');
  }

  #changeSlots(vault: VaultState, login: OpenLogin, { add, destroy }: Required<Schemas['SlotChanges']>): void {
    for (const slot of add) vault.slots.set(slotIdOf(slot.slot), { ...slot, last_used_at: null });
    const [first] = add;
    for (const id of destroy) {
      if (!vault.slots.delete(id)) this.refuse(400, 'bad_request');
      for (const [loginId, one] of this.logins) {
        if (one.slotId !== id) continue;
        if (one === login && first !== undefined) one.slotId = slotIdOf(first.slot);
        else this.logins.delete(loginId);
      }
    }
  }
}

function bare({ container_id, version, epoch, wrapped_key, header }: Container): Container {
  return { container_id, version, epoch, wrapped_key, header };
}

function headerOf(slot: string): string {
  return toBase64url(fromBase64url(slot).slice(0, 44));
}

function slotIdOf(slot: string): string {
  return toHex(fromBase64url(slot).slice(24, 40));
}

async function hashOf(text: string): Promise<string> {
  return toBase64url(await sha256(fromBase64url(text)));
}

async function isSigned(request: Schemas['LoginRequest'], loginKey: string): Promise<boolean> {
  const key = await crypto.subtle.importKey('raw', fromBase64url(loginKey), 'Ed25519', false, ['verify']);
  const ids = [fromHex(request.vault_id, 16), fromHex(request.slot_id, 16)] as const;
  const message: Bytes = loginMessage(request.origin, ...ids, fromBase64url(request.challenge), request.expiry);
  return crypto.subtle.verify('Ed25519', key, fromBase64url(request.signature), message);
}
