import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import type { SessionState, SessionSummary } from '../../client/vault.ts';
import { goesOn, type Standing } from '../../writing/activity.ts';
import { templateNamed } from '../../writing/templates.ts';
import type { Desk } from '../state/desk.ts';
import { useStore } from '../state/store.ts';
import { useTick } from '../state/useNow.ts';
import { phaseName, STATES, tint } from './notebooks/labels.ts';

const MINUTE = 60_000;
const BEGUN: Standing = { state: 'new', left: 0 };

/** What the state means for the next message. */
const MEANING: Record<SessionState, string> = {
  new: 'begins with your first message',
  active: '',
  resumed: '',
  idle: '',
  ended: 'your next message begins a new session',
  archived: 'your next message begins a new session',
  trashed: 'your next message begins a new session',
};

function timeLeft(left: number): string {
  const minutes = Math.ceil(left / MINUTE);
  return minutes <= 1 ? 'less than a minute left' : `${minutes} minutes left`;
}

/** How the session on the page stands, always in sight; and the one click that ends it or takes it up again. */
export function StateLine({ desk }: { readonly desk: Desk }): VNode {
  const pen = useStore(desk.view, (view) => view.pen);
  const sessions = useStore(desk.view, (view) => view.sessions);
  useStore(desk.view, (view) => view.settings);
  useTick(desk);
  const session = sessions.find(({ id }) => id === pen.sessionId) ?? null;
  const { state, left } = session === null ? BEGUN : desk.standing(session);
  const meaning = state === 'idle' ? timeLeft(left) : MEANING[state];
  return (
    <div class="state-line" data-state={state}>
      <p class="state">
        <span class="state-dot" aria-hidden="true" />
        <span class="state-name">{STATES[state]}</span>
        {meaning !== '' && <span class="state-meaning">{meaning}</span>}
      </p>
      <Spoken key={session?.id ?? 'new'} state={state} left={left} />
      <SessionFacts desk={desk} session={session} />
      <span class="state-doing">
        <Elsewhere desk={desk} shown={session} />
        <StateButton desk={desk} state={state} />
      </span>
    </div>
  );
}

/** What a screen reader is told: when the state changes, and when the last minute begins; not each minute. */
function Spoken({ state, left }: Standing): VNode {
  const last = useRef({ state, isLast: false, text: '' });
  const isLast = state === 'idle' && left <= MINUTE;
  if (last.current.text === '' || last.current.state !== state || last.current.isLast !== isLast) {
    const meaning = state === 'idle' ? timeLeft(left) : MEANING[state];
    last.current = { state, isLast, text: `Session: ${STATES[state]}${meaning === '' ? '' : `, ${meaning}`}.` };
  }
  return <span class="visually-hidden" role="status">{last.current.text}</span>;
}

function StateButton({ desk, state }: { readonly desk: Desk; readonly state: SessionState }): VNode | null {
  // The focus stays with the text: the button that was pressed goes.
  const then = (work: () => Promise<void>) => (): void => {
    document.querySelector<HTMLElement>('#text')?.focus();
    void work();
  };
  if (state === 'new') return null;
  return goesOn(state)
    ? <button type="button" class="button button-text" onClick={then(() => desk.end())}>End session</button>
    : <button type="button" class="button button-text" onClick={then(() => desk.resume())}>{state === 'trashed' ? 'Restore and resume' : 'Resume'}</button>;
}

/** Where the next message would go by itself, when that is not the session shown. */
function Elsewhere({ desk, shown }: { readonly desk: Desk; readonly shown: SessionSummary | null }): VNode | null {
  const active = desk.active();
  if (active === null || active.id === shown?.id) return null;
  return (
    <button type="button" class="button button-text state-elsewhere" onClick={() => void desk.open(active.id)}>
      Active: <span dir="auto">{active.title === '' ? 'Untitled' : active.title}</span>
    </button>
  );
}

/** The notebook, phase, helper and tags of a session, or of the one that is to begin. */
function SessionFacts({ desk, session }: { readonly desk: Desk; readonly session: SessionSummary | null }): VNode | null {
  const pen = useStore(desk.view, (view) => view.pen);
  const beginning = useStore(pen.view, (view) => view.beginning);
  const notebooks = useStore(desk.view, (view) => view.notebooks);
  const own = useStore(desk.view, (view) => view.templates);
  const facts = session ?? { helper: null, ...beginning };
  const notebook = notebooks.find(({ id }) => id === facts.notebookId);
  const programme = templateNamed(own, notebook?.programme ?? facts.template ?? null);
  const phase = facts.phase ?? null;
  return (
    <span class="facts">
      {notebook !== undefined && (
        <button type="button" class="button button-text fact" onClick={() => desk.showNotebook(notebook.id)}>
          <span class={tint(notebook.colour)} aria-hidden="true" /><span class="visually-hidden">Notebook </span><span dir="auto">{notebook.title}</span>
        </button>
      )}
      {phase !== null && <span class="fact">{phaseName(phase, programme)}</span>}
      {facts.helper !== null && <span class="fact" dir="auto">with {facts.helper}</span>}
      {facts.tags?.map((tag) => <span key={tag} class="fact tag" dir="auto">{tag}</span>)}
    </span>
  );
}
