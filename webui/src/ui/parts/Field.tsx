import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

const TYPES = { text: { type: 'text' }, password: { type: 'password' } } as const;

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly hint?: ComponentChildren;
  readonly error?: string | null;
  readonly type?: keyof typeof TYPES;
  readonly name?: string;
  /** `off` keeps what is typed out of the browser's own form history. */
  readonly autocomplete?: string;
  readonly focus?: boolean;
  readonly mono?: boolean;
  readonly maxLength?: number;
  /** Stands at the end of the label's line. */
  readonly beside?: ComponentChildren;
}

/** A labelled one-line field. An error is tied to the field, and the field takes the focus when it appears. */
export function Field({ label, value, onInput, hint, error = null, type = 'text', name, autocomplete = 'off', focus = false, mono = false, maxLength, beside }: FieldProps): VNode {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // As an attribute: the property of this name takes any text for "on".
    input.current?.setAttribute('autocorrect', 'off');
    if (focus) input.current?.focus();
  }, []);
  useEffect(() => {
    if (error === null) return;
    input.current?.focus();
    input.current?.select();
  }, [error]);
  const described = [hint !== undefined && `${id}-hint`, error !== null && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div class="field">
      <div class="field-top">
        <label for={id}>{label}</label>
        {beside}
      </div>
      <input
        ref={input} id={id} class={mono ? 'input mono' : 'input'} {...TYPES[type]} name={name} value={value} maxLength={maxLength}
        autocomplete={autocomplete} autocapitalize="none" spellcheck={false} dir="auto"
        aria-invalid={error !== null} aria-describedby={described === '' ? undefined : described}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      {hint !== undefined && <p class="field-hint" id={`${id}-hint`}>{hint}</p>}
      {error !== null && <p class="error" id={`${id}-error`} role="alert">{error}</p>}
    </div>
  );
}
