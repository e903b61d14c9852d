import type { VNode } from 'preact';
import { app } from '../state/app.ts';
import type { Screen } from '../state/desk-view.ts';
import type { Desk } from '../state/desk.ts';
import { useStore } from '../state/store.ts';
import { Icon } from './Icon.tsx';
import { Mark } from './Mark.tsx';
import { ThemeButton } from './ThemeButton.tsx';

interface ShelfEndProps {
  readonly desk: Desk;
  readonly onChosen: () => void;
}

/** The ways to begin a session. */
export function ShelfTop({ desk, onChosen }: ShelfEndProps): VNode {
  const begin = (): void => {
    onChosen();
    void desk.begin();
  };
  return (
    <div class="shelf-top">
      <Mark />
      <div class="shelf-begin">
        <button type="button" class="button shelf-new" onClick={begin}><Icon name="new" />New session</button>
        <button type="button" class="button button-icon shelf-with" aria-label="Begin with a template" title="Begin with a template" onClick={() => { onChosen(); desk.ask('begin'); }}>
          <Icon name="down" />
        </button>
      </div>
    </div>
  );
}

/** What leads to the other screens, and out. */
export function ShelfFoot({ desk, onChosen, onKeys }: ShelfEndProps & { readonly onKeys: () => void }): VNode {
  const screen = useStore(desk.view, (view) => view.screen);
  const link = (to: Screen, isHere: boolean) => ({
    type: 'button' as const, 'aria-current': isHere ? ('page' as const) : undefined, onClick: () => { onChosen(); desk.show(to); },
  });
  return (
    <div class="shelf-foot">
      <div class="shelf-places">
        <button class="button button-quiet" {...link('notebooks', screen === 'notebooks' || screen === 'notebook' || screen === 'templates')}><Icon name="notebook" />Notebooks</button>
        <button class="button button-quiet" {...link('insights', screen === 'insights')}><Icon name="insights" />Insights</button>
      </div>
      <div class="shelf-places">
        <button type="button" class="button button-quiet" onClick={() => void app.lock()}><Icon name="lock" />Lock</button>
        <span class="row shelf-tools">
          <button type="button" class="button button-quiet button-icon" aria-label="Keyboard shortcuts" title="Keyboard shortcuts" onClick={onKeys}><Icon name="keys" /></button>
          <ThemeButton />
          <button class="button button-quiet button-icon" aria-label="Secrets and settings" title="Secrets and settings" {...link('settings', screen === 'settings')}><Icon name="settings" /></button>
        </span>
      </div>
    </div>
  );
}
