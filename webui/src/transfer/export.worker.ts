/** Prints and seals away from the page, which never freezes. Its policy gives it no network: typefaces come from the page. */
import { serveExport } from './export-serving.ts';
import type { ToExport } from './exporting.ts';

const take = serveExport((message, transfer) => self.postMessage(message, { transfer: transfer ?? [] }));

self.onmessage = ({ data }: MessageEvent<ToExport>) => take(data);
