import type { VNode } from 'preact';
import type { Desk } from '../../state/desk.ts';
import { useStore } from '../../state/store.ts';

/** Above a page that is still blank: what the template asks, or the way to the templates. */
export function Prompt({ desk }: { readonly desk: Desk }): VNode {
  const pen = useStore(desk.view, (view) => view.pen);
  const beginning = useStore(pen.view, (view) => view.beginning);
  const { title, prompt } = beginning ?? {};
  return (
    <div class="prompt">
      {title !== undefined && <h2>{title}</h2>}
      {prompt !== undefined && <p class="prompt-text" dir="auto">{prompt}</p>}
      <button type="button" class="button button-text" onClick={() => desk.ask('begin')}>
        {beginning === null || Object.keys(beginning).length === 0 ? 'Choose a notebook or a template' : 'Change how it begins'}
      </button>
    </div>
  );
}
