/** The part of the honest service that erases (PROTOCOL §11). Two steps further each time somebody asks how far it is. */
import { fromHex, toHex } from '../../core/bytes.ts';
import { sha256 } from '../../core/kdf.ts';
import { orderHash, orderMessage, type Scope } from '../../core/order.ts';
import { fromBase64url, toBase64url } from '../../wire/encodings.ts';
import type { Schemas } from '../../wire/answers.ts';
import { certificateOf } from './certificates.ts';
import type { FakeService, VaultState } from './fake-service.ts';

const STATES = ['planned', 'requested', 'keys', 'rows', 'scrubbed', 'done'] as const;

interface Job {
  readonly vaultId: string;
  readonly seq: number;
  readonly scope: Scope;
  readonly staged: Map<string, Schemas['RecordWrite']>;
  answer: Schemas['Erasure'];
  confirmed: string | null;
  certificate: string;
}

export class FakeErasures {
  readonly jobs = new Map<string, Job>();
  /** What keeps it from going on. */
  problem: Schemas['Erasure']['problem'] = null;

  constructor(private readonly service: FakeService) {}

  plan(vault: VaultState, { erasure_id: id, expected_seq: seq, scope: wire }: Schemas['NewErasure']): Schemas['Erasure'] {
    if (seq !== vault.seq) return this.service.refuse(409, 'stale', null, vault.seq);
    for (const [other, { vaultId, confirmed }] of this.jobs) if (vaultId === vault.vaultId && confirmed === null) this.jobs.delete(other);
    const scope = { ...wire, records: wire.records.map(({ container_id, record_ids }) => ({ containerId: container_id, recordIds: record_ids })) };
    const answer: Schemas['Erasure'] = { erasure_id: id, state: 'planned', problem: null, ...counts(vault, scope) };
    this.jobs.set(id, { vaultId: vault.vaultId, seq, scope, staged: new Map(), answer, confirmed: null, certificate: '' });
    return answer;
  }

  async act(vault: VaultState, id: string, what: string | undefined, body: unknown): Promise<{ status: number; answer: unknown }> {
    const job = this.#job(id, vault.vaultId);
    if (what === '/confirm') return { status: 200, answer: await this.#confirm(vault, job, body as Required<Schemas['ConfirmErasure']>) };
    for (const record of (body as Schemas['StagedRecords']).records) job.staged.set(record.record_id, record);
    return { status: 204, answer: undefined };
  }

  read(id: string, vaultId: string | null, isCertificate: boolean): unknown {
    const job = this.#job(id, vaultId);
    const { state } = job.answer;
    if (isCertificate) return state === 'done' ? { certificate: job.certificate } : this.service.refuse(404, 'not_found');
    const next = state === 'planned' || this.problem !== null ? state : STATES[Math.min(STATES.indexOf(state) + 2, STATES.length - 1)];
    job.answer = { ...job.answer, state: next ?? state, problem: this.problem };
    return job.answer;
  }

  #job(id: string, vaultId: string | null): Job {
    const job = this.jobs.get(id);
    return job?.vaultId === vaultId && job !== undefined ? job : this.service.refuse(404, 'not_found');
  }

  async #confirm(vault: VaultState, job: Job, body: Required<Schemas['ConfirmErasure']>): Promise<Schemas['Erasure']> {
    if (job.confirmed === JSON.stringify(body)) return job.answer;
    const { scope, seq, answer } = job;
    if (seq !== vault.seq) return this.service.refuse(409, 'stale', null, vault.seq);
    const slot = vault.slots.get(body.slot_id) ?? this.service.refuse(401, 'unauthorized');
    const hash = await orderHash({
      origin: body.origin, vaultId: fromHex(vault.vaultId, 16), slotId: fromHex(body.slot_id, 16), erasureId: fromHex(answer.erasure_id, 16),
      expectedSeq: seq, scope, headHash: body.head === null ? null : await sha256(fromBase64url(body.head)),
    });
    const key = await crypto.subtle.importKey('raw', fromBase64url(slot.login_key), 'Ed25519', false, ['verify']);
    const isSigned = await crypto.subtle.verify('Ed25519', key, fromBase64url(body.signature), orderMessage(hash));
    if (!isSigned || body.origin !== this.service.origin) return this.service.refuse(401, 'unauthorized');
    this.#check(vault, job, body);
    if (scope.whole) this.#eraseAll(vault);
    else await this.#erase(vault, job, body);
    job.confirmed = JSON.stringify(body);
    job.answer = { ...answer, state: 'requested' };
    job.certificate = await certificateOf(answer, { whole: scope.whole, hash: toHex(hash), key: slot.login_key, signature: body.signature });
    return job.answer;
  }

  #check(vault: VaultState, { scope, staged }: Job, { containers, head }: Required<Schemas['ConfirmErasure']>): void {
    const parts = new Map(scope.records.map(({ containerId, recordIds }) => [containerId, new Set(recordIds)]));
    const isRekeyed = containers.every(({ container_id: id, version, epoch, wrapped_key }) => {
      const before = vault.containers.get(id);
      return parts.has(id) && wrapped_key !== null && version === (before?.version ?? 0) + 1 && epoch === (before?.epoch ?? 0) + 1;
    });
    const survivors = [...parts].flatMap(([id, gone]) => [...(vault.records.get(id) ?? [])].filter(([recordId]) => !gone.has(recordId)));
    const isWhole = survivors.length === staged.size && survivors.every(([id, { version }]) => staged.get(id)?.version === version + 1);
    if (!isRekeyed || !isWhole || containers.length !== parts.size || (head === null) !== scope.whole) this.service.refuse(400, 'bad_request');
  }

  async #erase(vault: VaultState, { scope, staged }: Job, { containers, head }: Required<Schemas['ConfirmErasure']>): Promise<void> {
    const seq = vault.seq + 1;
    for (const id of scope.containers) {
      vault.containers.delete(id);
      vault.records.delete(id);
    }
    for (const write of containers) {
      vault.containers.set(write.container_id, { ...write, wrapped_key: write.wrapped_key ?? '', changedSeq: seq });
      vault.records.set(write.container_id, new Map());
    }
    for (const { container_id: id, ...record } of staged.values()) vault.records.get(id)?.set(record.record_id, record);
    const hash = toBase64url(await sha256(fromBase64url(head ?? '')));
    Object.assign(vault, { seq, erasedSeq: seq, head, hashes: [...vault.hashes, hash] });
  }

  #eraseAll({ handle, vaultId }: VaultState): void {
    this.service.vaults.delete(handle);
    for (const [id, login] of this.service.logins) if (login.vaultId === vaultId) this.service.logins.delete(id);
  }
}

function counts({ vaultId, containers, records }: VaultState, { whole, containers: ids, records: parts }: Scope) {
  const gone = whole ? [...containers.keys()].filter((id) => id !== vaultId) : ids;
  const held = (id: string) => records.get(id)?.size ?? 0;
  const inParts = parts.reduce((sum, { recordIds }) => sum + recordIds.length, 0);
  return {
    containers: gone.length,
    records: gone.reduce((sum, id) => sum + held(id), inParts + (whole ? held(vaultId) : 0)),
    rekeyed: parts.length,
    resealed: parts.reduce((sum, { containerId, recordIds }) => sum + held(containerId) - recordIds.length, 0),
    bytes: 1_000,
  };
}
