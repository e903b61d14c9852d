/** Numbers both sides agree on (FORMAT §1.2, PROTOCOL §2); the same as `vault/wire/limits.py`. */
export const ID_BYTES = 16;
export const KEY_BYTES = 32;
export const SLOT_BYTES = 136;
export const SLOT_HEADER_BYTES = 44;
export const WRAPPED_KEY_BYTES = 60;
export const MIN_ENVELOPE_BYTES = 541;
export const MAX_ENVELOPE_BYTES = 2 * 1024 * 1024;
export const MAX_SLOTS = 16;
export const MAX_HANDLE_CODE_POINTS = 64;
export const MAX_HANDLE_BYTES = 256;
export const MAX_EPOCH = 2 ** 32 - 1;

export const MAX_BODY_BYTES = 8 * 1024 * 1024;
export const MAX_COMMIT_ITEMS = 5_000;
export const MAX_SCOPE_ITEMS = 100_000;
export const MAX_PAGE_ITEMS = 1_000;
export const MAX_HISTORY_PAGE = 10_000;
/** Hashes in a proof of the log. */
export const MAX_PROOF = 128;

export const LEAF_BYTES = 42;
export const MAX_CERTIFICATE_BYTES = 64 * 1024;

export const MIN_IDLE_SECONDS = 60;
export const DEFAULT_IDLE_SECONDS = 300;
export const MAX_IDLE_SECONDS = 3_600;
