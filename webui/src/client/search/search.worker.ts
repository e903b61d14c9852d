/** Holds the texts of a vault away from the page. Its policy gives it no network: what it knows, it can tell its page alone. */
import type { ToWorker } from './port.ts';
import { serveSearch } from './serving.ts';

const take = serveSearch((message) => self.postMessage(message));

self.onmessage = ({ data }: MessageEvent<ToWorker>) => take(data);
