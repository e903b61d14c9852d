import type { VNode } from 'preact';
import { useId } from 'preact/hooks';
import type { ExportFormat, PrintOptions } from '../../../transfer/exporting.ts';
import type { Desk } from '../../state/desk.ts';
import { useStore } from '../../state/store.ts';
import type { Scoped } from './scope.ts';

const FORMATS: Readonly<Record<ExportFormat, readonly [name: string, note: string]>> = {
  backup: ['Encrypted backup', 'Everything, sealed with a passphrase of its own. Any age tool opens it; Inkvault restores the vault from it.'],
  pdf: ['Book (PDF)', 'To read and to print. The whole vault is inside the file too, so that it can be restored from it.'],
  json: ['JSON', 'Everything, for programs.'],
  markdown: ['Markdown', 'To read, one file a session in folders by notebook, in a zip archive. Not everything can be brought back from it.'],
};

export function Formats({ format, onChange }: { readonly format: ExportFormat; readonly onChange: (format: ExportFormat) => void }): VNode {
  const id = useId();
  return (
    <fieldset class="choices">
      <legend class="setting-name">As</legend>
      {(Object.entries(FORMATS) as [ExportFormat, readonly [string, string]][]).map(([name, [title, note]]) => (
        <label key={name} class="choice">
          <input type="radio" name={id} checked={format === name} aria-describedby={`${id}-${name}`} onChange={() => onChange(name)} />
          <span>{title}</span>
          <span id={`${id}-${name}`} class="small soft">{note}</span>
        </label>
      ))}
    </fieldset>
  );
}

interface ScopeProps {
  readonly desk: Desk;
  readonly scope: Scoped;
  readonly onChange: (scope: Scoped) => void;
}

/** Everything, a notebook, or what was active in a range of days. */
export function Scope({ desk, scope, onChange }: ScopeProps): VNode {
  const id = useId();
  const notebooks = useStore(desk.view, (view) => view.notebooks);
  const day = (name: 'from' | 'to', label: string): VNode => (
    <label class="day-field">
      {label}
      <input type="date" class="input" value={scope[name]} autocomplete="off" onChange={(event) => onChange({ ...scope, [name]: event.currentTarget.value })} />
    </label>
  );
  return (
    <div>
      {notebooks.length > 0 && (
        <div class="setting setting-pick">
          <label class="setting-name" for={id}>What</label>
          <select class="input" id={id} value={scope.notebook ?? ''} autocomplete="off" onChange={(event) => onChange({ ...scope, notebook: event.currentTarget.value === '' ? null : event.currentTarget.value })}>
            <option value="">Everything</option>
            {notebooks.map((each) => <option key={each.id} value={each.id}>{each.title}</option>)}
          </select>
        </div>
      )}
      <fieldset class="setting days">
        <legend class="visually-hidden">Only sessions last active</legend>
        <div>
          <span class="setting-name" aria-hidden="true">Only sessions last active</span>
          <p>Left empty, all days count.</p>
        </div>
        <div class="row">{day('from', 'From')}{day('to', 'To')}</div>
      </fieldset>
    </div>
  );
}

export function Printing({ print, onChange }: { readonly print: PrintOptions; readonly onChange: (print: PrintOptions) => void }): VNode {
  const id = useId();
  return (
    <div>
      <div class="setting">
        <label class="setting-name" for={id}>Paper</label>
        <select class="input" id={id} value={print.paper} onChange={(event) => onChange({ ...print, paper: event.currentTarget.value === 'letter' ? 'letter' : 'a4' })}>
          <option value="a4">A4</option>
          <option value="letter">Letter</option>
        </select>
      </div>
      <div class="setting">
        <label class="setting-name" for={`${id}-helper`}>With what the helper wrote</label>
        <input type="checkbox" class="switch" id={`${id}-helper`} checked={print.withHelper} onChange={(event) => onChange({ ...print, withHelper: event.currentTarget.checked })} />
      </div>
      <div class="setting">
        <label class="setting-name" for={`${id}-trash`}>With sessions in the trash</label>
        <input type="checkbox" class="switch" id={`${id}-trash`} checked={print.withTrash} onChange={(event) => onChange({ ...print, withTrash: event.currentTarget.checked })} />
      </div>
      <div class="setting">
        <div>
          <label class="setting-name" for={`${id}-inside`}>With the vault inside, to restore it</label>
          <p id={`${id}-inside-note`}>Everything chosen above, printed or not. Leave it out of a book that you give to somebody.</p>
        </div>
        <input type="checkbox" class="switch" id={`${id}-inside`} aria-describedby={`${id}-inside-note`} checked={print.withDocument} onChange={(event) => onChange({ ...print, withDocument: event.currentTarget.checked })} />
      </div>
    </div>
  );
}
