import type { VNode } from 'preact';

/** The name with its drop of ink. */
export function Mark(): VNode {
  return (
    <span class="wordmark">
      <svg viewBox="0 0 22 27" aria-hidden="true">
        <path fill-rule="evenodd" d="M11 0c5.2 6.8 8.6 11.6 8.6 16.4a8.6 8.6 0 0 1-17.2 0C2.4 11.6 5.8 6.8 11 0zm0 11.7a3 3 0 0 0-1.5 5.6l-1 4.2h5l-1-4.2a3 3 0 0 0-1.5-5.6z" />
      </svg>
      Inkvault
    </span>
  );
}
