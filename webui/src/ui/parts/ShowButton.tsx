import type { VNode } from 'preact';

/** Beside a secret that is typed: shows it in clear, or hides it again. */
export function ShowButton({ shown, onShow }: { readonly shown: boolean; readonly onShow: (shown: boolean) => void }): VNode {
  return (
    <button type="button" class="button button-text small" aria-pressed={shown} onClick={() => onShow(!shown)}>
      {shown ? 'Hide' : 'Show'}
    </button>
  );
}
