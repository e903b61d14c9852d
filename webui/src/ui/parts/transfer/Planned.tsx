import type { VNode } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import type { Duplicates, Preview } from '../../../transfer/importing.ts';
import type { Report } from '../../../transfer/report.ts';
import { app } from '../../state/app.ts';
import type { Desk } from '../../state/desk.ts';
import { counted } from '../notebooks/labels.ts';
import { ReadAs } from './ImportChoices.tsx';
import type { Reading } from './ImportDialog.tsx';
import { Panel } from './Panel.tsx';
import { ReportView } from './ReportView.tsx';
import { readerTitle } from './words.ts';

const CHOICES: Readonly<Record<Duplicates, readonly [name: string, note: string]>> = {
  skip: ['Leave what is there', 'Only what is new is taken in.'],
  copy: ['Take in both', 'The other state stands beside the one that is there.'],
  replace: ['Replace sessions', 'The one that was there goes into the trash; nothing is erased. Notebooks and templates stay as they are.'],
};

interface PlannedProps {
  readonly desk: Desk;
  readonly plan: Preview;
  readonly reading: Reading;
  readonly onLook: (reading: Reading) => void;
  readonly onTake: (duplicates: Duplicates) => void;
  readonly onClose: () => void;
}

/** What would become of it, and what the writer decides. */
export function Planned({ desk, plan: { reader, reports }, reading, onLook, onTake, onClose }: PlannedProps): VNode {
  const id = useId();
  const [duplicates, setDuplicates] = useState<Duplicates>('skip');
  const report = reports[duplicates];
  const there = sumOf(reports.skip, 'duplicate');
  const text = `${report.source} is read as: ${readerTitle(reader)}.`;
  const hasZone = report.doubts.some(({ doubt }) => doubt === 'zone_missing' || doubt === 'time_ambiguous');
  useEffect(() => app.announce(`${text} ${counted(report.counts['session']?.created ?? 0, 'session')} would be taken in.`), [duplicates]);
  const isNothing = sumOf(report, 'created') === 0;
  const said = isNothing ? whyNothing(there) : CHOICES[duplicates][1];
  return (
    <Panel>
      <p><strong class="file-name" dir="auto">{report.source}</strong> is read as: {readerTitle(reader)}. Nothing is changed yet.</p>
      <ReportView report={report} isPreview />
      <div>
        {hasZone && <Zone zone={report.zone} own={desk.vault.zone()} onChange={(zone) => onLook({ ...reading, zone })} />}
        <ReadAs value={reading.reader} onChange={(name) => onLook({ ...reading, reader: name, secret: null })} />
      </div>
      <div class="dialog-actions">
        {(there > 0 || isNothing) && (
          <div class="decision">
            {there > 0 && <Already id={id} duplicates={duplicates} onChoose={setDuplicates} />}
            <p id={id} class="small soft">{said}</p>
          </div>
        )}
        <button type="button" class="button" onClick={onClose}>Cancel</button>
        <button type="button" class="button button-primary" disabled={isNothing} aria-describedby={id} onClick={() => onTake(duplicates)}>Take it in</button>
      </div>
    </Panel>
  );
}

/** Why there is nothing to take in. */
function whyNothing(there: number): string {
  return there > 0 ? 'All of it is in the vault already.' : 'So there is nothing to take in.';
}

interface AlreadyProps {
  /** Of what is said of the choice. */
  readonly id: string;
  readonly duplicates: Duplicates;
  readonly onChoose: (duplicates: Duplicates) => void;
}

/** What becomes of what is there already. */
function Already({ id, duplicates, onChoose }: AlreadyProps): VNode {
  return (
    <fieldset aria-describedby={id}>
      <legend class="setting-name">What is there already</legend>
      <div class="row">
        {(Object.entries(CHOICES) as [Duplicates, readonly [string, string]][]).map(([name, [title]]) => (
          <label key={name} class="choice">
            <input type="radio" name={`${id}-choice`} checked={duplicates === name} onChange={() => onChoose(name)} />
            <span>{title}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** Of all items; messages are counted with their sessions. */
function sumOf({ counts }: Report, column: 'created' | 'duplicate'): number {
  return Object.entries(counts).reduce((sum, [kind, sums]) => (kind === 'message' ? sum : sum + sums[column]), 0);
}

interface ZoneProps {
  readonly zone: string;
  /** Of this device. */
  readonly own: string;
  readonly onChange: (zone: string) => void;
}

/** For times that do not say in which zone they are. */
function Zone({ zone, own, onChange }: ZoneProps): VNode {
  const id = useId();
  const zones = [...new Set(['UTC', own, zone, ...Intl.supportedValuesOf('timeZone')])];
  return (
    <div class="setting setting-pick">
      <div>
        <label class="setting-name" for={id}>Time zone</label>
        <p id={`${id}-note`}>Of times that name none.</p>
      </div>
      <select class="input" id={id} aria-describedby={`${id}-note`} value={zone} autocomplete="off" onChange={(event) => onChange(event.currentTarget.value)}>
        {zones.map((name) => <option key={name} value={name}>{name}</option>)}
      </select>
    </div>
  );
}
