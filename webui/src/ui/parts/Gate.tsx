import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Mark } from './Mark.tsx';
import { ThemeButton } from './ThemeButton.tsx';

interface GateProps {
  readonly title: string;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}

/** The frame of every screen outside the desk. Its heading takes the focus unless a field asks for it. */
export function Gate({ title, wide = false, children }: GateProps): VNode {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!document.activeElement?.matches('input, textarea')) heading.current?.focus();
  }, [title]);
  return (
    <div class="gate">
      <header class="gate-top">
        <Mark />
        <ThemeButton />
      </header>
      <main class={wide ? 'gate-main gate-wide' : 'gate-main'}>
        <h1 ref={heading} tabIndex={-1}>{title}</h1>
        {children}
      </main>
      <footer class="gate-foot">Encrypted in this browser. The server cannot read what you write.</footer>
    </div>
  );
}
