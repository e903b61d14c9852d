import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { templateNamed } from '../../../writing/templates.ts';
import type { Desk } from '../../state/desk.ts';
import { useStore } from '../../state/store.ts';
import { usePhase } from './usePhase.ts';

/** The built-in programme whose word of care stands for any writing. */
const GENERAL = 'expressive-writing';

/**
 * A word of care: below what was written with a template that has one, and whenever the writer says that it is heavy.
 * The page does not judge the text: a list of words would be wrong both ways.
 */
export function Care({ desk, written }: { readonly desk: Desk; readonly written: boolean }): VNode | null {
  const { template } = usePhase(desk);
  const pen = useStore(desk.view, (view) => view.pen);
  const save = useStore(pen.view, (view) => view.save);
  const [asked, setAsked] = useState(false);
  const [closed, setClosed] = useState(false);
  const own = template?.care ?? '';
  const care = own === '' ? templateNamed([], GENERAL)?.care ?? '' : own;
  const isDue = own !== '' && written && (save.name === 'saved' || save.name === 'empty');
  if (care === '' || template === null) return null;
  if (closed || (!asked && !isDue)) {
    return <p class="care-ask"><button type="button" class="button button-text" onClick={() => { setAsked(true); setClosed(false); }}>This is heavy</button></p>;
  }
  return (
    <aside class="care" aria-label="A word of care">
      <p role="status">{care}</p>
      <p class="row">
        {own === '' || asked ? <span class="small soft">Inkvault cannot know what you wrote. This is what it would say to anybody.</span> : null}
        <button type="button" class="button button-text" onClick={() => { setClosed(true); setAsked(false); }}>Close</button>
      </p>
    </aside>
  );
}
