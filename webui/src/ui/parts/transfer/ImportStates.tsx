import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import type { ImportProgress } from '../../../transfer/importing.ts';
import type { Report } from '../../../transfer/report.ts';
import { app } from '../../state/app.ts';
import { counted } from '../notebooks/labels.ts';
import { Panel } from './Panel.tsx';
import { ReportView } from './ReportView.tsx';
import { saveFile } from './saveFile.ts';
import { readerTitle } from './words.ts';

/** How far it is. */
export function Importing({ progress: { step, done, total }, onCancel }: { readonly progress: ImportProgress; readonly onCancel: () => void }): VNode {
  const text = step === 'reading' ? 'Reading it to see what is in it. Nothing is changed yet.' : 'Taking it in.';
  useEffect(() => app.announce(text), [text]);
  return (
    <Panel>
      <p>{text}</p>
      {total === 0 ? <progress class="thin" aria-label={text} /> : <progress class="thin" aria-label={text} max={total} value={done} />}
      <p class="small soft">
        {done > 0 && `${done.toLocaleString()}${total > 0 ? ` of ${total.toLocaleString()}` : ''} messages. `}
        {step === 'writing' && 'You can stop at any time, and it stops when the vault locks: what is in stays whole, and importing the same again goes on from there.'}
      </p>
      <div class="dialog-actions"><button type="button" class="button" onClick={onCancel}>{step === 'writing' ? 'Stop here' : 'Cancel'}</button></div>
    </Panel>
  );
}

interface ImportedProps {
  readonly report: Report;
  /** What went wrong; null when nothing did. */
  readonly fault: string | null;
  readonly onClose: () => void;
}

/** What became of it. The report is kept in the vault. */
export function Imported({ report, fault, onClose }: ImportedProps): VNode {
  const text = ending(report);
  useEffect(() => app.announce(fault ?? text), []);
  return (
    <Panel>
      {fault !== null && <p class="error" role="alert">{fault}</p>}
      <p>{text}</p>
      <ReportView report={report} />
      <p class="small soft">This report is kept in the vault: Secrets and settings has it.</p>
      <div class="dialog-actions">
        <button type="button" class="button" onClick={() => saveReport(report)}>Save the report</button>
        <button type="button" class="button button-primary" onClick={onClose}>Done</button>
      </div>
    </Panel>
  );
}

function ending({ reader, source, state, counts }: Report): string {
  const what = `${source} (${readerTitle(reader)})`;
  const created = counts['session']?.created ?? 0;
  if (state === 'cancelled') return `Stopped. What is in of ${what} is whole; import the same again to go on.`;
  if (state === 'failed') return `What is in of ${what} until then is whole; nothing else was changed.`;
  return created === 0 ? `Nothing of ${what} was new.` : `${counted(created, 'session')} of ${what} ${created === 1 ? 'is' : 'are'} in.`;
}

function saveReport(report: Report): void {
  const name = `inkvault-import-${new Date(report.startedAt).toISOString().slice(0, 10)}.json`;
  saveFile(new Blob([JSON.stringify(report, null, 2), '\n'], { type: 'application/json' }), name);
}
