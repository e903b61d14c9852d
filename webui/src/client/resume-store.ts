/** What a tab keeps across a refresh: the resume value (FORMAT §8), and what to ask the service with. */
import type { Bytes } from '../core/bytes.ts';
import { fromBase64url, toBase64url } from '../wire/encodings.ts';
import * as decode from '../wire/decode.ts';
import { MAX_IDLE_SECONDS, MIN_IDLE_SECONDS } from '../wire/limits.ts';
import type { TabStorage } from './platform.ts';

export interface ResumeRecord {
  readonly handle: string;
  readonly vaultId: string;
  readonly loginId: string;
  /** The limit the writer asked for: the service may not lengthen it. */
  readonly idleSeconds: number;
  readonly value: Bytes;
}

interface Kept {
  readonly handle: string;
  readonly vault_id: string;
  readonly login_id: string;
  readonly idle_seconds: number;
  readonly value: string;
}

const kept = decode.object<Kept>()({
  handle: decode.text(256),
  vault_id: decode.id,
  login_id: decode.id,
  idle_seconds: decode.integer(MIN_IDLE_SECONDS, MAX_IDLE_SECONDS),
  value: decode.text(200),
});

export function keepResume(tab: TabStorage, { handle, vaultId, loginId, idleSeconds, value }: ResumeRecord): void {
  const record: Kept = {
    handle, vault_id: vaultId, login_id: loginId, idle_seconds: idleSeconds, value: toBase64url(value),
  };
  tab.set(JSON.stringify(record));
}

/** null when there is none, or none that can be read. */
export function readResume(tab: TabStorage): ResumeRecord | null {
  const text = tab.get();
  if (text === null) return null;
  try {
    const record = kept(JSON.parse(text));
    return {
      handle: record.handle,
      vaultId: record.vault_id,
      loginId: record.login_id,
      idleSeconds: record.idle_seconds,
      value: fromBase64url(record.value),
    };
  } catch {
    return null;
  }
}
