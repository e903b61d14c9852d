/** The search worker's work, apart from the worker: it takes in texts and answers one query at a time. */
import { HostileDataError } from '../../errors.ts';
import type { Bytes } from '../../core/bytes.ts';
import { parseQuery, type Query } from '../../writing/query.ts';
import { messagesOf } from '../records.ts';
import { readSnapshot, type Expectation } from '../snapshot.ts';
import { hitOf, Ranking, searchNotebooks, searchSession } from './hits.ts';
import type { FromWorker, ToWorker } from './port.ts';
import { Texts } from './texts.ts';
import type { SearchUpdate } from './types.ts';

type Post = (message: FromWorker) => void;

/** After so long a search lets other messages in: one of them may end it. */
const SLICE_MS = 10;
/** How often an answer is given anew while texts come in. */
const RENEW_MS = 200;

/** `post` is how the answers leave. */
export function serveSearch(post: Post): (message: ToWorker) => void {
  const texts = new Texts();
  const answering = new Answering(texts, post);
  let intake: Intake | null = null;
  return (message) => {
    switch (message.kind) {
      case 'know':
        texts.know(message.sessions, message.notebooks);
        return answering.renewSoon();
      case 'begin':
        intake = new Intake(texts, post, () => answering.renewSoon());
        return answering.unsettle();
      case 'chunk':
        return intake?.chunk(message.bytes);
      case 'end':
        return intake?.chunk(null);
      case 'expectation':
        return intake?.expected(message.expectation);
      case 'said':
        texts.say(message.sessionId, message.digest, message.messages);
        return answering.renewSoon();
      case 'settled':
        return answering.settle(message.isWhole);
      case 'query':
        return answering.ask(message.number, message.text);
      case 'cancel':
        return answering.cancel(message.number);
    }
  };
}

/** Reads one snapshot. Nothing of a session comes into the texts before all of it is verified. */
class Intake {
  readonly #expectation = Promise.withResolvers<Expectation>();
  readonly #waiting: (Bytes | null)[] = [];
  #wake: () => void = () => undefined;

  constructor(private readonly texts: Texts, private readonly post: Post, private readonly onTexts: () => void) {
    void this.#run();
  }

  /** null is the end. */
  chunk(bytes: Bytes | null): void {
    this.#waiting.push(bytes);
    this.#wake();
  }

  expected(expectation: Expectation): void {
    this.#expectation.resolve(expectation);
  }

  async #run(): Promise<void> {
    try {
      await this.#read();
      this.post({ kind: 'read', unread: this.texts.unread() });
    } catch (error) {
      this.post(error instanceof HostileDataError ? { kind: 'hostile', detail: error.detail } : { kind: 'broken' });
    }
  }

  async #read(): Promise<void> {
    const digests = new Map<string, bigint>();
    const sessions = readSnapshot(this.#chunks(), async (seq) => {
      this.post({ kind: 'expect', seq });
      const expectation = await this.#expectation.promise;
      for (const { id, header } of expectation.containers) digests.set(id, header.digest.value);
      return expectation;
    });
    for await (const session of sessions) {
      const digest = digests.get(session.containerId);
      if (session.records === null || digest === undefined) continue;
      this.texts.say(session.containerId, digest, messagesOf(session));
      this.onTexts();
    }
  }

  async *#chunks(): AsyncGenerator<Bytes, void> {
    for (;;) {
      const bytes = this.#waiting.shift();
      if (bytes === null) return;
      if (bytes === undefined) {
        await new Promise<void>((resolve) => (this.#wake = resolve));
      } else {
        yield bytes;
        this.post({ kind: 'taken' });
      }
    }
  }
}

interface Asked {
  readonly number: number;
  readonly query: Query;
}

class Answering {
  #asked: Asked | null = null;
  #run = 0;
  #renewal: ReturnType<typeof setTimeout> | null = null;
  #settled: { readonly isWhole: boolean } | null = null;

  constructor(private readonly texts: Texts, private readonly post: Post) {}

  ask(number: number, text: string): void {
    this.#asked = { number, query: parseQuery(text) };
    void this.#answer(this.#asked);
  }

  cancel(number: number): void {
    if (this.#asked?.number === number) this.#asked = null;
  }

  unsettle(): void {
    this.#settled = null;
  }

  settle(isWhole: boolean): void {
    this.#settled = { isWhole };
    this.renewSoon();
  }

  renewSoon(): void {
    if (this.#asked === null || this.#renewal !== null) return;
    this.#renewal = setTimeout(() => {
      this.#renewal = null;
      if (this.#asked !== null) void this.#answer(this.#asked);
    }, RENEW_MS);
  }

  async #answer(asked: Asked): Promise<void> {
    // The same is asked again when texts came in: the later run is the one that counts.
    const run = (this.#run += 1);
    const progress = this.#settled === null ? Math.min(this.texts.progress(), 0.999) : 1;
    const ranking = await this.#search(asked.query, () => this.#asked === asked && this.#run === run);
    if (ranking !== null) this.post({ kind: 'update', number: asked.number, update: this.#updateOf(asked.query, ranking, progress) });
  }

  /** Looks through everything that is there; null when it is not wanted any more. */
  async #search(query: Query, isWanted: () => boolean): Promise<Ranking | null> {
    const ranking = new Ranking();
    searchNotebooks(query, this.texts, ranking);
    let sliceEnd = performance.now() + SLICE_MS;
    for (const session of [...this.texts.sessions.values()]) {
      searchSession(query, this.texts, session, ranking);
      if (performance.now() < sliceEnd) continue;
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (!isWanted()) return null;
      sliceEnd = performance.now() + SLICE_MS;
    }
    return ranking;
  }

  #updateOf(query: Query, ranking: Ranking, progress: number): SearchUpdate {
    const notes = this.#settled?.isWhole === false ? [...query.notes, 'incomplete'] : query.notes;
    return { hits: ranking.best().map((found) => hitOf(query, found)), total: ranking.total, progress, notes };
  }
}
