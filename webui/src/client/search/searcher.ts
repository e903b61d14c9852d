/** Search as the page sees it: it feeds a worker with what the service sends and the page verified, and asks it. */
import type { Bytes } from '../../core/bytes.ts';
import { HostileDataError, IntegrityError, LockedError, RateLimitError } from '../../errors.ts';
import type { Expectation } from '../snapshot.ts';
import type { Notebook, SessionSummary } from '../types.ts';
import { startWorker } from '../../workers.ts';
import type { FromWorker, NotebookSeed, Said, SearchPort, SessionSeed, ToWorker } from './port.ts';
import type { Searcher, SearchUpdate } from './types.ts';

/** What a search needs of an unlocked vault. */
export interface SearchSource {
  sessions(): readonly SessionSummary[];
  notebooks(): readonly Notebook[];
  /** Of the records of a session, by its verified header. */
  digestOf(sessionId: string): bigint;
  /** The bytes of a snapshot. */
  chunks(signal: AbortSignal): AsyncIterable<Bytes>;
  /** The verified contents, of at least this sequence number. */
  expectation(seq: number): Promise<Expectation>;
  /** Verified. */
  messages(sessionId: string): Promise<readonly Said[]>;
  /** Ends everything: what the service sent is not what an honest one sends, or the login has ended. */
  refused(error: HostileDataError | LockedError): void;
}

/** Chunks on their way to the worker; more stay with the network. */
const MAX_UNDERWAY = 8;
const ATTEMPTS = 3;
const PAUSE_MS = 2_000;
/** Names in the browser's own User Timing, for whoever measures this page: no text. */
const READ = 'inkvault:read';
const SEARCH = 'inkvault:search';

type Outcome = Extract<FromWorker, { kind: 'read' | 'broken' | 'hostile' }>;
/** How long to wait before the next attempt, in milliseconds. */
type Attempt = Outcome & { readonly pauseMs?: number };

export function newSearcher(source: SearchSource, start: () => SearchPort = startSearch): Searcher {
  return new VaultSearcher(source, start);
}

class VaultSearcher implements Searcher {
  readonly #ending = new AbortController();
  #feed: Feed | null = null;
  #asked = 0;
  #askedAt = 0;
  #on: ((update: SearchUpdate) => void) | null = null;
  /** What was asked last. */
  #text = '';

  constructor(private readonly source: SearchSource, private readonly start: () => SearchPort) {}

  warm(): void {
    if (this.#ending.signal.aborted) return;
    if (this.#feed === null) {
      const port = this.start();
      port.listen((message) => this.#take(message), () => this.#breakDown());
      this.#feed = new Feed(this.source, port, this.#ending.signal);
    }
    this.#feed.read();
  }

  query(text: string, on: (update: SearchUpdate) => void, signal: AbortSignal): void {
    if (signal.aborted || this.#ending.signal.aborted) return;
    this.warm();
    const number = (this.#asked += 1);
    this.#askedAt = performance.now();
    this.#on = on;
    this.#text = text;
    this.#ask();
    signal.addEventListener('abort', () => {
      if (this.#asked !== number) return;
      this.#on = null;
      this.#feed?.port.post({ kind: 'cancel', number });
    }, { once: true });
  }

  changed(ids: readonly string[]): void {
    if (this.#feed === null) return;
    const there = new Set(this.source.sessions().map(({ id }) => id));
    if (ids.some((id) => !there.has(id))) this.#beginAnew();
    else this.#feed.changed(ids);
  }

  /** Something was erased: the memory that holds its text goes, and what is being looked for is looked for in the rest. */
  #beginAnew(): void {
    this.#feed?.port.end();
    this.#feed = null;
    if (this.#on === null) return;
    this.warm();
    this.#ask();
  }

  #ask(): void {
    this.#feed?.port.post({ kind: 'query', number: this.#asked, text: this.#text });
  }

  close(): void {
    this.#ending.abort();
    this.#feed?.port.end();
    this.#feed = null;
    this.#on = null;
  }

  #take(message: FromWorker): void {
    if (this.#ending.signal.aborted) return;
    if (message.kind !== 'update') this.#feed?.take(message);
    else if (message.number === this.#asked) this.#give(message.update);
  }

  #give(update: SearchUpdate): void {
    if (update.progress === 1) measure(SEARCH, this.#askedAt);
    this.#on?.(update);
  }

  /** The worker is gone, for want of memory most likely; the next query begins with another one. */
  #breakDown(): void {
    this.#feed?.port.end();
    this.#feed = null;
    this.#on?.({ hits: [], total: 0, progress: 1, notes: ['incomplete'] });
  }
}

/** Brings the texts to one worker, and what changes in them. */
class Feed {
  #reading: 'not' | 'underway' | 'done' = 'not';
  #outcome: (outcome: Attempt) => void = () => undefined;
  #isRefused = false;
  #underway = 0;
  #onTaken: () => void = () => undefined;
  /** What the worker was last told of each session. */
  readonly #digests = new Map<string, bigint>();
  #turn: Promise<void> = Promise.resolve();

  constructor(private readonly source: SearchSource, readonly port: SearchPort, private readonly ending: AbortSignal) {}

  /** Does nothing when everything is read or about to be. */
  read(): void {
    if (this.#reading !== 'not') return;
    this.#reading = 'underway';
    this.#know(this.source.sessions());
    this.#post({ kind: 'settled', isWhole: null });
    const start = performance.now();
    this.#inTurn(async () => {
      const isWhole = await this.#readAll();
      measure(READ, start);
      this.#reading = isWhole ? 'done' : 'not';
      this.#post({ kind: 'settled', isWhole });
    });
  }

  changed(ids: readonly string[]): void {
    const wanted = new Set(ids);
    const sessions = this.source.sessions().filter(({ id }) => wanted.has(id));
    const stale = sessions.filter(({ id }) => this.#digests.get(id) !== this.source.digestOf(id)).map(({ id }) => id);
    this.#know(sessions);
    // While everything is being read, the worker finds by itself what it lacks.
    if (this.#reading === 'done' && stale.length > 0) this.#inTurn(() => this.#readEach(stale));
  }

  take(message: Exclude<FromWorker, { kind: 'update' }>): void {
    switch (message.kind) {
      case 'taken':
        this.#underway -= 1;
        return this.#onTaken();
      case 'expect':
        return void this.source.expectation(message.seq).then(
          (expectation) => this.#post({ kind: 'expectation', expectation }),
          (error: unknown) => this.#fail(error),
        );
      default:
        return this.#outcome(message);
    }
  }

  #know(sessions: readonly SessionSummary[]): void {
    const seeds = sessions.map((session) => seedOf(session, this.source.digestOf(session.id)));
    for (const { id, digest } of seeds) this.#digests.set(id, digest);
    this.#post({ kind: 'know', sessions: seeds, notebooks: this.source.notebooks().map(notebookSeedOf) });
  }

  async #readAll(): Promise<boolean> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const outcome = await this.#readSnapshot();
      if (outcome.kind === 'hostile') this.#fail(new IntegrityError(outcome.detail));
      if (outcome.kind === 'read') await this.#readEach(outcome.unread);
      if (outcome.kind !== 'broken' || this.#isRefused || this.ending.aborted) return outcome.kind === 'read';
      if (attempt + 1 < ATTEMPTS) await this.#pause(outcome.pauseMs);
    }
    return false;
  }

  async #readSnapshot(): Promise<Attempt> {
    const stop = new AbortController();
    const ended = new Promise<Attempt>((resolve) => (this.#outcome = resolve));
    this.#underway = 0;
    this.#post({ kind: 'begin' });
    // The worker says how it ended; until then a fault on the way here does.
    this.#send(AbortSignal.any([this.ending, stop.signal])).catch((error: unknown) => this.#fail(error));
    const outcome = await ended;
    // It may have had enough before the end: the rest is not fetched.
    stop.abort();
    this.#onTaken();
    return outcome;
  }

  #fail(error: unknown): void {
    const isFinal = error instanceof HostileDataError || error instanceof LockedError;
    if (isFinal && !this.ending.aborted) this.source.refused(error);
    if (isFinal) this.#isRefused = true;
    this.#outcome({ kind: 'broken', pauseMs: error instanceof RateLimitError ? 1_000 * error.retryAfter : PAUSE_MS });
  }

  async #send(signal: AbortSignal): Promise<void> {
    for await (const bytes of this.source.chunks(signal)) {
      while (this.#underway >= MAX_UNDERWAY && !signal.aborted) {
        await new Promise<void>((resolve) => (this.#onTaken = resolve));
      }
      if (signal.aborted) return;
      this.#underway += 1;
      this.#post({ kind: 'chunk', bytes }, [bytes.buffer]);
    }
    this.#post({ kind: 'end' });
  }

  async #readEach(ids: readonly string[]): Promise<void> {
    for (const sessionId of ids) {
      for (;;) {
        const digest = this.source.digestOf(sessionId);
        const messages = await this.source.messages(sessionId);
        // Another device may have written in between.
        if (this.source.digestOf(sessionId) !== digest) continue;
        this.#know(this.source.sessions().filter(({ id }) => id === sessionId));
        this.#post({ kind: 'said', sessionId, digest, messages });
        break;
      }
    }
  }

  #pause(ms = PAUSE_MS): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.ending.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
    });
  }

  /** One after another. What fails leaves the search incomplete; the vault itself has said why to whoever asked it. */
  #inTurn(work: () => Promise<void>): void {
    this.#turn = this.#turn.then(work).catch(() => {
      this.#reading = 'not';
      this.#post({ kind: 'settled', isWhole: false });
    });
  }

  #post(message: ToWorker, transfer: Transferable[] = []): void {
    if (!this.ending.aborted) this.port.post(message, transfer);
  }
}

/** Keeps the latest alone. */
function measure(name: string, start: number): void {
  performance.clearMeasures(name);
  performance.measure(name, { start });
}

function seedOf(session: SessionSummary, digest: bigint): SessionSeed {
  const { id, count, title, tags, notebookId, pinned, archivedAt, trashedAt, activeAt, zone } = session;
  return { id, count, title, tags, notebookId, pinned, archivedAt, trashedAt, activeAt, zone, digest };
}

function notebookSeedOf({ id, title, notes, archivedAt, trashedAt, updatedAt, zone }: Notebook): NotebookSeed {
  return { id, title, notes, archivedAt, trashedAt, updatedAt, zone };
}

function startSearch(): SearchPort {
  const worker = startWorker('search');
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    listen(listener, onFault) {
      worker.onmessage = ({ data }: MessageEvent<FromWorker>) => listener(data);
      worker.onerror = (event) => onFault(event.message);
    },
    end: () => worker.terminate(),
  };
}
