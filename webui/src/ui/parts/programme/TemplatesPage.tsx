import type { VNode } from 'preact';
import type { Template } from '../../../client/vault.ts';
import { BUILT_IN } from '../../../writing/templates.ts';
import type { Desk } from '../../state/desk.ts';
import { useStore } from '../../state/store.ts';
import { counted } from '../notebooks/labels.ts';
import { ScreenFrame } from '../ScreenFrame.tsx';
import { beginningWith } from './progress.ts';
import { TemplateDialog } from './TemplateDialog.tsx';

/** The ways to begin: the built-in ones, and the writer's own. */
export function TemplatesPage({ desk, onMenu }: { readonly desk: Desk; readonly onMenu: () => void }): VNode {
  const own = useStore(desk.view, (view) => view.templates);
  const form = useStore(desk.view, (view) => view.form);
  const fill = (id: string | null): void => desk.fill({ kind: 'template', id });
  return (
    <ScreenFrame desk={desk} title="Templates" onMenu={onMenu} beside={<button type="button" class="button button-quiet" onClick={() => desk.show('notebooks')}>All notebooks</button>}>
      <section aria-labelledby="templates-own">
        <h2 id="templates-own">Your own</h2>
        {own.length === 0 && <p class="soft">None yet. Any session can become one: choose “Save as a template…” in its menu, or begin here.</p>}
        <TemplateList desk={desk} templates={own} onEdit={({ name }) => fill(name)} />
        <p><button type="button" class="button" onClick={() => fill(null)}>New template</button></p>
      </section>
      <section aria-labelledby="templates-given">
        <h2 id="templates-given">Given</h2>
        <TemplateList desk={desk} templates={BUILT_IN} />
      </section>
      {form?.kind === 'template' && <TemplateDialog desk={desk} of={form} onSaved={() => desk.fill(null)} onClose={() => desk.fill(null)} />}
    </ScreenFrame>
  );
}

interface TemplateListProps {
  readonly desk: Desk;
  readonly templates: readonly Template[];
  readonly onEdit?: (template: Template) => void;
}

function TemplateList({ desk, templates, onEdit }: TemplateListProps): VNode {
  const trash = (template: Template): void => {
    void desk.do(async () => desk.did('The template is in the trash.', await desk.vault.trashTemplate(template.name)));
  };
  return (
    <ul class="notebook-list">
      {templates.map((template) => (
        <li key={template.name} class="notebook-item">
          <p class="template-title" dir="auto">{template.title}</p>
          <p class="notebook-facts">{factsOf(template)}</p>
          {template.about !== '' && <p class="soft" dir="auto">{template.about}</p>}
          {template.source !== '' && <p class="small soft">{template.source}</p>}
          <p class="row">
            <button type="button" class="button" aria-label={`Begin a session with ${template.title}`} onClick={() => void desk.begin(beginningWith(template, 1, null))}>Begin</button>
            {onEdit !== undefined && <button type="button" class="button button-quiet" aria-label={`Edit the template ${template.title}`} onClick={() => onEdit(template)}>Edit</button>}
            {onEdit !== undefined && <button type="button" class="button button-quiet" aria-label={`Put the template ${template.title} into the trash`} onClick={() => trash(template)}>Into the trash</button>}
          </p>
        </li>
      ))}
    </ul>
  );
}

function factsOf({ phases, tags }: Template): string {
  const minutes = phases.reduce((sum, phase) => sum + phase.minutes, 0);
  const facts = [phases.length > 1 && counted(phases.length, 'phase'), minutes > 0 && `${minutes} minutes${phases.length > 1 ? ' in all' : ''}`, ...tags];
  return facts.filter(Boolean).join(' · ');
}
