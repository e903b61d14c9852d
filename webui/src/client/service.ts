/** The requests of docs/PROTOCOL.md, one function each. */
import type { Bytes } from '../core/bytes.ts';
import { FormatError } from '../errors.ts';
import * as answers from '../wire/answers.ts';
import type { Decoder } from '../wire/decode.ts';
import { bodyOf, type RequestBody } from '../wire/requests.ts';
import type { Call, Credentials, Transport } from './transport.ts';

const NOBODY: Credentials = { carrier: 'none' };
const QUICK_MS = 15_000;
const SLOW_MS = 90_000;

/** The service before and without a login. */
export class Service {
  constructor(readonly transport: Transport) {}

  info(): Promise<answers.ServiceInfo> {
    return this.#call({ method: 'GET', path: '/service', status: 200, decode: answers.serviceInfo });
  }

  createVault(body: string): Promise<answers.CommitResult> {
    return this.#call({ method: 'POST', path: '/vaults', body, status: 201, decode: answers.commitResult });
  }

  challenge(handle: string): Promise<answers.Challenge> {
    const body = bodyOf('ChallengeRequest', { handle });
    return this.#call({ method: 'POST', path: '/logins/challenge', body, status: 200, decode: answers.challenge });
  }

  login(request: RequestBody<'LoginRequest'>): Promise<answers.Login> {
    const body = bodyOf('LoginRequest', request);
    return this.#call({ method: 'POST', path: '/logins', body, status: 200, decode: answers.login });
  }

  /** How far an erasure is. Asks without a login: one of the whole vault has ended them all. */
  erasure(erasureId: string, vaultId: string): Promise<answers.Erasure> {
    return this.#call({ method: 'GET', path: `/erasures/${erasureId}?vault_id=${vaultId}`, status: 200, decode: answers.erasure });
  }

  certificate(erasureId: string, vaultId: string): Promise<answers.CertificateFile> {
    const path = `/erasures/${erasureId}/certificate?vault_id=${vaultId}`;
    return this.#call({ method: 'GET', path, status: 200, decode: answers.certificateFile });
  }

  as(credentials: Credentials): LoggedIn {
    return new LoggedIn(this.transport, credentials);
  }

  #call<T>(call: Pick<Call<T>, 'method' | 'path' | 'body' | 'status' | 'decode'>): Promise<T> {
    return this.transport.call({ ...call, credentials: NOBODY, timeoutMs: QUICK_MS });
  }
}

/** The service as one login sees it. */
export class LoggedIn {
  constructor(private readonly transport: Transport, private readonly credentials: Credentials) {}

  current(): Promise<answers.CurrentLogin> {
    return this.#get('/logins/current', answers.currentLogin, QUICK_MS);
  }

  async heartbeat(): Promise<void> {
    await this.#call({ method: 'POST', path: '/logins/current/heartbeat', body: '{}', status: 204, decode: null }, QUICK_MS);
  }

  async end(): Promise<void> {
    await this.#call({ method: 'DELETE', path: '/logins/current', status: 204, decode: null }, QUICK_MS);
  }

  slots(): Promise<answers.SlotList> {
    return this.#get('/slots', answers.slotList, QUICK_MS);
  }

  commit(body: string): Promise<answers.CommitResult> {
    return this.#call({ method: 'POST', path: '/commits', body, status: 200, decode: answers.commitResult }, SLOW_MS);
  }

  /** Entries of the log above an index; null from the first. */
  audit(after: number | null): Promise<answers.AuditPage> {
    return this.#get(`/audit${after === null ? '' : `?after=${after}`}`, answers.auditPage, SLOW_MS);
  }

  /** The state of the log, and the proofs that it goes on from those of these sizes (0: none). */
  auditCheckpoint(since: number, also = 0): Promise<answers.AuditCheckpoint> {
    return this.#get(`/audit/checkpoint?since=${since}&also=${also}`, answers.auditCheckpoint, QUICK_MS);
  }

  /** Has the log say that this client has made one. */
  async report(event: 'export' | 'import'): Promise<void> {
    const body = bodyOf('AuditReport', { event });
    await this.#call({ method: 'POST', path: '/audit/reports', body, status: 204, decode: null }, QUICK_MS);
  }

  planErasure(request: RequestBody<'NewErasure'>): Promise<answers.Erasure> {
    const body = bodyOf('NewErasure', request);
    return this.#call({ method: 'POST', path: '/erasures', body, status: 200, decode: answers.erasure }, SLOW_MS);
  }

  async stageRecords(erasureId: string, body: string): Promise<void> {
    await this.#call({ method: 'POST', path: `/erasures/${erasureId}/records`, body, status: 204, decode: null }, SLOW_MS);
  }

  confirmErasure(erasureId: string, body: string): Promise<answers.Erasure> {
    return this.#call({ method: 'POST', path: `/erasures/${erasureId}/confirm`, body, status: 200, decode: answers.erasure }, SLOW_MS);
  }

  containers(after: string | null): Promise<answers.ContainerPage> {
    return this.#get(`/containers${query(after)}`, answers.containerPage, SLOW_MS);
  }

  /** The whole vault at one moment, in frames (PROTOCOL §7.1). */
  snapshot(signal: AbortSignal): AsyncGenerator<Bytes, void> {
    return this.transport.stream('/snapshot', this.credentials, signal);
  }

  records(containerId: string, after: string | null): Promise<answers.RecordPage> {
    return this.#get(`/containers/${containerId}/records${query(after)}`, answers.recordPage, SLOW_MS);
  }

  /** Head hashes never go past `seq`, and what is said to be complete is. */
  async changes(since: number): Promise<answers.Changes> {
    const answer = await this.#get(`/changes?since=${since}`, answers.changes, SLOW_MS);
    const { seq, head_hashes: { length }, complete, erased_seq: erased } = answer;
    if (erased > seq) throw new FormatError('an erasure after the last commit');
    if (length > Math.max(0, seq - since) || complete !== (since + length >= seq)) throw new FormatError('number of head hashes');
    if (!complete && length === 0) throw new FormatError('changes without end');
    return answer;
  }

  #get<T>(path: string, decode: Decoder<T>, timeoutMs: number): Promise<T> {
    return this.#call({ method: 'GET', path, status: 200, decode }, timeoutMs);
  }

  #call<T>(call: Pick<Call<T>, 'method' | 'path' | 'body' | 'status' | 'decode'>, timeoutMs: number): Promise<T> {
    return this.transport.call({ ...call, credentials: this.credentials, timeoutMs });
  }
}

export function credentialsOf(loginId: string, token: Bytes | null): Credentials {
  return token === null ? { carrier: 'cookie', loginId } : { carrier: 'bearer', token };
}

function query(after: string | null): string {
  return after === null ? '' : `?after=${after}`;
}
