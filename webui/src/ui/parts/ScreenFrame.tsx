import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Desk } from '../state/desk.ts';
import { MenuButton } from './PageTop.tsx';

interface ScreenFrameProps {
  readonly desk: Desk;
  readonly title: ComponentChildren;
  readonly onMenu: () => void;
  /** Beside the way back. */
  readonly beside?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** A screen of the desk that is not a session: its title takes the focus, and there is a way back to the writing. */
export function ScreenFrame({ desk, title, onMenu, beside, children }: ScreenFrameProps): VNode {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <>
      <header class="page-top">
        <MenuButton onMenu={onMenu} />
        <span class="page-head" />
        {beside}
        <button type="button" class="button button-quiet" onClick={() => void desk.open(desk.pen.sessionId)}>Back to writing</button>
      </header>
      <main id="page" class="page-scroll" tabIndex={-1}>
        <div class="settings">
          <h1 ref={heading} tabIndex={-1} dir="auto">{title}</h1>
          {children}
        </div>
      </main>
    </>
  );
}
