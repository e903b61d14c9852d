import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { FormOf, SessionSummary, TemplateFields } from '../../../client/vault.ts';
import { firstPoints } from '../../../transfer/code-points.ts';
import type { Desk } from '../../state/desk.ts';
import { BLANK_PHASE, templateFields } from '../../state/form-fields.ts';
import { useStore } from '../../state/store.ts';
import { TemplateDialog } from './TemplateDialog.tsx';

const MAX_TITLE = 200;
const MAX_PROMPT = 20_000;

interface FromSessionProps {
  readonly desk: Desk;
  readonly of: Extract<FormOf, { kind: 'session' }>;
}

/** A template from a session: its prompt, or else how it begins, to be changed before it is saved. */
export function FromSessionDialog({ desk, of }: FromSessionProps): VNode | null {
  const session = useStore(desk.view, (view) => view.sessions).find(({ id }) => id === of.sessionId);
  const [given, setGiven] = useState<TemplateFields | null>(() => {
    const base = desk.forms.baseOf(of);
    return base === null ? null : templateFields(base);
  });
  useEffect(() => {
    if (given !== null || session === undefined) return;
    fieldsFrom(desk, session).then(setGiven, (error: unknown) => {
      desk.fill(null);
      desk.complain(error);
    });
  }, []);
  if (given === null) return null;
  const saved = (name: string): void => {
    const title = desk.view.value.templates.find((template) => template.name === name)?.title ?? '';
    desk.fill(null);
    desk.did(`“${title}” is a template now.`, async () => void (await desk.vault.trashTemplate(name)));
  };
  return <TemplateDialog desk={desk} of={of} given={given} onSaved={saved} onClose={() => desk.fill(null)} />;
}

async function fieldsFrom(desk: Desk, { id, title, tags }: SessionSummary): Promise<TemplateFields> {
  const messages = (await desk.vault.open(id)).filter(({ trashedAt }) => trashedAt === null);
  const prompt = (messages.find(({ role }) => role === 'system') ?? messages[0])?.text ?? '';
  return { title: firstPoints(title, MAX_TITLE), about: '', tags, phases: [{ ...BLANK_PHASE, prompt: firstPoints(prompt, MAX_PROMPT) }] };
}
