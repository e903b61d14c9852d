/** One request to the service and its answer, checked: bounds, types, errors (docs/PROTOCOL.md §1–3). */
import type { Bytes } from '../core/bytes.ts';
import {
  ConflictError, ErasedError, FormatError, InkvaultError, LockedError, NotFoundError, QuotaError, RateLimitError,
  ServiceError, UnavailableError,
} from '../errors.ts';
import { toBase64url } from '../wire/encodings.ts';
import { errorBody, type ErrorBody } from '../wire/answers.ts';
import { STATUS_OF } from '../wire/codes.ts';
import type { ServiceClock } from './clock.ts';
import type { Decoder } from '../wire/decode.ts';

/** Who asks. A cookie is named by its login, so that each tab has one of its own. */
export type Credentials =
  | { readonly carrier: 'none' }
  | { readonly carrier: 'cookie'; readonly loginId: string }
  | { readonly carrier: 'bearer'; readonly token: Bytes };

interface Request {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below `/api/v1`, with its query. */
  readonly path: string;
  readonly credentials: Credentials;
  /** JSON text. */
  readonly body?: string;
}

export interface Call<T> extends Request {
  readonly status: 200 | 201 | 204;
  /** null for an answer without body. */
  readonly decode: Decoder<T> | null;
  readonly timeoutMs: number;
}

/** What the service told after `stale`. */
export class StaleError extends ConflictError {
  constructor() {
    super('Another device wrote first. Try again.', 'stale');
  }
}

/** The request may have been carried out although no answer came: only a repetition of it can tell. */
export class LostAnswerError extends UnavailableError {}

/** Does a request whose repetition is harmless, and does it once more when its answer is lost. */
export function twice<T>(send: () => Promise<T>): Promise<T> {
  return send().catch((error: unknown) => (error instanceof LostAnswerError ? send() : Promise.reject(error)));
}

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const AWAY = 'The server cannot be reached. What you wrote is kept on this device; try again in a moment.';

export class Transport {
  constructor(
    private readonly fetch: typeof globalThis.fetch,
    /** The origin this client connects to; signed at login. */
    readonly origin: string,
    readonly clock: ServiceClock,
  ) {}

  async call<T>(call: Call<T>): Promise<T> {
    const response = await this.#send(call, AbortSignal.timeout(call.timeoutMs));
    if (response.status >= 400) throw await errorOf(response);
    if (response.status !== call.status) throw new FormatError(`answer: status ${response.status}`);
    if (call.decode === null) return undefined as T;
    return call.decode(await readJson(response));
  }

  /** A snapshot as its bytes come. Whoever reads it bounds what is kept of them. */
  async *stream(path: string, credentials: Credentials, signal: AbortSignal): AsyncGenerator<Bytes, void> {
    const response = await this.#send({ method: 'GET', path, credentials }, signal);
    if (response.status >= 400) throw await errorOf(response);
    if (response.status !== 200) throw new FormatError(`answer: status ${response.status}`);
    checkContent(response, FRAMES);
    const reader = response.body?.getReader();
    try {
      for (let chunk = await nextChunk(reader); chunk !== null; chunk = await nextChunk(reader)) yield chunk;
    } finally {
      void reader?.cancel().catch(() => undefined);
    }
  }

  async #send({ method, path, credentials, body }: Request, signal: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = { Accept: 'application/json' };
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    if (credentials.carrier === 'cookie') headers['Inkvault-Login'] = credentials.loginId;
    if (credentials.carrier === 'bearer') headers['Authorization'] = `Bearer ${toBase64url(credentials.token)}`;
    const asked = this.clock.asked();
    try {
      const response = await this.fetch.call(undefined, `${this.origin}/api/v1${path}`, {
        method,
        headers,
        ...(body !== undefined && { body }),
        // A bearer stands for itself: no cookie of another login may come along.
        credentials: credentials.carrier === 'bearer' ? 'omit' : 'same-origin',
        redirect: 'error',
        cache: 'no-store',
        referrerPolicy: 'no-referrer',
        signal,
      });
      this.clock.heard(response.headers.get('Date'), asked);
      return response;
    } catch {
      throw new LostAnswerError(AWAY, 'unreachable');
    }
  }
}

const JSON_TEXT = /^application\/json(?:$|[\s;])/i;
const FRAMES = /^application\/vnd\.inkvault\.snapshot(?:$|[\s;])/i;

function contentType(response: Response): string {
  return response.headers.get('Content-Type') ?? '';
}

function checkContent(response: Response, type: RegExp): void {
  // Compressed answers are refused: a small one could unfold into any size.
  if (response.headers.has('Content-Encoding')) throw new FormatError('answer: content encoding');
  if (!type.test(contentType(response))) throw new FormatError('answer: content type');
}

async function readJson(response: Response): Promise<unknown> {
  checkContent(response, JSON_TEXT);
  const text = await readText(response);
  try {
    return JSON.parse(text);
  } catch {
    throw new FormatError('answer: not JSON');
  }
}

/** Reads no more than an answer may have, whatever Content-Length says. */
async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const reader = response.body?.getReader();
  let text = '';
  let read = 0;
  for (;;) {
    const chunk = await nextChunk(reader);
    if (chunk === null) break;
    read += chunk.length;
    if (read > MAX_ANSWER_BYTES) {
      void reader?.cancel().catch(() => undefined);
      throw new FormatError('answer: too large');
    }
    text += decode(decoder, chunk);
  }
  return text + decode(decoder);
}

async function nextChunk(reader: ReadableStreamDefaultReader<Bytes> | undefined): Promise<Bytes | null> {
  try {
    const next = await reader?.read();
    return next === undefined || next.done ? null : next.value;
  } catch {
    throw new LostAnswerError(AWAY, 'cut_off');
  }
}

function decode(decoder: TextDecoder, chunk?: Uint8Array): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch {
    throw new FormatError('answer: not UTF-8');
  }
}

async function errorOf(response: Response): Promise<InkvaultError> {
  if (JSON_TEXT.test(contentType(response))) {
    const body = errorBody(await readJson(response));
    if (STATUS_OF[body.code] !== response.status) throw new FormatError(`answer: ${body.code} with status ${response.status}`);
    return fromBody(body);
  }
  // Not the words of this service, but of something in front of it.
  if (response.status >= 500) return new LostAnswerError(AWAY, 'foreign');
  return new ServiceError('No Inkvault server answers at this address. Check the address, and who runs it.', 'foreign');
}

function fromBody({ code, retry_after: retryAfter }: ErrorBody): InkvaultError {
  switch (code) {
    case 'unauthorized':
      return new LockedError();
    case 'stale':
      return new StaleError();
    case 'handle_taken':
      return new ConflictError('This name is taken on this server. Choose another one.', code);
    case 'not_found':
      return new NotFoundError('The server has no such thing. Reload the page and look again.', code);
    case 'erased':
      return new ErasedError(ERASED, code);
    case 'rate_limited':
      return new RateLimitError(`Too many attempts. Wait ${waiting(retryAfter ?? 1)} and try again.`, retryAfter ?? 1);
    case 'internal':
      return new LostAnswerError('The server has a fault. What you wrote is kept on this device; try again later.', code);
    case 'storage':
      return new UnavailableError('The server cannot store anything now. What you wrote is kept on this device; try again later.', code);
    default:
      return refusal(code);
  }
}

const ERASED = 'The server runs on a copy of its database from before an erasure. What was erased since cannot be opened any more by anybody; restore the rest from your export.';

function waiting(seconds: number): string {
  return seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} minutes`;
}

const QUOTAS: ReadonlyMap<string, string> = new Map([
  ['sign_up_closed', 'This server takes no new vaults. Ask who runs it.'],
  ['quota_vaults', 'This server has no room for another vault. Ask who runs it.'],
  ['quota_records', 'This vault holds as many messages as this server allows. Ask who runs it for more.'],
  ['quota_bytes', 'This vault is as large as this server allows. Ask who runs it for more.'],
]);

function refusal(code: string): ServiceError {
  const quota = QUOTAS.get(code);
  if (quota !== undefined) return new QuotaError(quota, code);
  if (code === 'too_large') return new ServiceError('This text is too long for one message; save it in parts.', code);
  return new ServiceError('The server refused the request. Reload the page and try again.', code);
}
