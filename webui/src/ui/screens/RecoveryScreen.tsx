import type { VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { Field } from '../parts/Field.tsx';
import { Gate } from '../parts/Gate.tsx';
import { app } from '../state/app.ts';
import { deviceNow } from '../state/clock.ts';

interface RecoveryProps {
  readonly recoveryKey: string;
  readonly purpose: 'created' | 'replaced';
}

/** Two different groups, by their place from 0, picked at random. */
function pickTwo(count: number): readonly [number, number] {
  const [a = 0, b = 0] = crypto.getRandomValues(new Uint32Array(2));
  const first = a % count;
  const second = (first + 1 + (b % (count - 1))) % count;
  return first < second ? [first, second] : [second, first];
}

/** As FORMAT §3.5 reads a key: small letters and look-alikes do not matter. */
function sameGroup(typed: string, group: string): boolean {
  return typed.replace(/[\s-]/g, '').toUpperCase().replace(/O/g, '0').replace(/[IL]/g, '1') === group;
}

function asText(handle: string, key: string): string {
  const groups = key.split('-');
  const lines = Array.from({ length: Math.ceil(groups.length / 4) }, (_, row) => groups.slice(row * 4, row * 4 + 4).join('-'));
  return `Inkvault recovery key\n\nVault:   ${handle}\nAddress: ${location.origin}\nMade:    ${new Date(deviceNow()).toISOString().slice(0, 10)}\n\n${lines.join('-\n')}\n\nThis key opens the vault without the passphrase.\nKeep it where only you can find it.\n`;
}

function download(handle: string, key: string): void {
  const url = URL.createObjectURL(new Blob([asText(handle, key)], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'inkvault-recovery-key.txt';
  link.click();
  URL.revokeObjectURL(url);
}

/** The recovery key, shown once; part of it is typed back before the writer goes on. */
export function RecoveryScreen({ recoveryKey, purpose }: RecoveryProps): VNode {
  const [checking, setChecking] = useState(false);
  return checking
    ? <TypeBack recoveryKey={recoveryKey} purpose={purpose} onBack={() => setChecking(false)} />
    : <ShowOnce recoveryKey={recoveryKey} purpose={purpose} onKept={() => setChecking(true)} />;
}

function ShowOnce({ recoveryKey, purpose, onKept }: RecoveryProps & { readonly onKept: () => void }): VNode {
  const { handle } = app.view.value;
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(recoveryKey);
    setCopied(true);
    app.announce('Copied. Clear the clipboard when you have put the key away.');
  };
  return (
    <Gate title="Your recovery key" wide>
      <p class="lead screen-only">
        {purpose === 'replaced' && 'This is your new recovery key; the old one opens nothing any more. '}
        It opens the vault when the passphrase is lost. It is shown this once, and nobody can make it again for you: keep it on paper, away from this machine.
      </p>
      <div class="recovery-sheet">
        <div class="print-only">
          <p><strong>Inkvault recovery key</strong></p>
          <p>Vault “{handle}” at {location.origin}</p>
        </div>
        <ol class="recovery-key" aria-label="Recovery key, 14 groups of four characters">
          {recoveryKey.split('-').map((group, index) => (
            <li key={index}><span class="number">{index + 1}</span><span class="mono">{group}</span></li>
          ))}
        </ol>
      </div>
      <div class="gate-actions">
        <button type="button" class="button" onClick={() => window.print()}>Print</button>
        <button type="button" class="button" onClick={() => download(handle, recoveryKey)}>Save as text</button>
        <button type="button" class="button" onClick={() => void copy()}>{copied ? 'Copied' : 'Copy'}</button>
      </div>
      <div class="gate-actions">
        <button type="button" class="button button-primary" onClick={onKept}>I have put it away</button>
      </div>
    </Gate>
  );
}

function TypeBack({ recoveryKey, purpose, onBack }: RecoveryProps & { readonly onBack: () => void }): VNode {
  const groups = recoveryKey.split('-');
  const asked = useMemo(() => pickTwo(groups.length), [recoveryKey]);
  const [typed, setTyped] = useState<readonly [string, string]>(['', '']);
  const [wrong, setWrong] = useState<number | null>(null);
  const submit = (): void => {
    const miss = asked.findIndex((place, index) => !sameGroup(typed[index] ?? '', groups[place] ?? ''));
    if (miss === -1) app.recoveryConfirmed();
    else setWrong(miss);
  };
  const type = (index: 0 | 1, text: string): void => {
    setTyped(index === 0 ? [text, typed[1]] : [typed[0], text]);
    setWrong(null);
  };
  return (
    <Gate title="From what you kept" wide>
      <p class="lead">Type two groups of the key, read from your paper or file.</p>
      <form class="stack" noValidate autocomplete="off" onSubmit={(event) => { event.preventDefault(); submit(); }}>
        <div class="asked">
          {([0, 1] as const).map((index) => (
            <Field
              key={index} label={`Group ${asked[index] + 1}`} value={typed[index]} focus={index === 0} maxLength={8}
              error={wrong === index ? 'This is not what the key says.' : null} onInput={(text) => type(index, text)}
            />
          ))}
        </div>
        <div class="gate-actions">
          <button type="submit" class="button button-primary">{purpose === 'created' ? 'Start writing' : 'Done'}</button>
          <button type="button" class="button button-quiet" onClick={onBack}>Show the key again</button>
        </div>
      </form>
    </Gate>
  );
}
