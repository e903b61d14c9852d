/** What the page sees of erasures, certificates and the log. Ids are 32 hexadecimal digits, times are milliseconds since 1970. */
import type { Frozen } from './planning.ts';

/** What is to be erased. Times are milliseconds, by the service's clock. */
export type ErasureSelection =
  | { readonly kind: 'sessions'; readonly ids: readonly string[] }
  | { readonly kind: 'messages'; readonly sessionId: string; readonly ids: readonly string[] }
  /** The earlier texts of a message that was edited. */
  | { readonly kind: 'earlier'; readonly sessionId: string; readonly messageId: string }
  /** With its sessions. */
  | { readonly kind: 'notebook'; readonly id: string }
  /** Sessions whose last activity was before. */
  | { readonly kind: 'before'; readonly at: number }
  | { readonly kind: 'trash' }
  | { readonly kind: 'everything' };

/** How much, as the service counts it too: sessions, records in all, containers with a new key, records sealed anew, bytes. */
export interface ErasureCounts {
  readonly containers: number;
  readonly records: number;
  readonly rekeyed: number;
  readonly resealed: number;
  readonly bytes: number;
}

/** What would go, frozen: shown before anything happens. */
export interface ErasurePlan {
  readonly selection: ErasureSelection;
  readonly whole: boolean;
  /** Those that go altogether; the latest activity first. */
  readonly sessions: readonly {
    readonly id: string; readonly title: string; readonly messages: number; readonly createdAt: number; readonly activeAt: number;
  }[];
  /** Messages that go out of sessions that stay; `session` is the title of it, `text` the beginning. */
  readonly messages: readonly { readonly session: string; readonly text: string; readonly createdAt: number }[];
  /** Titles. */
  readonly notebooks: readonly string[];
  readonly templates: readonly string[];
  /** Reports of imports that name what goes. */
  readonly reports: number;
  readonly earlierTexts: number;
  readonly counts: ErasureCounts;
  readonly from: number | null;
  readonly to: number | null;
  /** To be typed. */
  readonly phrase: string;
  /** Whether this is the phrase; case does not matter, nor white space around it and how much is between words. */
  readonly isConfirmedBy: (typed: string) => boolean;
  readonly frozen: Frozen;
}

export type ErasureState = 'requested' | 'keys' | 'rows' | 'scrubbed' | 'done';
/** What keeps the service from going on just now; it tries again by itself. */
export type ErasureProblem = 'busy' | 'keys' | 'disk' | 'found' | 'scan';

/** How far the service is with an erasure; `state` is null when it does not answer. */
export interface ErasureProgress {
  readonly state: ErasureState | null;
  readonly problem: ErasureProblem | null;
  readonly isAway: boolean;
}

/** A certificate that holds (ERASURE.md §4). Times are milliseconds, bytes hexadecimal. */
export interface CertificateView extends ErasureCounts {
  /** The file. */
  readonly text: string;
  readonly scope: 'part' | 'vault';
  readonly requestedAt: number;
  readonly finishedAt: number;
  /** How many were overwritten and read back. */
  readonly keys: number;
  readonly fileSystem: string;
  readonly options: string;
  readonly scan: { readonly samples: number; readonly found: number; readonly files: number; readonly bytes: number } | null;
  readonly verdict: 'VERIFIED' | 'LIMITED' | 'KEYS_ONLY';
  readonly reason: '' | 'copy_on_write' | 'journaled_data' | 'layered' | 'memory' | 'network' | 'unknown_file_system' | 'database_server';
  readonly notCovered: readonly string[];
  readonly order: { readonly hash: string; readonly key: string; readonly signature: string };
  readonly service: string;
  readonly log: {
    readonly origin: string; readonly index: number; readonly size: number; readonly root: string; readonly proof: readonly string[];
    /** The signed checkpoint. */
    readonly note: string;
    /** With it alone anybody can check the file. */
    readonly verifierKey: string;
  };
}

/** An entry of the vault's log (ERASURE.md §2.1); what its event does not have is null or empty. */
export interface LogEntry {
  readonly index: number;
  readonly at: number;
  readonly event: 'created' | 'login' | 'failed_logins' | 'slots' | 'export' | 'import' | 'ordered' | 'erasure' | 'failed';
  /** Of the secret that opened the vault. */
  readonly kind: string | null;
  readonly count: number | null;
  readonly added: readonly string[];
  readonly destroyed: readonly string[];
  readonly problem: string | null;
}

/** The log, verified: each entry is what its leaf says, and all of them are what the service has signed. */
export interface AuditView {
  readonly entries: readonly LogEntry[];
  readonly verifierKey: string;
}
