/** The page's workers, and its one Trusted Types policy: it passes their addresses and nothing else. */
import kdfUrl from './client/kdf.worker.ts?worker&url';
import searchUrl from './client/search/search.worker.ts?worker&url';
import exportUrl from './transfer/export.worker.ts?worker&url';
import importUrl from './transfer/import.worker.ts?worker&url';

/** The part of Trusted Types used here; TypeScript's DOM library does not know it. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL: (name: string) => string }): { createScriptURL(name: string): string };
}

const ADDRESSES = { kdf: kdfUrl, search: searchUrl, export: exportUrl, import: importUrl } as const;

export type WorkerName = keyof typeof ADDRESSES;

function addressOf(name: string): string {
  // Own keys only: what is passed here becomes a script.
  return Object.hasOwn(ADDRESSES, name) ? ADDRESSES[name as WorkerName] : '';
}

const trustedTypes = (globalThis as { readonly trustedTypes?: TrustedTypes }).trustedTypes;
const policy = trustedTypes?.createPolicy('inkvault', { createScriptURL: addressOf });

export function startWorker(name: WorkerName): Worker {
  return new Worker(policy?.createScriptURL(name) ?? addressOf(name), { type: 'module', name });
}
