/** Reads what the writer brings, away from the page. Its policy gives it no network: what it reads, it can tell its page alone. */
import { serveImport, type ToImport } from './import-serving.ts';

const take = serveImport((message) => self.postMessage(message));

self.onmessage = ({ data }: MessageEvent<ToImport>) => take(data);
