/** The import's worker in the tests' own process: messages are copied as between threads. */
import { serveImport, type FromImport, type ToImport } from '../import-serving.ts';
import type { ImportPort } from '../importing.ts';

export class LocalPort implements ImportPort {
  readonly sent: ToImport[] = [];
  readonly given: FromImport[] = [];
  isEnded = false;
  /** Called with what the worker is about to tell the page. */
  onGiven: (message: FromImport) => void = () => undefined;
  #onMessage: (message: FromImport) => void = () => undefined;
  #onBroken: (detail: string) => void = () => undefined;
  readonly #serve = serveImport((message) => this.#give(message));

  post(message: ToImport): void {
    this.sent.push(message);
    // Files are not copied: `structuredClone` of Node does not know them, and they do not change.
    const copy = message.kind === 'preview' ? { ...structuredClone({ ...message, files: [] }), files: message.files } : structuredClone(message);
    queueMicrotask(() => this.#serve(copy));
  }

  listen(onMessage: (message: FromImport) => void, onBroken: (detail: string) => void): void {
    [this.#onMessage, this.#onBroken] = [onMessage, onBroken];
  }

  end(): void {
    this.isEnded = true;
  }

  /** As when the browser ends a worker that takes too much. */
  breakDown(): void {
    this.isEnded = true;
    this.#onBroken('gone');
  }

  #give(message: FromImport): void {
    if (this.isEnded) return;
    const copy = structuredClone(message);
    this.given.push(copy);
    this.onGiven(copy);
    queueMicrotask(() => {
      if (!this.isEnded) this.#onMessage(copy);
    });
  }
}
