import type { FormDraft, Notebook, NotebookFields, Phase, TemplateFields } from '../../client/vault.ts';
import type { DeskView } from './desk-view.ts';
import { readFields } from './form.ts';

export const BLANK_PHASE: Phase = { title: '', prompt: '', minutes: 0 };
const BLANK_NOTEBOOK: NotebookFields = { title: '', kind: 'journal', notes: '', colour: null, date: null, programme: null, retention: null };

/** What the form of a template holds; tags as they are typed. */
export interface TemplateContent {
  readonly title: string;
  readonly about: string;
  readonly tags: string;
  readonly phases: readonly Phase[];
}

export type Held = Pick<DeskView, 'notebooks' | 'templates' | 'sessions'>;

/** What the form of a notebook holds; undefined is a new one. */
export function notebookFields(notebook: Notebook | undefined): NotebookFields {
  if (notebook === undefined) return BLANK_NOTEBOOK;
  const { title, kind, notes, colour, date, programme, retention } = notebook;
  return { title, kind, notes, colour, date, programme, retention };
}

export function templateContent(template: TemplateFields | undefined): TemplateContent {
  const { title = '', about = '', tags = [], phases = [BLANK_PHASE] } = template ?? {};
  return { title, about, tags: tags.join(', '), phases };
}

export function templateFields({ tags, ...content }: TemplateContent): TemplateFields {
  return { ...content, tags: tagsOf(tags) };
}

/** As FORMAT §5.3 wants them: none empty, none twice. */
function tagsOf(text: string): string[] {
  return [...new Set(text.split(',').map((tag) => tag.trim()).filter((tag) => tag !== ''))];
}

/** What the vault has of what a form of a notebook or a template changes; null for one that is not there any more. */
export function heldOf({ notebooks, templates, sessions }: Held, { id, of, base }: FormDraft): object | null {
  // A save without an answer may have made the new one all the same.
  const wanted = of.id ?? id;
  const template = templates.find(({ name }) => name === wanted);
  switch (of.kind) {
    case 'message': return null;
    case 'notebook': {
      const notebook = notebooks.find((one) => one.id === wanted);
      return of.id !== null && notebook === undefined ? null : notebookFields(notebook);
    }
    case 'template': return of.id !== null && template === undefined ? null : templateContent(template);
    case 'session': {
      if (!sessions.some((session) => session.id === of.sessionId)) return null;
      return template === undefined ? readFields(base, templateContent(undefined)) : templateContent(template);
    }
  }
}
