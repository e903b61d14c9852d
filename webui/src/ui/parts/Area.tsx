import type { ComponentChildren, VNode } from 'preact';
import { useId } from 'preact/hooks';

interface AreaProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly rows?: number;
  readonly maxLength?: number;
}

/** A labelled text of several lines. */
export function Area({ label, value, onInput, rows = 3, maxLength }: AreaProps): VNode {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea id={id} class="input area" rows={rows} dir="auto" maxLength={maxLength} value={value} autocomplete="off" translate={false} data-gramm="false" data-lt-active="false" onInput={(event) => onInput(event.currentTarget.value)} />
    </div>
  );
}

interface SelectProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: string | undefined;
  readonly children: ComponentChildren;
}

/** A labelled choice of one. */
export function Select({ label, value, onChange, hint, children }: SelectProps): VNode {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select class="input" id={id} value={value} autocomplete="off" aria-describedby={hint === undefined ? undefined : `${id}-hint`} onChange={(event) => onChange(event.currentTarget.value)}>{children}</select>
      {hint !== undefined && <p class="field-hint" id={`${id}-hint`}>{hint}</p>}
    </div>
  );
}
