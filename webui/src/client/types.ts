/** What the page sees of a vault. Ids are 32 hexadecimal digits, times are milliseconds since 1970. */
import type { Payload } from '../core/canonical.ts';

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

/** How a session stands at a moment (FORMAT §5.5). */
export type SessionState = 'new' | 'active' | 'resumed' | 'idle' | 'ended' | 'archived' | 'trashed';

/** What was written on one day. */
export interface Day {
  /** `YYYY-MM-DD`, in the zone of the writer then. */
  readonly day: string;
  readonly words: number;
  readonly seconds: number;
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
  /** null when it belongs to none, or to one that is not there. */
  readonly notebookId: string | null;
  readonly phase: number | null;
  readonly template: string | null;
  readonly helper: string | null;
  readonly tags: readonly string[];
  readonly pinned: boolean;
  /** By the service's clock, as the next three. */
  readonly activeAt: number;
  readonly endedAt: number | null;
  readonly resumedAt: number | null;
  readonly archivedAt: number | null;
  readonly trashedAt: number | null;
  readonly thread: string | null;
  readonly days: readonly Day[];
}

export type Role = 'writer' | 'helper' | 'system' | 'tool';

export interface MessageVersion {
  readonly text: string;
  readonly at: number;
}

/** What is shown of a source or a tool call; the fields that are no text are kept, not shown. */
export type Particulars = Readonly<Record<string, string>>;

export interface MessageView {
  readonly id: string;
  readonly role: Role;
  readonly text: string;
  readonly createdAt: number;
  readonly zone: string;
  readonly position: number;
  readonly seconds: number;
  readonly editedAt: number | null;
  /** Earlier texts, oldest first. */
  readonly versions: readonly MessageVersion[];
  readonly trashedAt: number | null;
  readonly sources: readonly Particulars[];
  readonly toolCalls: readonly Particulars[];
  readonly flags: readonly string[];
}

export type NotebookKind = 'event' | 'project' | 'journal';
export type Colour = 'red' | 'orange' | 'yellow' | 'green' | 'teal' | 'blue' | 'violet' | 'rose';

/** After how many days without activity; null for never. */
export interface Retention {
  readonly archiveDays: number | null;
  readonly trashDays: number | null;
  readonly remindDays: number | null;
}

/** What the writer says of a notebook. */
export interface NotebookFields {
  readonly title: string;
  readonly kind: NotebookKind;
  readonly notes: string;
  readonly colour: Colour | null;
  /** `YYYY-MM-DD` */
  readonly date: string | null;
  /** Name of a template. */
  readonly programme: string | null;
  /** null: the vault's. */
  readonly retention: Retention | null;
}

export interface Notebook extends NotebookFields {
  readonly id: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly zone: string;
  readonly archivedAt: number | null;
  readonly trashedAt: number | null;
}

export interface Phase {
  readonly title: string;
  readonly prompt: string;
  /** 0 for no limit. */
  readonly minutes: number;
}

/** Which notebook or template is saved, and what its writer knows of it. */
export interface Saving<T extends object> {
  /** The one to change; without it one is made. */
  readonly id?: string;
  /** From `newId()`: what a new one is called by. Saved again with the same one none is made twice. */
  readonly newId?: string;
  /**
   * States of it that the writer knows, the one that they changed first. Only what they changed in that one is written;
   * where another device made something of it that is none of these, nothing is.
   */
  readonly seen?: readonly T[];
}

/** A way to begin. `name` is what sessions and notebooks call it by. */
export interface Template {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly phases: readonly Phase[];
  readonly tags: readonly string[];
  /** The kind of notebook it is a programme for; null for one made for single sessions. */
  readonly kind: NotebookKind | null;
  /** Where it comes from, and a word of care; '' for none. */
  readonly source: string;
  readonly care: string;
  readonly builtIn: boolean;
}

export interface VaultSettings {
  /** 1 to 60 */
  readonly continueMinutes: number;
  readonly retention: Retention | null;
  /** So many days after the last backup another one is due; 0 for never. */
  readonly backupDays: number;
}

/** Changes to sessions; what is left out stays. */
export interface SessionChange {
  /** null gives the title back to the opening of the first message. */
  readonly title?: string | null;
  readonly notebookId?: string | null;
  readonly phase?: number | null;
  readonly helper?: string | null;
  readonly addTags?: readonly string[];
  readonly removeTags?: readonly string[];
  readonly pinned?: boolean;
  readonly archived?: boolean;
  readonly trashed?: boolean;
  /** true ends, false resumes. */
  readonly ended?: boolean;
}

/** Puts back what a change replaced, unless somebody has changed it again since. */
export type Undo = () => Promise<void>;

/** What a session that begins is to be. */
export interface Beginning {
  readonly title?: string;
  readonly notebookId?: string;
  readonly phase?: number;
  readonly template?: string;
  readonly tags?: readonly string[];
  /** Stands before the first message as a message of role `system`. */
  readonly prompt?: string;
}

export type TemplateFields = Pick<Template, 'title' | 'about' | 'phases' | 'tags'>;

/** The session that a text belongs to, or the id that the one takes which begins with it. */
export type Home =
  | { readonly sessionId: string }
  /** An id from `newId()`, kept with the draft: saving again with the same one begins no second session. */
  | { readonly sessionId: null; readonly newSessionId: string };

export type WriteOptions = Home & {
  readonly text: string;
  /** The id of the message; take a new one from `newId()` for each message and keep it until the write resolves. */
  readonly recordId: string;
  /** How long it took to write. */
  readonly seconds?: number;
  /** Counts when a session begins with this message. */
  readonly beginning?: Beginning;
};

export type * from './erasing/types.ts';
export type { Hit, HitPlace, Searcher, SearchUpdate } from './search/types.ts';

/** A record as it is sealed. */
export interface Sealed {
  readonly id: string;
  readonly payload: Payload;
}

/** A vault as it is sealed: what an export is made of. All by rising id. */
export interface Whole {
  readonly root: readonly Sealed[];
  /** `header` is without the count and digest of the records, which say nothing outside the vault. */
  readonly sessions: readonly { readonly id: string; readonly header: Payload; readonly records: readonly Sealed[] }[];
}

/** Something of a session that did not open, or was not shown. `record` is null for the session as a whole. */
export interface Fault {
  readonly session: string;
  readonly record: string | null;
  readonly title: string;
  readonly what: string;
}

export interface WholeOptions {
  /** Which sessions are taken, by their ids. */
  readonly wanted: (id: string) => boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: OnProgress;
  /** Told of what is left out of the sessions that are taken; what it throws stops the reading. */
  readonly onFault: (fault: Fault) => void;
}

/** How far a long operation over many items is. */
export type OnProgress = (done: number, total: number) => void;

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
  /** What the session is to be that begins with it, when the writer asked for a new one. */
  readonly beginning?: Beginning;
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

/**
 * What a form changes: a message, or a notebook or a template of the writer's own, where null is a new one; or of which
 * session it makes a new template.
 */
export type FormOf =
  | { readonly kind: 'message'; readonly sessionId: string; readonly id: string }
  | { readonly kind: 'session'; readonly sessionId: string; readonly id: null }
  | { readonly kind: 'notebook' | 'template'; readonly id: string | null };

/** What was changed in a form and is not saved. */
export interface FormDraft {
  /** From `newId()`. */
  readonly id: string;
  readonly of: FormOf;
  /** What the form held before it was changed, and what it holds now: of one form, in whatever words it likes. */
  readonly base: string;
  readonly mine: string;
  readonly updatedAt: number;
}

export interface FormDrafts {
  /** Those of the wanted forms that no other tab of this browser has; they are this tab's from now on. Latest first. */
  take(isWanted: (of: FormOf) => boolean): Promise<FormDraft[]>;
  /** All of them, latest first. */
  list(): Promise<FormDraft[]>;
  /** As `Drafts.save`. */
  save(draft: FormDraft): Promise<void>;
  remove(draft: Pick<FormDraft, 'id' | 'of'>): Promise<void>;
  /** Whether what a form changes was not erased meanwhile; true for a new one. */
  isThere(of: FormOf): Promise<boolean>;
}

/** Where the writer was. */
export interface Place {
  readonly sessionId: string | null;
  readonly scroll: number;
  readonly selection: readonly [start: number, end: number];
  /** Since when the writer had been writing there, and their last key, by the device's clock; null when they had not begun. */
  readonly writing: Writing | null;
}

export interface Writing {
  readonly began: number;
  readonly typed: number;
}

export interface PlaceKeeper {
  load(): Promise<Place | null>;
  save(place: Place): Promise<void>;
}

/** `here`: lock() of this object. `elsewhere`: another tab locked. `ended`: the service ended the login. `erased`: the whole vault was, here or in another tab. */
export type LockReason = 'here' | 'elsewhere' | 'ended' | 'erased';

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
