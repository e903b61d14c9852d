import type { FormDraft, Notebook, NotebookFields, Phase, Template } from '../../client/vault.ts';
import type { DeskView } from './desk-view.ts';

export const BLANK_PHASE: Phase = { title: '', prompt: '', minutes: 0 };
const BLANK_NOTEBOOK: NotebookFields = { title: '', kind: 'journal', notes: '', colour: null, date: null, programme: null, retention: null };

/** What the form of a template holds; tags as they are typed. */
export interface TemplateContent {
  readonly title: string;
  readonly about: string;
  readonly tags: string;
  readonly phases: readonly Phase[];
}

export type Held = Pick<DeskView, 'notebooks' | 'templates'>;

/** What the form of a notebook holds; undefined is a new one. */
export function notebookFields(notebook: Notebook | undefined): NotebookFields {
  if (notebook === undefined) return BLANK_NOTEBOOK;
  const { title, kind, notes, colour, date, programme, retention } = notebook;
  return { title, kind, notes, colour, date, programme, retention };
}

export function templateContent(template: Template | undefined): TemplateContent {
  const { title = '', about = '', tags = [], phases = [BLANK_PHASE] } = template ?? {};
  return { title, about, tags: tags.join(', '), phases };
}

/** What the vault has of what a form of a notebook or a template changes; null for one that is not there any more. */
export function heldOf({ notebooks, templates }: Held, { id, of }: Pick<FormDraft, 'id' | 'of'>): object | null {
  // A save without an answer may have made the new one all the same.
  const wanted = of.id ?? id;
  const notebook = notebooks.find((one) => of.kind === 'notebook' && one.id === wanted);
  const template = templates.find(({ name }) => of.kind === 'template' && name === wanted);
  if (of.kind === 'message' || (of.id !== null && notebook === undefined && template === undefined)) return null;
  return of.kind === 'notebook' ? notebookFields(notebook) : templateContent(template);
}
