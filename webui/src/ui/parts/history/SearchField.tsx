import type { VNode } from 'preact';
import { useId } from 'preact/hooks';
import type { History } from '../../state/history.ts';
import { MOD } from '../../state/shortcuts.ts';
import { useStore } from '../../state/store.ts';
import { Icon } from '../Icon.tsx';

/** What is looked for, and the way to the filters. */
export function SearchField({ history, onDown }: { readonly history: History; readonly onDown: () => void }): VNode {
  const query = useStore(history.view, (view) => view.query);
  const unfolded = useStore(history.view, (view) => view.unfolded);
  const hint = useId();
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') onDown();
    else if (event.key === 'Escape' && query !== '') history.look('');
    else return;
    event.preventDefault();
  };
  return (
    <search class="shelf-search">
      <Icon name="search" />
      <input
        id="search" class="input" type="text" inputMode="search" enterkeyhint="search" placeholder="Search" aria-label="Search" aria-describedby={hint} dir="auto"
        aria-keyshortcuts="Control+K Meta+K" title={`${MOD} K`} autocomplete="off" autocapitalize="off" spellcheck={false} value={query}
        onFocus={() => history.desk.vault.searcher().warm()} onInput={(event) => history.look(event.currentTarget.value)} onKeyDown={onKeyDown}
      />
      <span id={hint} class="visually-hidden">
        Searches titles, texts, tags and notes on this device. Words and “phrases”; tag:, in:, role:, before:, after: and is: narrow it.
      </span>
      {query !== '' && (
        <button type="button" class="button button-quiet button-icon" aria-label="Clear the search" onClick={() => { history.look(''); document.getElementById('search')?.focus(); }}>
          <Icon name="close" />
        </button>
      )}
      <button
        type="button" class="button button-quiet button-icon" aria-label="Filters" title="Filters" aria-expanded={unfolded} aria-controls="filters"
        onClick={() => history.unfold(!unfolded)}
      >
        <Icon name="filter" />
      </button>
    </search>
  );
}
