import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import type { MissingItem } from '../../../transfer/document.ts';
import type { ExportFile, ExportStep } from '../../../transfer/exporting.ts';
import { app } from '../../state/app.ts';
import { counted } from '../notebooks/labels.ts';
import { Panel } from './Panel.tsx';
import { saveFile } from './saveFile.ts';

/** Of what is missing; the file lists all of it. */
const LISTED = 20;

/** How far it is. */
export function Exporting({ step, onCancel }: { readonly step: ExportStep; readonly onCancel: () => void }): VNode {
  const text = { reading: 'Reading and checking your sessions', printing: 'Setting the pages', sealing: 'Sealing it, and opening it again to be sure' }[step.name];
  useEffect(() => app.announce(text), [text]);
  return (
    <Panel>
      <p>{text}</p>
      {step.name === 'sealing' ? <progress class="thin" aria-label={text} /> : <progress class="thin" aria-label={text} max={Math.max(1, step.total)} value={step.done} />}
      <div class="dialog-actions"><button type="button" class="button" onClick={onCancel}>Cancel</button></div>
    </Panel>
  );
}

interface ExportedProps {
  readonly made: ExportFile;
  readonly isBackup: boolean;
  /** Why the vault does not know of this backup; null when there is nothing to say. */
  readonly note: string | null;
  readonly onClose: () => void;
}

/** What was made, and what is not in it. */
export function Exported({ made: { name, file, counts, missing }, isBackup, note, onClose }: ExportedProps): VNode {
  const what = [counted(counts.notebooks, 'notebook'), counted(counts.sessions, 'session'), counted(counts.messages, 'message')].join(', ');
  useEffect(() => app.announce(`The file is made: ${what}.`), [what]);
  return (
    <Panel>
      <p><strong class="file-name">{name}</strong></p>
      <p>{what}.{isBackup && ' It was opened again with its passphrase, and holds what was sealed in it.'}</p>
      {missing.length > 0 && <Missing missing={missing} />}
      {note !== null && <p class="small">The backup is whole, but the vault could not note it. {note}</p>}
      <p class="small soft">Your browser has saved it, or asks you where. If it did not, save it again.</p>
      <div class="dialog-actions">
        <button type="button" class="button" onClick={() => saveFile(file, name)}>Save it again</button>
        <button type="button" class="button button-primary" onClick={onClose}>Done</button>
      </div>
    </Panel>
  );
}

function Missing({ missing }: { readonly missing: readonly MissingItem[] }): VNode {
  return (
    <div role="alert">
      <p class="error">{counted(missing.length, 'thing')} did not open and {missing.length === 1 ? 'is' : 'are'} not in it:</p>
      <ul class="outcomes" tabIndex={0}>
        {missing.slice(0, LISTED).map((item) => (
          <li key={`${item.session}-${item.record}`}>
            <span dir="auto">{item.title === null || item.title === '' ? item.session : item.title}</span>
            <span class="small soft">{item.record !== null && `Record ${item.record}. `}{item.reason}</span>
          </li>
        ))}
      </ul>
      {missing.length > LISTED && <p class="small soft">And {(missing.length - LISTED).toLocaleString()} more.</p>}
    </div>
  );
}
