import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import type { Desk } from '../state/desk.ts';
import { useStore } from '../state/store.ts';
import { Composer } from './Composer.tsx';
import { MessageList } from './MessageList.tsx';
import { PageTop } from './PageTop.tsx';
import { SaveLine } from './SaveLine.tsx';

/** One session: what is saved, and the text being written below it. */
export function SessionPage({ desk, onMenu }: { readonly desk: Desk; readonly onMenu: () => void }): VNode {
  const messages = useStore(desk.view, (view) => view.messages);
  const loading = useStore(desk.view, (view) => view.loading);
  const pen = useStore(desk.view, (view) => view.pen);
  const scroller = useRef<HTMLDivElement>(null);
  return (
    <>
      <PageTop desk={desk} onMenu={onMenu} />
      <main id="page" class="page-scroll" tabIndex={-1} ref={scroller} aria-busy={loading} onScroll={() => desk.moved()}>
        <div class="sheet">
          <MessageList messages={messages} />
          <Composer key={pen} desk={desk} pen={pen} scroller={scroller} begun={messages.length > 0} loading={loading} />
        </div>
      </main>
      <SaveLine desk={desk} pen={pen} />
    </>
  );
}
