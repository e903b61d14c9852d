// history.state survives a refresh and belongs to one tab. It holds the opaque id alone, never a word.

export function rememberSession(sessionId: string | null): void {
  history.replaceState({ session: sessionId }, '');
}

/** undefined when this tab has no memory of one; null for a session that had not begun. */
export function rememberedSession(): string | null | undefined {
  const state: unknown = history.state;
  if (typeof state !== 'object' || state === null || !('session' in state)) return undefined;
  return typeof state.session === 'string' ? state.session : null;
}
