import type { VNode } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import type { SessionSummary } from '../../../client/vault.ts';
import type { History } from '../../state/history.ts';
import { Field } from '../Field.tsx';
import { FormDialog } from './FormDialog.tsx';

/** A template from a session: its prompt, or else how it begins, to be changed before it is saved. */
export function TemplateDialog({ history, session }: { readonly history: History; readonly session: SessionSummary }): VNode {
  const { desk } = history;
  const [title, setTitle] = useState([...session.title].slice(0, 200).join(''));
  const [prompt, setPrompt] = useState('');
  const id = useId();
  useEffect(() => {
    const begin = async (): Promise<void> => {
      const messages = (await desk.vault.open(session.id)).filter(({ trashedAt }) => trashedAt === null);
      setPrompt((messages.find(({ role }) => role === 'system') ?? messages[0])?.text ?? '');
    };
    begin().catch((error: unknown) => desk.complain(error));
  }, []);
  const save = (): void => {
    const phase = { title: title.trim(), prompt: [...prompt].slice(0, 20_000).join(''), minutes: 0 };
    void desk.do(async () => {
      const name = await desk.vault.saveTemplate({ title: title.trim(), about: '', phases: [phase], tags: session.tags });
      desk.did(`“${title.trim()}” is a template now.`, async () => void (await desk.vault.trashTemplate(name)));
    });
  };
  return (
    <FormDialog title="Save as a template" action="Save the template" history={history} onSubmit={save} disabled={title.trim() === ''}>
      <div class="stack">
        <Field label="Title" value={title} onInput={setTitle} maxLength={200} focus />
        <div class="field">
          <label for={id}>Prompt</label>
          <textarea id={id} class="input" rows={6} dir="auto" autocomplete="off" spellcheck={false} value={prompt} aria-describedby={`${id}-hint`} onInput={(event) => setPrompt(event.currentTarget.value)} />
          <p class="field-hint" id={`${id}-hint`}>Stands before the text of each session that begins with it. The session keeps its texts.</p>
        </div>
      </div>
    </FormDialog>
  );
}
