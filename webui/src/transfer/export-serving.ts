/** What the worker for exports does: one task, then it ends with the page's word. */
import { writePdf } from './pdf-export.ts';
import { sealBackup } from './seal.ts';
import type { FromExport, Made, PrintTask, SealTask, ToExport } from './exporting.ts';

type Post = (message: FromExport, transfer?: Transferable[]) => void;

export function serveExport(post: Post): (message: ToExport) => void {
  const waiting = new Map<string, (data: Uint8Array) => void>();
  const load = (name: string) => new Promise<Uint8Array>((resolve) => {
    waiting.set(name, resolve);
    post({ kind: 'need', name });
  });
  const run = async (work: () => Promise<Made>): Promise<void> => {
    try {
      post({ kind: 'done', made: await work() });
    } catch (error) {
      post({ kind: 'failed', detail: String(error) });
    }
  };
  return (message) => {
    if (message.kind === 'face') waiting.get(message.name)?.(message.data);
    else if (message.kind === 'seal') void run(() => seal(message));
    else void run(() => print(message, load, (done) => post({ kind: 'printed', done })));
  };
}

async function seal({ json, passphrase, madeAt }: SealTask): Promise<Made> {
  return { ...json, file: await sealBackup(json.file, passphrase, madeAt) };
}

async function print(
  { head, root, sessions, missing, name, options }: PrintTask, load: (name: string) => Promise<Uint8Array>, onSession: (done: number) => void,
): Promise<Made> {
  const document = { head, root, missing, sessions: async function* give() { yield* sessions; }() };
  const { parts, counts } = await writePdf(document, name, { ...options, load, signal: new AbortController().signal, onSession });
  return { file: new Blob(parts, { type: 'application/pdf' }), counts };
}
