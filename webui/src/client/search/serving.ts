/** The search worker's work, apart from the worker: it takes in texts and answers one query at a time. */
import { HostileDataError } from '../../errors.ts';
import type { Bytes } from '../../core/bytes.ts';
import { parseQuery, type Query } from '../../writing/query.ts';
import { messagesOf } from '../records.ts';
import { readSnapshot, type Expectation } from '../snapshot.ts';
import { hitOf, Ranking, searchMessages, searchNotebooks, searchTitle } from './hits.ts';
import type { FromWorker, ToWorker } from './port.ts';
import { Texts, type KnownSession } from './texts.ts';
import type { SearchUpdate } from './types.ts';

type Post = (message: FromWorker) => void;

/** After so long a search lets other messages in: one of them may end it. */
const SLICE_MS = 25;
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
        return;
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

/** A query, and how far its search has come. */
class Search {
  ranking = new Ranking();
  /** As they were when they were looked through. */
  readonly #done = new Map<string, KnownSession>();
  #notebooks: ReadonlyMap<string, unknown> | null = null;

  constructor(readonly number: number, readonly query: Query) {}

  /** Looks through what has come since it last did; through all of it anew when anything has changed. */
  *run(texts: Texts): Generator<void, void> {
    if (this.#isOutdated(texts)) this.#restart();
    if (this.#notebooks === null) searchNotebooks(this.query, texts, this.ranking);
    this.#notebooks = texts.notebooks;
    for (const [id, session] of texts.sessions) {
      const before = this.#done.get(id);
      if (before === session) continue;
      if (before === undefined) searchTitle(this.query, texts, session, this.ranking);
      searchMessages(this.query, texts, session, this.ranking);
      this.#done.set(id, session);
      yield;
    }
  }

  #isOutdated(texts: Texts): boolean {
    if (this.#notebooks !== null && this.#notebooks !== texts.notebooks) return true;
    for (const [id, before] of this.#done) {
      const now = texts.sessions.get(id);
      if (before !== now && (before.said !== null || before.seed !== now?.seed)) return true;
    }
    return false;
  }

  #restart(): void {
    this.ranking = new Ranking();
    this.#done.clear();
    this.#notebooks = null;
  }
}

/** Answers one query at a time, and again when more texts have come. */
class Answering {
  #asked: Search | null = null;
  #isBusy = false;
  #renewal: ReturnType<typeof setTimeout> | null = null;
  #isWhole: boolean | null = null;

  constructor(private readonly texts: Texts, private readonly post: Post) {}

  ask(number: number, text: string): void {
    this.#asked = new Search(number, parseQuery(text));
    void this.#answer();
  }

  cancel(number: number): void {
    if (this.#asked?.number === number) this.#asked = null;
  }

  /** null: there is more to come. */
  settle(isWhole: boolean | null): void {
    this.#isWhole = isWhole;
    this.renewSoon();
  }

  renewSoon(): void {
    if (this.#asked === null || this.#renewal !== null) return;
    this.#renewal = setTimeout(() => {
      this.#renewal = null;
      void this.#answer();
    }, RENEW_MS);
  }

  /** One search at a time: it notices by itself that it is not wanted any more. */
  async #answer(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (let search = this.#asked; search !== null; search = this.#asked === search ? null : this.#asked) {
        const progress = this.#isWhole === null ? Math.min(this.texts.progress(), 0.999) : 1;
        if (await this.#finish(search)) this.post({ kind: 'update', number: search.number, update: this.#updateOf(search, progress) });
      }
    } finally {
      this.#isBusy = false;
    }
  }

  /** False when something else is asked meanwhile. */
  async #finish(search: Search): Promise<boolean> {
    let sliceEnd = performance.now() + SLICE_MS;
    for (const _ of search.run(this.texts)) {
      if (performance.now() < sliceEnd) continue;
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (this.#asked !== search) return false;
      sliceEnd = performance.now() + SLICE_MS;
    }
    return true;
  }

  #updateOf({ query, ranking }: Search, progress: number): SearchUpdate {
    const notes = this.#isWhole === false ? [...query.notes, 'incomplete'] : query.notes;
    return { hits: ranking.best().map((found) => hitOf(query, found)), total: ranking.total, progress, notes };
  }
}
