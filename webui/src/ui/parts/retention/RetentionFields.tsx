import type { VNode } from 'preact';
import { useId } from 'preact/hooks';
import type { Retention } from '../../../client/vault.ts';

const NEVER: Retention = { archiveDays: null, trashDays: null, remindDays: null };
const MAX_DAYS = 36_500;

const FIELDS: readonly { readonly name: keyof Retention; readonly label: string }[] = [
  { name: 'remindDays', label: 'Remind me after' },
  { name: 'archiveDays', label: 'Archive after' },
  { name: 'trashDays', label: 'Into the trash after' },
];

interface RetentionFieldsProps {
  readonly value: Retention | null;
  /** null: nothing is ever due. */
  readonly onChange: (value: Retention | null) => void;
}

/** After how many days without activity; empty for never. */
export function RetentionFields({ value, onChange }: RetentionFieldsProps): VNode {
  const id = useId();
  const change = (name: keyof Retention, text: string): void => {
    const days = /^\d{1,5}$/.test(text) ? Math.min(MAX_DAYS, Math.max(1, Number(text))) : null;
    const next = { ...(value ?? NEVER), [name]: days };
    onChange(Object.values(next).every((one) => one === null) ? null : next);
  };
  return (
    <div class="retention">
      {FIELDS.map(({ name, label }) => (
        <p key={name}>
          <label for={`${id}-${name}`}>{label}</label>
          <input id={`${id}-${name}`} class="input" type="number" inputMode="numeric" min={1} max={MAX_DAYS} placeholder="never" value={value?.[name] ?? ''} autocomplete="off" onChange={(event) => change(name, event.currentTarget.value)} />
          <span aria-hidden="true">days</span>
        </p>
      ))}
    </div>
  );
}
