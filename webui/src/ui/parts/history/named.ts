import type { SessionSummary } from '../../../client/vault.ts';
import { quoted } from '../../state/history.ts';
import { counted } from '../notebooks/labels.ts';

/** "“Title”", or "12 sessions". */
export function named(sessions: readonly SessionSummary[]): string {
  const [only] = sessions;
  return sessions.length === 1 && only !== undefined ? quoted(only) : counted(sessions.length, 'session');
}
