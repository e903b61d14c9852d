import fc from 'fast-check';
import { ServiceClock } from './clock.ts';
import { describe, expect, it } from 'vitest';
import { errorBody, serviceInfo } from '../wire/answers.ts';
import { rejection } from './testing/scenario.ts';
import { LostAnswerError, StaleError, Transport, type Call, type Credentials } from './transport.ts';
import {
  ConflictError, FormatError, LockedError, NotFoundError, QuotaError, RateLimitError, ServiceError, UnavailableError,
} from './vault.ts';

const INFO = { name: 'inkvault', version: '1', sign_up: true, max_records: 1, max_bytes: 1 };
const GET: Call<unknown> = {
  method: 'GET', path: '/service', credentials: { carrier: 'none' }, status: 200, decode: serviceInfo, timeoutMs: 1_000,
};

function ask(answer: () => Response | Promise<Response>, call: Partial<Call<unknown>> = {}): Promise<unknown> {
  return new Transport(async () => answer(), 'https://ink.example', new ServiceClock(() => 0)).call({ ...GET, ...call });
}

function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } });
}

describe('a request', () => {
  async function sent(credentials: Credentials): Promise<{ url: string; init: RequestInit; headers: Headers }> {
    const requests: [string, RequestInit][] = [];
    const fetch: typeof globalThis.fetch = async (url, init = {}) => {
      requests.push([String(url), init]);
      return json(INFO);
    };
    await new Transport(fetch, 'https://ink.example', new ServiceClock(() => 0)).call({ ...GET, method: 'POST', body: '{}', credentials });
    const [url, init] = requests[0] ?? ['', {}];
    return { url, init, headers: new Headers(init.headers) };
  }

  it('goes to its own origin, follows no redirect, and leaves nothing in caches', async () => {
    const { url, init, headers } = await sent({ carrier: 'none' });
    expect(url).toBe('https://ink.example/api/v1/service');
    expect(init).toMatchObject({ redirect: 'error', cache: 'no-store', referrerPolicy: 'no-referrer', credentials: 'same-origin' });
    expect(init.signal).toBeInstanceOf(AbortSignal);
    expect(headers.get('Content-Type')).toBe('application/json');
  });

  it('names its login to a cookie, and sends no cookie along with a bearer', async () => {
    const cookie = await sent({ carrier: 'cookie', loginId: 'ab' });
    expect(cookie.headers.get('Inkvault-Login')).toBe('ab');
    expect(cookie.headers.has('Authorization')).toBe(false);
    const bearer = await sent({ carrier: 'bearer', token: Uint8Array.of(255, 255, 255) });
    expect(bearer.headers.get('Authorization')).toBe('Bearer ____');
    expect(bearer.init.credentials).toBe('omit');
  });
});

describe('an answer', () => {
  it('is decoded', async () => {
    expect(await ask(() => json(INFO))).toEqual(INFO);
    expect(await ask(() => json(INFO, 200, { 'Content-Type': 'application/json; charset=utf-8' }))).toEqual(INFO);
    expect(await ask(() => new Response(null, { status: 204 }), { status: 204, decode: null })).toBeUndefined();
  });

  const refused: [string, () => Response][] = [
    ['another status', () => json(INFO, 201)],
    ['another type', () => json(INFO, 200, { 'Content-Type': 'text/html' })],
    ['a type that only begins alike', () => json(INFO, 200, { 'Content-Type': 'application/jsonp' })],
    ['no type', () => new Response(new TextEncoder().encode(JSON.stringify(INFO)))],
    ['a content encoding', () => json(INFO, 200, { 'Content-Encoding': 'gzip' })],
    ['no JSON', () => new Response('{', { headers: { 'Content-Type': 'application/json' } })],
    ['nothing', () => new Response(null, { headers: { 'Content-Type': 'application/json' } })],
    ['a byte order mark', () => new Response(`\ufeff${JSON.stringify(INFO)}`, { headers: { 'Content-Type': 'application/json' } })],
    ['no UTF-8', () => new Response(Uint8Array.of(34, 0xff, 34), { headers: { 'Content-Type': 'application/json' } })],
    ['half a character at its end', () => new Response(Uint8Array.of(34, 34, 0xc3), { headers: { 'Content-Type': 'application/json' } })],
    ['deep nesting', () => new Response('['.repeat(1_000_000), { headers: { 'Content-Type': 'application/json' } })],
  ];
  it.each(refused)('with %s is refused', async (_, answer) => {
    await expect(ask(answer)).rejects.toThrow(FormatError);
  });

  it('is read no further than it may be long', async () => {
    let pulled = 0;
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(1024 * 1024).fill(32));
      },
      cancel() {
        cancelled = true;
      },
    });
    await expect(ask(() => new Response(endless, { headers: { 'Content-Type': 'application/json' } }))).rejects.toThrow(FormatError);
    expect(pulled).toBeLessThan(20);
    expect(cancelled).toBe(true);
  });

  it('that is cut off is a server that is away', async () => {
    const cut = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"name":'));
        controller.error(new TypeError('network'));
      },
    });
    const error = await rejection(ask(() => new Response(cut, { headers: { 'Content-Type': 'application/json' } })));
    expect(error).toBeInstanceOf(LostAnswerError);
  });

  it('that does not come in time is a server that is away', async () => {
    const silent: typeof fetch = (_, init) => new Promise((_resolve, reject) => {
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
    });
    await expect(new Transport(silent, 'https://ink.example', new ServiceClock(() => 0)).call({ ...GET, timeoutMs: 5 })).rejects.toThrow(LostAnswerError);
  });

  it('of any shape is an error of ours or what was asked for', async () => {
    await fc.assert(fc.asyncProperty(fc.jsonValue(), fc.constantFrom(200, 201, 204, 400, 401, 409, 500), async (body, status) => {
      const error: unknown = await ask(() => (status === 204 ? new Response(null, { status }) : json(body, status))).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(FormatError);
    }));
  });
});

describe('an error', () => {
  const kinds: [number, string, abstract new (...args: never[]) => Error][] = [
    [401, 'unauthorized', LockedError], [409, 'stale', StaleError], [409, 'handle_taken', ConflictError],
    [404, 'not_found', NotFoundError], [429, 'rate_limited', RateLimitError], [500, 'internal', LostAnswerError],
    [507, 'storage', UnavailableError], [403, 'quota_records', QuotaError], [403, 'quota_bytes', QuotaError],
    [403, 'quota_vaults', QuotaError], [403, 'sign_up_closed', QuotaError], [413, 'too_large', ServiceError],
    [400, 'bad_request', ServiceError], [403, 'forbidden', ServiceError]
  ];
  it.each(kinds)('%i %s is one of ours, with a sentence that says what to do', async (status, code, kind) => {
    const error = await rejection(ask(() => json({ code, message: 'server words', seq: null, retry_after: null }, status)));
    expect(error).toBeInstanceOf(kind);
    expect((error as Error).message).toMatch(/^[A-Z].*\.$/);
    expect((error as Error).message).not.toContain('server words');
  });

  it('tells how long to wait', async () => {
    const limited = (retry_after: number) => rejection(ask(() => json({ code: 'rate_limited', message: '', seq: null, retry_after }, 429)));
    expect(await limited(12)).toMatchObject({ retryAfter: 12, message: expect.stringContaining('12 s') });
    expect(await limited(600)).toMatchObject({ message: expect.stringContaining('10 minutes') });
  });

  it.each([
    ['a field too many', { more: 1 }, 409], ['a field too few', { seq: undefined }, 409], ['another type', { message: 1 }, 409],
    ['an unknown code', { code: 'from_the_future' }, 409], ['the status of another code', {}, 500],
    ['the status of another code of its class', {}, 404],
  ])('with %s is refused', async (_, lie, status) => {
    const body = { code: 'stale', message: '', seq: 1, retry_after: null, ...lie };
    expect(await rejection(ask(() => json(body, status)))).toBeInstanceOf(FormatError);
  });

  it('in JSON of something else is refused', async () => {
    expect(await rejection(ask(() => json({ error: 'x' }, 503)))).toBeInstanceOf(FormatError);
    expect(await rejection(ask(() => json({ code: 'stale', message: '', seq: 1, retry_after: null }, 409, { 'Content-Encoding': 'gzip' })))).toBeInstanceOf(FormatError);
  });

  it('of something in front of the server is a lost answer, or a wrong address', async () => {
    const page = (status: number) => rejection(ask(() => new Response('<h1>Bad gateway</h1>', { status, headers: { 'Content-Type': 'text/html' } })));
    for (const status of [500, 502, 503, 504, 507]) expect(await page(status)).toBeInstanceOf(LostAnswerError);
    const wrong = await page(404);
    expect(wrong).toBeInstanceOf(ServiceError);
    expect(wrong).not.toBeInstanceOf(UnavailableError);
  });

  it('leaves open whether a request was carried out, but for a server that could not store', async () => {
    const storage = await rejection(ask(() => json({ code: 'storage', message: '', seq: null, retry_after: null }, 507)));
    expect(storage).not.toBeInstanceOf(LostAnswerError);
    expect(() => errorBody(null)).toThrow(FormatError);
  });
});
