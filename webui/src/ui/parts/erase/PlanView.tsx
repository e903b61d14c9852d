import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { ErasurePlan, MessageView } from '../../../client/vault.ts';
import type { Desk } from '../../state/desk.ts';
import { useStore } from '../../state/store.ts';
import { dayText, fullTime, today } from '../../time.ts';
import { counted } from '../notebooks/labels.ts';
import { ExportDialog } from '../transfer/ExportDialog.tsx';
import { sized } from './words.ts';

/** Titles in the list; the counts above it are of all. */
const LISTED = 200;
/** Code points of an earlier text. */
const EXCERPT = 80;

interface PlanViewProps {
  readonly desk: Desk;
  readonly plan: ErasurePlan;
  /** Why it is shown again. */
  readonly note: string | null;
  readonly onClose: () => void;
  readonly onGoOn: () => void;
}

/** Exactly what would go, and the offer to take it out first. */
export function PlanView({ desk, plan, note, onClose, onGoOn }: PlanViewProps): VNode {
  const [exporting, setExporting] = useState(false);
  const drafts = useStore(desk.view, (view) => view.drafts);
  const all = useStore(desk.view, (view) => view.sessions);
  const messages = useStore(desk.view, (view) => view.messages);
  const written = datesOf(plan);
  const ids = new Set(plan.sessions.map(({ id }) => id));
  const unsaved = plan.whole ? drafts.size : plan.sessions.filter(({ id }) => drafts.has(id)).length;
  const chosen = plan.whole || ids.size === 0 ? null : all.filter(({ id }) => ids.has(id));
  return (
    <div class="stack">
      {note !== null && <p class="error" role="alert">{note}</p>}
      <p class="erase-sum"><strong>{plan.whole ? 'The whole vault: everything in it, its keys and its name.' : `${sentenceOf(plan)}.`}</strong></p>
      <dl class="erase-facts">
        {written !== null && <><dt>Written</dt><dd>{written}</dd></>}
        <dt>Size</dt><dd>{sized(plan.counts.bytes)}{plan.counts.records > 0 && `, ${counted(plan.counts.records, 'sealed record')}`}</dd>
        {plan.counts.resealed > 0 && <><dt>Stays</dt><dd>{counted(plan.counts.resealed, 'record')} beside it, sealed anew under new keys</dd></>}
        {plan.reports > 0 && <><dt>With it</dt><dd>{counted(plan.reports, 'report')} of imports that name it</dd></>}
        {unsaved > 0 && <><dt>On this device</dt><dd>{counted(unsaved, 'unsaved text')}</dd></>}
      </dl>
      <Titles plan={plan} earlier={earlierOf(messages, plan)} />
      <p class="small soft">Once ordered, nobody can undo it: not you, not who runs the server, not a backup of the database. Exports that you have made stay yours.</p>
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>Cancel</button>
        <button type="button" class="button" onClick={() => setExporting(true)}>Take an export first…</button>
        <button type="button" class="button button-danger" onClick={onGoOn}>Go on</button>
      </div>
      {exporting && <ExportDialog desk={desk} chosen={chosen} onClose={() => setExporting(false)} />}
    </div>
  );
}

/** "3 sessions with 40 messages, 1 notebook", with a capital. */
function sentenceOf({ sessions, messages, notebooks, templates, earlierTexts }: ErasurePlan): string {
  const inside = sessions.reduce((sum, session) => sum + session.messages, 0);
  return [
    notebooks.length > 0 && counted(notebooks.length, 'notebook'),
    sessions.length > 0 && `${counted(sessions.length, 'session')} with ${counted(inside, 'message')}`,
    messages.length > 0 && `${counted(messages.length, 'message')} out of ${sessions.length > 0 ? 'others' : 'sessions that stay'}`,
    templates.length > 0 && counted(templates.length, 'template'),
    earlierTexts > 0 && `${counted(earlierTexts, 'earlier text')} of a message that stays`,
  ].filter(Boolean).join(', ');
}

/** null for what has no times of its own. */
function datesOf({ from, to }: ErasurePlan): string | null {
  if (from === null || to === null) return null;
  const [first, last] = [dayText(today(from)), dayText(today(to))];
  return first === last ? first : `${first} to ${last}`;
}

function beginningOf(text: string): string {
  return [...text.slice(0, 2 * EXCERPT)].slice(0, EXCERPT).join('');
}

/** The earlier texts that go, out of the messages on the page. */
function earlierOf(messages: readonly MessageView[], { selection }: ErasurePlan): MessageView['versions'] {
  return selection.kind === 'earlier' ? messages.find(({ id }) => id === selection.messageId)?.versions ?? [] : [];
}

function Titles({ plan: { sessions, messages, notebooks, templates }, earlier }: { readonly plan: ErasurePlan; readonly earlier: MessageView['versions'] }): VNode | null {
  const lines = [
    ...notebooks.map((title) => ({ title, fact: 'notebook' })),
    ...templates.map((title) => ({ title, fact: 'template' })),
    ...sessions.map(({ title, messages: count, activeAt }) => ({ title, fact: `${counted(count, 'message')}, ${fullTime(activeAt)}` })),
    ...messages.map(({ text, session, createdAt }) => ({ title: text, fact: `${fullTime(createdAt)}, in “${session === '' ? 'Untitled' : session}”` })),
    ...earlier.map(({ text, at }) => ({ title: beginningOf(text), fact: `earlier text, ${fullTime(at)}` })),
  ];
  if (lines.length === 0) return null;
  return (
    <ul class="outcomes" aria-label="What goes" tabIndex={0}>
      {lines.slice(0, LISTED).map(({ title, fact }, index) => (
        <li key={index}><span dir="auto">{title === '' ? 'Untitled' : title}</span><span class="small soft" dir="auto">{fact}</span></li>
      ))}
      {lines.length > LISTED && <li class="soft">And {(lines.length - LISTED).toLocaleString()} more.</li>}
    </ul>
  );
}
