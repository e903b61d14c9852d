/** What the page sees of a vault. Ids are 32 hexadecimal digits, times are milliseconds since 1970. */

/** Where a long operation is. `derive` is the slow one (about a second). */
export type Step = 'challenge' | 'derive' | 'store' | 'login' | 'open' | 'upgrade';
export type OnStep = (step: Step) => void;

export type Secret =
  | { readonly kind: 'passphrase'; readonly text: string }
  | { readonly kind: 'recovery'; readonly text: string }
  | { readonly kind: 'passkey' };

export interface CreateOptions {
  readonly handle: string;
  readonly passphrase: string;
  /** 60 to 3,600; the default is 300. */
  readonly idleSeconds?: number;
}

export interface UnlockOptions {
  readonly handle: string;
  readonly secret: Secret;
  /** 60 to 3,600; the default is 300. */
  readonly idleSeconds?: number;
}

export interface SessionSummary {
  readonly id: string;
  /** The writer's title, else the opening of the first message. May be empty. */
  readonly title: string;
  readonly preview: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** IANA name of the writer's zone at `updatedAt`. */
  readonly zone: string;
  /** Number of records. */
  readonly count: number;
  /** Whether the writer gave the title. */
  readonly renamed: boolean;
}

export type Role = 'writer' | 'helper' | 'system' | 'tool';

export interface MessageView {
  readonly id: string;
  readonly role: Role;
  readonly text: string;
  readonly createdAt: number;
  readonly zone: string;
  readonly position: number;
}

/** The session that a text belongs to, or the id that the one takes which begins with it. */
export type Home =
  | { readonly sessionId: string }
  /** An id from `newId()`, kept with the draft: saving again with the same one begins no second session. */
  | { readonly sessionId: null; readonly newSessionId: string };

export type WriteOptions = Home & {
  readonly text: string;
  /** The id of the message; take a new one from `newId()` for each message and keep it until the write resolves. */
  readonly recordId: string;
  /** Title of a session that begins with this message. */
  readonly title?: string;
};

export type SlotKindName = 'passphrase' | 'recovery' | 'passkey';

export interface SlotView {
  readonly id: string;
  readonly kind: SlotKindName;
  readonly label: string;
  readonly createdAt: number;
  /** null until its first login. */
  readonly lastUsedAt: number | null;
  /** Whether this login was opened with it. Such a slot cannot be removed, only replaced. */
  readonly current: boolean;
}

/** Sequence number and comparison code (FORMAT §7.2): two devices at the same seq must show the same code. */
export interface Fingerprint {
  readonly seq: number;
  /** `XXXX-XXXX` */
  readonly code: string;
}

export type Draft = Home & {
  readonly recordId: string;
  readonly text: string;
  /** In UTF-16 units. */
  readonly selection: readonly [start: number, end: number];
  readonly scroll: number;
  readonly updatedAt: number;
};

export interface Drafts {
  /** The latest draft of this session that no other tab of this browser holds. */
  load(sessionId: string | null): Promise<Draft | null>;
  /** Kept on this device, sealed, durable when it resolves. Works until the vault is locked, hostile server or not. */
  save(draft: Draft): Promise<void>;
  /** Forgets one draft, after its text was written or thrown away. */
  remove(sessionId: string | null, recordId: string): Promise<void>;
  /** All drafts, latest first. */
  list(): Promise<Draft[]>;
}

/** Where the writer was. */
export interface Place {
  readonly sessionId: string | null;
  readonly scroll: number;
  readonly selection: readonly [start: number, end: number];
}

export interface PlaceKeeper {
  load(): Promise<Place | null>;
  save(place: Place): Promise<void>;
}

/** `here`: lock() of this object. `elsewhere`: another tab locked. `ended`: the service ended the login. */
export type LockReason = 'here' | 'elsewhere' | 'ended';

/** Runs before the keys are dropped, so that a last draft can still be sealed; what it returns is waited for. */
export type LockListener = (reason: LockReason) => void | Promise<void>;

export interface ServiceView {
  /** Whether new vaults can be made. */
  readonly signUp: boolean;
}

export interface Strength {
  readonly score: 0 | 1 | 2 | 3 | 4;
  /** Sentences that say what would make it better. */
  readonly advice: readonly string[];
  readonly guesses: number;
}
