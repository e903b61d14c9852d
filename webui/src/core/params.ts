/** Argon2id costs: the profile of new slots, and the bounds checked before anything is derived (FORMAT §3.1). */
import { PolicyError } from '../errors.ts';

/** What kind of secret opens a slot; the value is the byte in the slot header. */
export const SlotKind = { PASSPHRASE: 1, RECOVERY: 2, PASSKEY: 3 } as const;
export type SlotKind = (typeof SlotKind)[keyof typeof SlotKind];

/** Memory in KiB, passes, lanes (RFC 9106). */
export interface KdfParams {
  readonly mKib: number;
  readonly t: number;
  readonly p: number;
}

/** Profile 2026: the costs of every new passphrase slot. */
export const PROFILE: KdfParams = { mKib: 131_072, t: 3, p: 1 };
export const FLOOR: KdfParams = { mKib: 65_536, t: 3, p: 1 };
export const CAP: KdfParams = { mKib: 1_048_576, t: 10, p: 4 };
/** What the header of a recovery or passkey slot holds: these secrets are not stretched. */
export const NO_PARAMS: KdfParams = { mKib: 0, t: 0, p: 0 };

export function checkParams(kind: SlotKind, params: KdfParams): void {
  const [low, high] = kind === SlotKind.PASSPHRASE ? [FLOOR, CAP] : [NO_PARAMS, NO_PARAMS];
  const fits = (['mKib', 't', 'p'] as const).every((cost) => params[cost] >= low[cost] && params[cost] <= high[cost]);
  if (!fits) throw new PolicyError(`m=${params.mKib} t=${params.t} p=${params.p} for kind ${kind}`);
}

/** Whether a passphrase slot with these costs is to be replaced by one of the current profile. */
export function isWeaker(params: KdfParams): boolean {
  return params.mKib < PROFILE.mKib || params.t < PROFILE.t;
}
