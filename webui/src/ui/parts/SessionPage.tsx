import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import type { Desk } from '../state/desk.ts';
import { useStore } from '../state/store.ts';
import { useTick } from '../state/useNow.ts';
import { Composer } from './Composer.tsx';
import { MessageList } from './messages/MessageList.tsx';
import { PageTop } from './PageTop.tsx';
import { Care } from './programme/Care.tsx';
import { Prompt } from './programme/Prompt.tsx';
import { SaveLine } from './SaveLine.tsx';

/** One session: what is saved, and the text being written below it. */
export function SessionPage({ desk, onMenu }: { readonly desk: Desk; readonly onMenu: () => void }): VNode {
  const messages = useStore(desk.view, (view) => view.messages);
  const loading = useStore(desk.view, (view) => view.loading);
  const pen = useStore(desk.view, (view) => view.pen);
  const scroller = useRef<HTMLDivElement>(null);
  const isOver = useIsOver(desk);
  const begun = messages.length > 0 && !isOver;
  return (
    <>
      <PageTop desk={desk} onMenu={onMenu} />
      <main id="page" class="page-scroll" tabIndex={-1} ref={scroller} aria-busy={loading} onScroll={() => desk.where.moved()}>
        <div class="sheet">
          <div>
            <MessageList desk={desk} />
            {pen.sessionId === null && !loading && <Prompt desk={desk} />}
            <Care key={pen.sessionId} desk={desk} written={messages.length > 0} />
            {isOver && <p class="over">What you write here begins a new session.</p>}
          </div>
          <Composer key={pen} desk={desk} pen={pen} scroller={scroller} begun={begun} loading={loading} />
        </div>
      </main>
      <SaveLine desk={desk} pen={pen} />
    </>
  );
}

/** Whether the session on the page takes no more messages unless it is resumed. */
function useIsOver(desk: Desk): boolean {
  useStore(desk.view, (view) => view.settings);
  useStore(desk.view, (view) => view.sessions);
  useTick(desk);
  return desk.isOver();
}
