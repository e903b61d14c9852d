import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { savedReports, type SavedReport } from '../../../transfer/report.ts';
import type { Desk } from '../../state/desk.ts';
import { useStore } from '../../state/store.ts';
import { useNow } from '../../state/useNow.ts';
import { fullTime, relativeTime } from '../../time.ts';
import { Dialog } from '../Dialog.tsx';
import { counted } from '../notebooks/labels.ts';
import { ReportView } from './ReportView.tsx';
import { capital, readerTitle, STATES } from './words.ts';

/** Of the list; the rest unfolds. */
const SHOWN = 5;

/** Where the writer brings everything in, and what became of it before. */
export function ImportSection({ desk }: { readonly desk: Desk }): VNode {
  const isAsked = useStore(desk.view, (view) => view.asking === 'import');
  const [reports, setReports] = useState<readonly SavedReport[]>([]);
  const [shown, show] = useState<SavedReport | null>(null);
  const [isWhole, setWhole] = useState(false);
  useEffect(() => setReports(savedReports(desk.vault)), [desk, isAsked]);
  return (
    <section aria-labelledby="settings-import">
      <h2 id="settings-import">Bring everything in</h2>
      <p class="soft">A backup, PDF or JSON file of Inkvault, or what ChatGPT, Claude, Day One, jrnl, Standard Notes and others export. You see what is in it before anything is taken in.</p>
      <p><button type="button" class="button" onClick={() => desk.ask('import')}>Import…</button></p>
      {reports.length > 0 && (
        <div>
          <h3 class="setting-name">Imports so far</h3>
          <ul class="slot-list">
            {(isWhole ? reports : reports.slice(0, SHOWN)).map((report) => <Row key={report.id} report={report} onShow={() => show(report)} />)}
          </ul>
          {!isWhole && reports.length > SHOWN && <p><button type="button" class="button button-text" onClick={() => setWhole(true)}>Show all {reports.length.toLocaleString()}</button></p>}
        </div>
      )}
      {shown !== null && (
        <Dialog title="Import" onClose={() => show(null)}>
          <div class="stack">
            <p><strong class="file-name" dir="auto">{shown.source}</strong> was read as {readerTitle(shown.reader)}, {fullTime(shown.startedAt)}. {STATES[shown.state]}.</p>
            <ReportView report={shown} />
            <div class="dialog-actions"><button type="button" class="button button-primary" onClick={() => show(null)}>Close</button></div>
          </div>
        </Dialog>
      )}
    </section>
  );
}

function Row({ report, onShow }: { readonly report: SavedReport; readonly onShow: () => void }): VNode {
  const now = useNow();
  const { source, state, startedAt, counts, reader } = report;
  return (
    <li class="slot">
      <div>
        <p class="slot-name file-name"><span dir="auto">{source}</span>{state !== 'done' && <span class="badge">{STATES[state]}</span>}</p>
        <p class="slot-facts">{capital(readerTitle(reader))} · <time title={fullTime(startedAt)}>{relativeTime(startedAt, now)}</time> · {counted(counts['session']?.created ?? 0, 'session')} taken in</p>
      </div>
      <div class="row"><button type="button" class="button button-quiet" aria-label={`Show the import of ${source}`} onClick={onShow}>Show</button></div>
    </li>
  );
}
