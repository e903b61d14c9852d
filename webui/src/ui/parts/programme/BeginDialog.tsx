import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { Notebook, Template } from '../../../client/vault.ts';
import { allTemplates } from '../../../writing/templates.ts';
import type { Desk } from '../../state/desk.ts';
import { useStore } from '../../state/store.ts';
import { Select } from '../Area.tsx';
import { Dialog } from '../Dialog.tsx';
import { beginningWith, progressOf } from './progress.ts';

/** How the next session begins: with which template, in which notebook, for which phase. */
export function BeginDialog({ desk }: { readonly desk: Desk }): VNode {
  const own = useStore(desk.view, (view) => view.templates);
  const notebooks = useStore(desk.view, (view) => view.notebooks).filter(({ archivedAt, trashedAt }) => archivedAt === null && trashedAt === null);
  const templates = allTemplates(own);
  const { beginning, text, sessionId } = desk.pen;
  const [notebookId, setNotebookId] = useState(beginning?.notebookId ?? desk.session?.notebookId ?? '');
  const [name, setName] = useState(beginning?.template ?? 'blank');
  const [chosenPhase, setChosenPhase] = useState<number | null>(beginning?.phase ?? null);
  const notebook = notebooks.find(({ id }) => id === notebookId) ?? null;
  const template = templates.find((one) => one.name === name) ?? templates[0];
  const phase = chosenPhase ?? nextPhase(desk, template, notebook);
  const begin = (): void => {
    if (template === undefined) return;
    const next = beginningWith(template, phase, notebook);
    desk.ask(null);
    // A text that has no session yet takes it on; any other stays where it is.
    if (desk.view.value.screen === 'page' && sessionId === null && text !== '') desk.pen.shape(next);
    else void desk.begin(next);
  };
  return (
    <Dialog title="Begin a session" onClose={() => desk.ask(null)}>
      <form class="stack" autocomplete="off" onSubmit={(event) => { event.preventDefault(); begin(); }}>
        <fieldset class="templates">
          <legend class="field-label">Begin with</legend>
          {templates.map((one) => <TemplateChoice key={one.name} template={one} checked={one.name === template?.name} onChoose={() => { setName(one.name); setChosenPhase(null); }} />)}
        </fieldset>
        {notebooks.length > 0 && (
          <Select label="In the notebook" value={notebook?.id ?? ''} onChange={(id) => { setNotebookId(id); setChosenPhase(null); }}>
            <option value="">None</option>
            {notebooks.map(({ id, title }) => <option key={id} value={id}>{title}</option>)}
          </Select>
        )}
        {template !== undefined && template.phases.length > 1 && (
          <Select label="Phase" value={String(phase)} hint={notebook === null ? 'A notebook with this programme shows how far you are.' : undefined} onChange={(value) => setChosenPhase(Number(value))}>
            {template.phases.map(({ title }, index) => <option key={index} value={index + 1}>{index + 1}. {title}</option>)}
          </Select>
        )}
        <div class="dialog-actions">
          <button type="button" class="button" onClick={() => desk.ask(null)}>Cancel</button>
          <button type="submit" class="button button-primary">Begin</button>
        </div>
      </form>
    </Dialog>
  );
}

function TemplateChoice({ template, checked, onChoose }: { readonly template: Template; readonly checked: boolean; readonly onChoose: () => void }): VNode {
  return (
    <label class="template">
      <input type="radio" name="template" checked={checked} onChange={onChoose} />
      <span class="template-title" dir="auto">{template.title}</span>
      {checked && template.about !== '' && <span class="template-about" dir="auto">{template.about}</span>}
    </label>
  );
}

/** The one that the notebook has not come to yet. */
function nextPhase(desk: Desk, template: Template | undefined, notebook: Notebook | null): number {
  if (template === undefined || notebook === null) return 1;
  const sessions = desk.view.value.sessions.filter((session) => session.notebookId === notebook.id);
  return progressOf(template, sessions).next ?? 1;
}
