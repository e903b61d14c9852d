/** The page's workers, and its one Trusted Types policy: it passes their addresses and nothing else. */
import kdfUrl from './kdf.worker.ts?worker&url';
import searchUrl from './search/search.worker.ts?worker&url';

/** The part of Trusted Types used here; TypeScript's DOM library does not know it. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL: (name: string) => string }): { createScriptURL(name: string): string };
}

export type WorkerName = 'kdf' | 'search';

function addressOf(name: string): string {
  return name === 'kdf' ? kdfUrl : searchUrl;
}

const trustedTypes = (globalThis as { readonly trustedTypes?: TrustedTypes }).trustedTypes;
const policy = trustedTypes?.createPolicy('inkvault', { createScriptURL: addressOf });

export function startWorker(name: WorkerName): Worker {
  return new Worker(policy?.createScriptURL(name) ?? addressOf(name), { type: 'module', name });
}
