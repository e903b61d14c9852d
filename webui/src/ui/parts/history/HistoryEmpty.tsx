import type { VNode } from 'preact';
import type { History } from '../../state/history.ts';
import { useStore } from '../../state/store.ts';

/** What stands where no session does. */
export function HistoryEmpty({ history }: { readonly history: History }): VNode {
  const filter = useStore(history.view, (view) => view.filter);
  const isNarrowed = Object.keys(filter).length > 1;
  if (isNarrowed) {
    return (
      <div class="shelf-empty">
        <p>No session is like that.</p>
        <button type="button" class="button button-text" onClick={() => history.filterBy({ shelf: filter.shelf })}>Show all of them</button>
      </div>
    );
  }
  const texts = {
    open: 'What you save will be listed here, latest first.',
    archived: 'What you archive is kept here, out of the way. Search finds it all the same.',
    trash: 'The trash is empty.',
  };
  return <p class="shelf-empty">{texts[filter.shelf]}</p>;
}
