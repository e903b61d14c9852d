import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { app } from '../../state/app.ts';
import { conflicts } from '../../../writing/rebase.ts';
import type { FormInUse } from './useForm.tsx';

const RESTORED = 'Restored what you had not saved.';

interface FormStateProps<T extends object> {
  readonly use: FormInUse<T>;
  /** What the form changes, in a word. */
  readonly what: string;
  /** Of each field: its name, and a value of it as text. */
  readonly fields: { readonly [Name in keyof T]: { readonly label: string; readonly say: (value: T[Name]) => string } };
  /** What becomes of the text that another device has saved meanwhile, when this one is saved. */
  readonly fate: string;
  /** What else became of it, and what can be done about that; null for nothing. */
  readonly beside?: { readonly text: string; readonly action: string; readonly onAction: () => void } | null;
}

/** What the writer should know of what the form holds: that it was restored, is not kept, or was changed elsewhere too. */
export function FormState<T extends object>({ use: { form, view, close }, what, fields, fate, beside = null }: FormStateProps<T>): VNode | null {
  const { isRestored, unkept, theirs } = view;
  const both = conflicts(view, theirs);
  const changed = (name: keyof T): string => `${fields[name].label} of this ${what} was changed elsewhere meanwhile`;
  const said = [...(isRestored ? [RESTORED] : []), ...(beside === null ? [] : [beside.text]), ...both.map((name) => `${changed(name)}.`)].join(' ');
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // What comes onto the page together with its text is not read out by all; what is announced is.
    if (said !== '') app.announce(said);
    // It may come at the top of a long form, upon a key pressed at its end.
    if (both.length > 0) element.current?.scrollIntoView({ block: 'nearest' });
  }, [said]);
  if (!isRestored && unkept === null && both.length === 0 && beside === null) return null;
  return (
    <div class="form-state" ref={element}>
      {isRestored && <p>{RESTORED} <button type="button" class="button button-text" onClick={close}>Discard it</button></p>}
      {beside !== null && <p>{beside.text} <button type="button" class="button button-text" onClick={beside.onAction}>{beside.action}</button></p>}
      {unkept !== null && <p class="error" role="alert">What you change here could not be kept on this device. {unkept}</p>}
      {both.map((name) => (
        <div key={String(name)} role="group" aria-label={`${fields[name].label}, changed elsewhere`}>
          <p>{changed(name)}, to:</p>
          <div class="version-text form-theirs" dir="auto" tabIndex={0}>{fields[name].say(theirs[name])}</div>
          <p>{fate} <button type="button" class="button button-text" onClick={() => form.take(name)}>Take that instead</button></p>
        </div>
      ))}
    </div>
  );
}

/** Beside the buttons: that what was changed is safe, though it is not saved. */
export function FormKept<T extends object>({ use: { view: { isKept } } }: { readonly use: FormInUse<T> }): VNode {
  return <span class="form-kept">{isKept ? 'Kept on this device' : ''}</span>;
}
