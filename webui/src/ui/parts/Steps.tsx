import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Step } from '../../client/vault.ts';
import { app } from '../state/app.ts';

export interface StepLine {
  readonly steps: readonly Step[];
  readonly text: string;
}

export const CREATE_STEPS: readonly StepLine[] = [
  { steps: ['challenge', 'derive'], text: 'Turning your passphrase into a key. This is slow on purpose: it makes guessing expensive.' },
  { steps: ['store'], text: 'Storing the locked vault' },
  { steps: ['login', 'open', 'upgrade'], text: 'Opening it' },
];

export const UNLOCK_STEPS: readonly StepLine[] = [
  { steps: ['challenge', 'derive'], text: 'Turning your secret into a key. This is slow on purpose: it makes guessing expensive.' },
  { steps: ['store', 'login'], text: 'Proving it to the server, without showing it' },
  { steps: ['open', 'upgrade'], text: 'Checking everything the server sent' },
];

interface StepsProps {
  readonly lines: readonly StepLine[];
  /** `waiting` is before the first step. */
  readonly now: Step | 'waiting';
}

/** What is being done, what is done, what is to come. */
export function Steps({ lines, now }: StepsProps): VNode {
  const current = now === 'waiting' ? 0 : lines.findIndex((line) => line.steps.includes(now));
  useEffect(() => app.announce(lines[current]?.text ?? ''), [current]);
  return (
    <ol class="steps">
      {lines.map((line, index) => (
        <li key={line.text} data-state={index < current ? 'done' : index === current ? 'now' : 'next'} aria-current={index === current ? 'step' : undefined}>
          {line.text}
        </li>
      ))}
    </ol>
  );
}
