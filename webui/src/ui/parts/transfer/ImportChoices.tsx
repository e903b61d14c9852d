import type { VNode } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { READERS, type PickedFile, type ReaderName, type SecretNeeded } from '../../../transfer/importing.ts';
import { pickedFiles } from '../../../transfer/sources.ts';
import { Field } from '../Field.tsx';
import { ShowButton } from '../ShowButton.tsx';
import { droppedFiles } from './dropped.ts';
import type { Fault, Reading } from './ImportDialog.tsx';
import { Panel } from './Panel.tsx';
import { capital, readerTitle } from './words.ts';

interface ChoosingProps {
  readonly reading: Reading;
  readonly fault: Fault | null;
  readonly onLook: (reading: Reading) => void;
  readonly onReader: (reader: ReaderName | 'auto') => void;
  readonly onClose: () => void;
}

/** Files, or a folder, by a dialog of the browser or dropped here. */
export function Choosing({ reading, fault, onLook, onReader, onClose }: ChoosingProps): VNode {
  const [isOver, setOver] = useState(false);
  const [unread, setUnread] = useState(false);
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  // An attribute that only browsers know of.
  useEffect(() => folder.current?.setAttribute('webkitdirectory', ''), []);
  const look = (picked: readonly PickedFile[]): void => {
    setUnread(picked.length === 0);
    if (picked.length > 0) onLook({ ...reading, files: picked, secret: null });
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    if (event.dataTransfer !== null) droppedFiles(event.dataTransfer).then(look, () => setUnread(true));
  };
  const pick = (event: Event & { readonly currentTarget: HTMLInputElement }): void => {
    if (event.currentTarget.files !== null) look(pickedFiles(event.currentTarget.files));
    event.currentTarget.value = '';
  };
  return (
    <Panel>
      <p class="soft">A backup, PDF or JSON file of Inkvault, or what another tool has exported. It is read on this device, and nothing is changed before you have seen what is in it.</p>
      <div class="drop" data-over={isOver} onDragOver={(event) => { event.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)} onDrop={drop}>
        <p>Drop a file or a folder here, or</p>
        <div class="row">
          <button type="button" class="button button-primary" onClick={() => files.current?.click()}>Choose files…</button>
          <button type="button" class="button" onClick={() => folder.current?.click()}>Choose a folder…</button>
        </div>
        <input ref={files} type="file" multiple hidden aria-label="Files to import" onChange={pick} />
        <input ref={folder} type="file" hidden aria-label="Folder to import" onChange={pick} />
      </div>
      {fault !== null && (
        <div role="alert">
          <p class="error">{fault.text}</p>
          {fault.isFile && <p class="small">If it was taken for something else than it is, say below what it is.</p>}
        </div>
      )}
      {unread && <p class="error" role="alert">Nothing could be read there. Choose a file, or a folder with files in it.</p>}
      <ReadAs value={reading.reader} onChange={onReader} />
      <details class="folded">
        <summary>What can be read</summary>
        <ul class="outcomes" tabIndex={0}>{READERS.map(({ name, title }) => <li key={name}>{capital(title)}</li>)}</ul>
      </details>
      <div class="dialog-actions"><button type="button" class="button" onClick={onClose}>Cancel</button></div>
    </Panel>
  );
}

interface ReadAsProps {
  readonly value: ReaderName | 'auto';
  readonly onChange: (reader: ReaderName | 'auto') => void;
}

/** Where Inkvault takes a file for something else than it is. */
export function ReadAs({ value, onChange }: ReadAsProps): VNode {
  const id = useId();
  return (
    <div class="setting setting-pick">
      <label class="setting-name" for={id}>Read it as</label>
      <select class="input" id={id} value={value} autocomplete="off" onChange={(event) => onChange(event.currentTarget.value as ReaderName | 'auto')}>
        <option value="auto">what it turns out to be</option>
        {READERS.map(({ name, title }) => <option key={name} value={name}>{title}</option>)}
      </select>
    </div>
  );
}

interface SealedProps {
  readonly needed: SecretNeeded;
  readonly fault: string | null;
  readonly onOpen: (secret: string) => void;
  readonly onBack: () => void;
}

/** Asks for what opens a sealed file. */
export function Sealed({ needed: { source, reader }, fault, onOpen, onBack }: SealedProps): VNode {
  const [secret, setSecret] = useState('');
  const [isEmpty, setEmpty] = useState(false);
  const [shown, setShown] = useState(false);
  const open = (): void => {
    setEmpty(secret === '');
    if (secret !== '') onOpen(secret);
  };
  return (
    <Panel>
      <form class="stack" noValidate autocomplete="off" onSubmit={(event) => { event.preventDefault(); open(); }}>
        <p><strong class="file-name" dir="auto">{source}</strong> is {readerTitle(reader)}. It has a passphrase of its own, which need not be that of the vault.</p>
        <Field
          label="Passphrase of the backup" type={shown ? 'text' : 'password'} name="backup-passphrase" autocomplete="off" value={secret} focus
          beside={<ShowButton shown={shown} onShow={setShown} />} onInput={(text) => { setSecret(text); setEmpty(false); }}
          error={isEmpty ? 'Type the passphrase that the backup was made with.' : fault} hint="Or the key (AGE-SECRET-KEY-1…) that it was sealed for."
        />
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onBack}>Back</button>
          <button type="submit" class="button button-primary">Open it</button>
        </div>
      </form>
    </Panel>
  );
}
