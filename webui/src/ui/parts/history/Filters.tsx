import { useId, useMemo } from 'preact/hooks';
import type { ComponentChildren, VNode } from 'preact';
import type { Notebook } from '../../../client/vault.ts';
import { facetsOf, type HistoryFilter, type Shelf } from '../../../writing/history.ts';
import type { History } from '../../state/history.ts';
import { useStore } from '../../state/store.ts';
import { Icon } from '../Icon.tsx';
import { Calendar, dayLabel } from './Calendar.tsx';

const SHELVES: Record<Shelf, string> = { open: 'Sessions', archived: 'Archive', trash: 'Trash' };

/** Folded away until wanted; what there is nothing to choose from is not shown at all. */
export function Filters({ history }: { readonly history: History }): VNode {
  const { desk } = history;
  const filter = useStore(history.view, (view) => view.filter);
  const sessions = useStore(desk.view, (view) => view.sessions);
  const notebooks = useStore(desk.view, (view) => view.notebooks);
  const facets = useMemo(() => facetsOf(sessions, filter.shelf), [sessions, filter.shelf]);
  const set = (change: Partial<Record<keyof HistoryFilter, unknown>>): void => history.filterBy(without({ ...filter, ...change }));
  return (
    <div class="filters" id="filters" role="group" aria-label="Filters">
      <fieldset class="segments">
        <legend class="visually-hidden">Show</legend>
        {(Object.keys(SHELVES) as Shelf[]).map((shelf) => (
          <label key={shelf}>
            <input type="radio" class="visually-hidden" name="shelf" checked={filter.shelf === shelf} onChange={() => history.filterBy({ shelf })} />{SHELVES[shelf]}
          </label>
        ))}
      </fieldset>
      <Choice
        label="Notebook" value={filter.notebookId} onChoose={(notebookId) => set({ notebookId })} none="No notebook"
        options={[...facets.notebooks].map(([id, count]) => ({ value: id, count, text: nameOf(notebooks, id) }))}
      />
      <Choice label="Phase" value={filter.phase} onChoose={(phase) => set({ phase })} options={options(facets.phases, (phase) => `Phase ${phase}`)} />
      <Choice label="Helper" value={filter.helper} onChoose={(helper) => set({ helper })} options={options(facets.helpers, String)} />
      <Choice label="Tag" value={filter.tag} onChoose={(tag) => set({ tag })} options={options(facets.tags, (tag) => `#${tag}`)} />
      <Calendar key={filter.shelf} days={facets.days} chosen={filter.day ?? null} now={desk.vault.now()} onChoose={(day) => set({ day: day ?? undefined })} />
    </div>
  );
}

interface Option<T> {
  readonly value: T;
  readonly text: string;
  readonly count: number;
}

interface ChoiceProps<T> {
  readonly label: string;
  /** undefined: any. */
  readonly value: T | undefined;
  readonly options: readonly Option<T>[];
  readonly none?: string;
  readonly onChoose: (value: T | undefined) => void;
}

function Choice<T>({ label, value, options: given, none = '', onChoose }: ChoiceProps<T>): VNode | null {
  const id = useId();
  const sorted = [...given].sort((a, b) => (a.value === null ? 1 : b.value === null ? -1 : a.text.localeCompare(b.text, undefined, { numeric: true })));
  if (sorted.every((option) => option.value === null) && value === undefined) return null;
  const index = sorted.findIndex((option) => option.value === value);
  return (
    <div class="choice">
      <label for={id}>{label}</label>
      <select id={id} class="input" value={index} onChange={(event) => onChoose(sorted[Number(event.currentTarget.value)]?.value)}>
        <option value={-1}>Any</option>
        {sorted.map((option, at) => <option key={at} value={at}>{`${option.value === null ? none : option.text} (${option.count.toLocaleString()})`}</option>)}
      </select>
    </div>
  );
}

/** What narrows the list, while the filters are folded: a click takes it off. */
export function FilterChips({ history }: { readonly history: History }): VNode | null {
  const filter = useStore(history.view, (view) => view.filter);
  const notebooks = useStore(history.desk.view, (view) => view.notebooks);
  const { shelf, notebookId, phase, helper, tag, day } = filter;
  const drop = (name: keyof HistoryFilter) => () => history.filterBy(without({ ...filter, [name]: undefined }));
  const chips = [
    shelf !== 'open' && <Chip key="shelf" onDrop={() => history.clear()}>{SHELVES[shelf]}</Chip>,
    notebookId !== undefined && <Chip key="notebook" onDrop={drop('notebookId')}>{notebookId === null ? 'No notebook' : nameOf(notebooks, notebookId)}</Chip>,
    phase !== undefined && <Chip key="phase" onDrop={drop('phase')}>{`Phase ${phase}`}</Chip>,
    helper !== undefined && <Chip key="helper" onDrop={drop('helper')}>{helper}</Chip>,
    tag !== undefined && <Chip key="tag" onDrop={drop('tag')}>{`#${tag}`}</Chip>,
    day !== undefined && <Chip key="day" onDrop={drop('day')}>{dayLabel(day)}</Chip>,
  ].filter((chip) => chip !== false);
  return chips.length === 0 ? null : <div class="chips" role="group" aria-label="Shown are">{chips}</div>;
}

function Chip({ children, onDrop }: { readonly children: ComponentChildren; readonly onDrop: () => void }): VNode {
  const drop = (): void => {
    document.getElementById('search')?.focus();
    onDrop();
  };
  return <button type="button" class="chip" onClick={drop}><span class="visually-hidden">Stop showing only </span><span dir="auto">{children}</span><Icon name="close" /></button>;
}

function options<T>(counts: ReadonlyMap<T, number>, name: (value: T) => string): Option<T>[] {
  return [...counts].map(([value, count]) => ({ value, count, text: name(value) }));
}

function nameOf(notebooks: readonly Notebook[], id: string | null): string {
  return notebooks.find((notebook) => notebook.id === id)?.title ?? 'No notebook';
}

/** Leaves out what does not matter. */
function without(filter: Partial<Record<keyof HistoryFilter, unknown>>): HistoryFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as unknown as HistoryFilter;
}
