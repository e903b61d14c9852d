import type { VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { SessionSummary } from '../../../client/vault.ts';
import { useStore } from '../../state/store.ts';
import { Field } from '../Field.tsx';
import { changing } from './actions.ts';
import { FormDialog } from './FormDialog.tsx';
import { named } from './named.ts';
import type { QuestionProps } from './Questions.tsx';

/** So many tags a session can have (FORMAT §5.3); so many code points each. */
const LONGEST = 50;

/** Every tag in use, to be put on or taken off; and new ones. A box is half full where only some have the tag. */
export function TagsDialog({ history, sessions }: QuestionProps): VNode {
  const all = useStore(history.desk.view, (view) => view.sessions);
  const known = useMemo(() => inUse(all), [all]);
  const [wanted, setWanted] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [typed, setTyped] = useState('');
  const fresh = typed.split(/,|\s+(?=#)/).map((tag) => tag.trim().replace(/^#\s*/, '')).filter((tag) => tag !== '');
  const isTooLong = fresh.some((tag) => [...tag].length > LONGEST);
  const addTags = [...new Set([...fresh, ...[...wanted].flatMap(([tag, isOn]) => (isOn ? [tag] : []))])];
  const removeTags = [...wanted].flatMap(([tag, isOn]) => (isOn || addTags.includes(tag) ? [] : [tag]));
  const change = changing(history, sessions, { addTags, removeTags }, 'tagged anew');
  return (
    <FormDialog title={`Tags of ${named(sessions)}`} action="Set tags" history={history} onSubmit={change} disabled={isTooLong || addTags.length + removeTags.length === 0}>
      <div class="stack">
        <Field
          label="New tags" value={typed} onInput={setTyped} focus hint="Several apart by commas."
          error={isTooLong ? `A tag has at most ${LONGEST} characters.` : null}
        />
        {known.length > 0 && (
          <fieldset class="picks picks-flow">
            <legend class="visually-hidden">Tags in use</legend>
            {known.map((tag) => (
              <TagBox key={tag} tag={tag} sessions={sessions} wanted={wanted.get(tag)} onChange={(isOn) => setWanted(new Map([...wanted, [tag, isOn]]))} />
            ))}
          </fieldset>
        )}
      </div>
    </FormDialog>
  );
}

interface TagBoxProps {
  readonly tag: string;
  readonly sessions: readonly SessionSummary[];
  readonly wanted: boolean | undefined;
  readonly onChange: (isOn: boolean) => void;
}

function TagBox({ tag, sessions, wanted, onChange }: TagBoxProps): VNode {
  const having = sessions.filter(({ tags }) => tags.includes(tag)).length;
  return (
    <label class="pick">
      <input
        type="checkbox" checked={wanted ?? having === sessions.length} indeterminate={wanted === undefined && having > 0 && having < sessions.length}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span dir="auto">#{tag}</span>
    </label>
  );
}

function inUse(sessions: readonly SessionSummary[]): string[] {
  return [...new Set(sessions.flatMap(({ tags }) => tags))].sort((a, b) => a.localeCompare(b));
}
