import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Desk } from '../state/desk.ts';
import { useStore } from '../state/store.ts';
import { Icon } from './Icon.tsx';
import { StateLine } from './StateLine.tsx';

export function MenuButton({ onMenu }: { readonly onMenu: () => void }): VNode {
  return (
    <button type="button" class="button button-quiet button-icon only-narrow" aria-label="Sessions" onClick={onMenu}>
      <Icon name="menu" />
    </button>
  );
}

/** The title of the session on the page and the way to change it; below it how the session stands. */
export function PageTop({ desk, onMenu }: { readonly desk: Desk; readonly onMenu: () => void }): VNode {
  const pen = useStore(desk.view, (view) => view.pen);
  const sessions = useStore(desk.view, (view) => view.sessions);
  const [renaming, setRenaming] = useState<string | null>(null);
  const session = sessions.find((item) => item.id === pen.sessionId);
  const title = session === undefined ? 'New session' : session.title === '' ? 'Untitled' : session.title;
  const isRenaming = session !== undefined && renaming === session.id;
  return (
    <header class="page-top">
      <MenuButton onMenu={onMenu} />
      <div class="page-head">
        <div class="page-title">
          <h1 dir="auto" class={isRenaming ? 'visually-hidden' : undefined}>{title}</h1>
          {isRenaming
            ? <TitleForm title={session.renamed ? session.title : ''} placeholder={session.title} onDone={() => setRenaming(null)} onRename={(next) => void desk.rename(session.id, next)} />
            : session !== undefined && (
              <button type="button" class="button button-quiet button-icon" aria-label="Rename this session" title="Rename" onClick={() => setRenaming(session.id)}>
                <Icon name="rename" />
              </button>
            )}
        </div>
        <StateLine desk={desk} />
      </div>
    </header>
  );
}

interface TitleFormProps {
  readonly title: string;
  readonly placeholder: string;
  readonly onRename: (title: string) => void;
  readonly onDone: () => void;
}

/** An empty title gives the session back the opening of its first message. */
function TitleForm({ title, placeholder, onRename, onDone }: TitleFormProps): VNode {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    input.current?.focus();
    input.current?.select();
  }, []);
  const submit = (): void => {
    const next = input.current?.value ?? title;
    if (next.trim() !== title) onRename(next);
    onDone();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    onDone();
  };
  return (
    <form autocomplete="off" onSubmit={(event) => { event.preventDefault(); submit(); }}>
      <input ref={input} class="input" aria-label="Title of this session" placeholder={placeholder} defaultValue={title} maxLength={200} dir="auto" autocomplete="off" spellcheck={false} onKeyDown={onKeyDown} />
      <button type="submit" class="button">Rename</button>
      <button type="button" class="button button-quiet" onClick={onDone}>Cancel</button>
    </form>
  );
}
