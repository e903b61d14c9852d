import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** What a dialog shows now. It takes the focus: what had it before has gone. */
export function Panel({ children }: { readonly children: ComponentChildren }): VNode {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const panel = element.current;
    if (panel?.contains(document.activeElement) !== true) panel?.focus({ preventScroll: true });
    panel?.closest('dialog')?.scrollTo(0, 0);
  }, []);
  return <div ref={element} class="stack panel" tabIndex={-1}>{children}</div>;
}
