/**
 * Every error the page raises on purpose; the same tree as `vault/errors.py`.
 *
 *     InkvaultError
 *     ├── UsageError             the call makes no sense
 *     ├── UnlockError            vault name or secret is wrong
 *     │   └── LockedError        the login has ended; unlock again
 *     ├── HostileDataError       bytes that a correct writer cannot have made; one message for every cause
 *     │   ├── FormatError        bytes of the wrong shape
 *     │   ├── IntegrityError     right shape, failed authentication or digest
 *     │   ├── PolicyError        key derivation costs outside the bounds
 *     │   └── TrustError         consistent data that contradicts what this device has seen
 *     │       ├── RollbackError
 *     │       ├── ForkError
 *     │       └── SubstitutionError
 *     ├── ServiceError           the service answered with an error
 *     │   ├── ConflictError      somebody else wrote first
 *     │   ├── NotFoundError      no such thing, or not yours
 *     │   ├── ErasedError        the service shows an old database: what it names was erased since
 *     │   ├── QuotaError         a limit of this server is reached
 *     │   ├── RateLimitError     too many attempts
 *     │   └── UnavailableError   not reachable, or cannot write now
 *     ├── DamagedError           a part of the vault does not open; it is named, and the rest can be had without it
 *     ├── StorageError           this browser cannot keep data for the page
 *     └── PasskeyError           the authenticator refused, was cancelled, or cannot do what is needed
 */
export class InkvaultError extends Error {
  override get name(): string {
    return this.constructor.name;
  }
}

export class UsageError extends InkvaultError {}

/** Never says which of the two is wrong. */
export class UnlockError extends InkvaultError {
  constructor(message = 'The vault name or the secret is not right. Check both and try again.') {
    super(message);
  }
}

export class LockedError extends UnlockError {
  constructor(message = 'This vault is locked. Unlock it to go on.') {
    super(message);
  }
}

/** `detail` is for tests and the console of a developer; the message shown is the same for every cause. */
export abstract class HostileDataError extends InkvaultError {
  readonly detail: string;

  constructor(detail: string, message = 'The data from the server cannot be trusted, so nothing of it is shown. Do not go on here; keep what you wrote and ask who runs this server.') {
    super(message);
    this.detail = detail;
  }
}

export class FormatError extends HostileDataError {}
export class IntegrityError extends HostileDataError {}
export class PolicyError extends HostileDataError {}
export abstract class TrustError extends HostileDataError {}

/** What does not fit to what this device has seen: the vault, head by head, or its log. */
export type Story = 'vault' | 'log';

// Each names the way out, for whoever knows that the server was restored or set up anew.
const NAMES: Readonly<Record<Story, string>> = { vault: 'vault', log: 'log of the vault' };
const AS_BEFORE = 'Nothing was changed; ask who runs it what happened. If an older database was restored on purpose, forget the vault on this device, then unlock again.';

export class RollbackError extends TrustError {
  constructor(detail: string, readonly story: Story = 'vault') {
    super(detail, `The server shows an older ${NAMES[story]} than this device has seen. ${AS_BEFORE}`);
  }
}

export class ForkError extends TrustError {
  constructor(detail: string, readonly story: Story = 'vault') {
    super(detail, `The server shows another history of the ${NAMES[story]} than this device has seen. ${AS_BEFORE}`);
  }
}

export class SubstitutionError extends TrustError {
  constructor(detail: string) {
    super(detail, 'The server shows another vault under this name than this device has seen. If you erased it from another of your devices, or expected this otherwise, forget the vault on this device first.');
  }
}

export class ServiceError extends InkvaultError {
  /** `code` as in docs/PROTOCOL.md §3. */
  readonly code: string;

  constructor(message: string, code = 'internal', options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export class ConflictError extends ServiceError {}
export class NotFoundError extends ServiceError {}

/** The service's database is older than an erasure: what it still names was erased, and its keys are destroyed. */
export class ErasedError extends ServiceError {}
export class QuotaError extends ServiceError {}
export class UnavailableError extends ServiceError {}

export class RateLimitError extends ServiceError {
  /** Whole seconds. */
  readonly retryAfter: number;

  constructor(message: string, retryAfter: number) {
    super(message, 'rate_limited');
    this.retryAfter = retryAfter;
  }
}

/** The vault stays open: what is damaged was not shown, and was asked for to be carried elsewhere. */
export class DamagedError extends InkvaultError {}

export class StorageError extends InkvaultError {}
export class PasskeyError extends InkvaultError {}
