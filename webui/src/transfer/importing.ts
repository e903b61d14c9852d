/**
 * Imports into a vault: first a preview, which writes nothing, then the import itself (docs/EXPORT.md). Files are read in a
 * worker without a network; the page passes it what the vault has, and commits what it gives back.
 */
import { InkvaultError, type Vault } from '../client/vault.ts';
import type { Report } from './report.ts';

/** A file that was chosen. `path` has `/` between folders and begins with the chosen folder's name, if one was chosen. */
export interface PickedFile {
  readonly path: string;
  readonly file: File;
}

/** What to do with a session, notebook or template that is there already (docs/EXPORT.md §5). */
export type Duplicates = 'skip' | 'replace' | 'copy';

export type ReaderName =
  | 'inkvault' | 'inkvault-backup' | 'pdf' | 'chatgpt' | 'claude' | 'dayone' | 'jrnl' | 'standardnotes' | 'markdown' | 'chat';

/** By what the writer may choose one, should the one that was found be wrong. */
export const READERS: readonly { readonly name: ReaderName; readonly title: string }[] = [
  { name: 'inkvault', title: 'an export of Inkvault' },
  { name: 'inkvault-backup', title: 'an encrypted backup of Inkvault' },
  { name: 'pdf', title: 'PDF of Inkvault' },
  { name: 'chatgpt', title: 'ChatGPT export' },
  { name: 'claude', title: 'Claude export' },
  { name: 'dayone', title: 'Day One export' },
  { name: 'jrnl', title: 'jrnl export' },
  { name: 'standardnotes', title: 'Standard Notes backup (decrypted)' },
  { name: 'markdown', title: 'Markdown or plain text files' },
  { name: 'chat', title: 'chat back end (sessions and messages as JSON)' },
];

export interface ImportProgress {
  readonly step: 'reading' | 'writing';
  /** Messages gone through. */
  readonly done: number;
  /** 0 while that is not known. */
  readonly total: number;
}

export interface PreviewOptions {
  readonly vault: Vault;
  /** `auto`: told by the files. */
  readonly reader: ReaderName | 'auto';
  /** IANA name, for times that have none. */
  readonly zone: string;
  /** What opens a sealed file: its passphrase, or an age identity (`AGE-SECRET-KEY-1…`); null when none was asked for yet. */
  readonly secret: string | null;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: ImportProgress) => void;
}

/** A sealed file: ask for its secret, then preview again with that. */
export interface SecretNeeded {
  readonly kind: 'sealed';
  readonly reader: ReaderName;
  /** The file's name. */
  readonly source: string;
}

/** What an import would do; its report is made as if duplicates were skipped. Holds a worker until it is run or closed. */
export interface Preview {
  readonly kind: 'preview';
  readonly reader: ReaderName;
  readonly report: Report;
  /** How many messages there are to go through. */
  readonly messages: number;
  close(): void;
}

export interface RunOptions {
  readonly duplicates: Duplicates;
  /** Ends early, with a report of state `cancelled`; what is in is whole, and the same import done again goes on. */
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: ImportProgress) => void;
}

/** The files cannot be taken in: damaged, hostile, too large, or in no layout known. One sentence that says what to do. */
export class SourceError extends InkvaultError {}

/** An import that failed after it began, with the report on what it did until then. */
export class FailedImportError extends InkvaultError {
  constructor(message: string, readonly report: Report) {
    super(message);
  }
}

/**
 * Reads all of the files and says what would become of them; writes nothing. Throws SourceError, UnlockError for a wrong
 * secret, what the vault throws, the reason of `signal`.
 */
export declare function preview(files: readonly PickedFile[], options: PreviewOptions): Promise<SecretNeeded | Preview>;

/**
 * Does what a preview says; the report, which is saved with the vault too. Throws FailedImportError when the sums do not come
 * out even or the files are not what they were, the errors of the vault where that fails; what was taken in until then is in.
 */
export declare function run(plan: Preview, options: RunOptions): Promise<Report>;
