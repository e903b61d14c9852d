import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** What a dialog shows now. It takes the focus: what had it before has gone. */
export function Panel({ children }: { readonly children: ComponentChildren }): VNode {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (element.current?.contains(document.activeElement) !== true) element.current?.focus();
  }, []);
  return <div ref={element} class="stack panel" tabIndex={-1}>{children}</div>;
}
