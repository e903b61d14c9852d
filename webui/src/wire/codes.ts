/** The closed list of error codes (PROTOCOL §3), each with its status. */
import type { components } from './types.ts';

export type ErrorCode = components['schemas']['ErrorCode'];

export const STATUS_OF: Readonly<Record<ErrorCode, number>> = {
  bad_request: 400,
  bad_host: 400,
  unauthorized: 401,
  forbidden: 403,
  sign_up_closed: 403,
  not_found: 404,
  method_not_allowed: 405,
  stale: 409,
  handle_taken: 409,
  erased: 410,
  too_large: 413,
  unsupported_media_type: 415,
  quota_records: 403,
  quota_bytes: 403,
  quota_vaults: 403,
  rate_limited: 429,
  internal: 500,
  storage: 507,
};

export const ERROR_CODES = Object.keys(STATUS_OF) as ErrorCode[];
