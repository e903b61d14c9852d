import type { VNode } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { checkCertificate, logOfCertificate, type CertificateView } from '../../../client/vault.ts';
import { app, sentence } from '../../state/app.ts';
import type { Desk } from '../../state/desk.ts';
import { Dialog } from '../Dialog.tsx';
import { Field } from '../Field.tsx';
import { CertificateSheet } from './CertificateSheet.tsx';

/** No certificate is larger. */
const MAX_BYTES = 64 * 1024;
const NO_CERTIFICATE = 'This file is no certificate of Inkvault. If it was one, it is damaged: choose it as it was saved.';
/** Of a file that begins as no JSON does, but any PDF. */
const IN_PDF = 'This seems to be a PDF. The certificate is attached to it as inkvault-certificate.json: save that out of it, or choose the JSON that you kept.';

/** Checks a certificate that somebody kept: of this vault by the key of its log, of any other by the key that is given. */
export function Certificates({ desk }: { readonly desk: Desk }): VNode {
  const id = useId();
  const picker = useRef<HTMLInputElement>(null);
  const [file, setFile] = useState<Uint8Array<ArrayBuffer> | null>(null);
  const [key, setKey] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const [found, setFound] = useState<CertificateView | null>(null);
  const check = async (data: Uint8Array<ArrayBuffer>, verifierKey: string): Promise<void> => {
    setFault(null);
    try {
      setFound(await checkCertificate(data, verifierKey));
      setFile(null);
    } catch (error) {
      setFault(sentence(error));
    }
  };
  const pick = async (picked: File | undefined): Promise<void> => {
    if (picked === undefined) return;
    setFile(null);
    const data = new Uint8Array(await picked.slice(0, MAX_BYTES + 1).arrayBuffer());
    const origin = logOfCertificate(data);
    if (origin === null) return setFault(data[0] === 0x25 ? IN_PDF : NO_CERTIFICATE);
    try {
      const { verifierKey } = await desk.vault.auditLog();
      if (verifierKey.startsWith(`${origin}+`)) return await check(data, verifierKey);
    } catch (error) {
      return setFault(app.fault(error));
    }
    setFault(null);
    setFile(data);
  };
  return (
    <div class="stack">
      <div class="setting">
        <div><label class="setting-name" for={id}>Check a certificate</label><p id={`${id}-note`}>A file that you kept after an erasure, of this vault or another one.</p></div>
        <input
          ref={picker} type="file" class="input" id={id} accept=".json,application/json" aria-describedby={`${id}-note`}
          onChange={(event) => void pick(event.currentTarget.files?.[0])}
        />
      </div>
      {file !== null && (
        <form class="stack" noValidate autocomplete="off" onSubmit={(event) => { event.preventDefault(); void check(file, key); }}>
          <Field label="Verifier key" value={key} onInput={setKey} mono focus hint="This certificate is of another log. Its verifier key was saved with it, and begins with “inkvault/”." />
          <p><button type="submit" class="button">Check it</button></p>
        </form>
      )}
      {fault !== null && <p class="error" role="alert">{fault}</p>}
      {found !== null && <Found certificate={found} onClose={() => { setFound(null); if (picker.current !== null) picker.current.value = ''; }} />}
    </div>
  );
}

function Found({ certificate, onClose }: { readonly certificate: CertificateView; readonly onClose: () => void }): VNode {
  const top = useRef<HTMLDivElement>(null);
  useEffect(() => {
    app.announce('The certificate holds.');
    // The first button is below the end of it; it is read from its beginning.
    top.current?.focus({ preventScroll: true });
    top.current?.closest('dialog')?.scrollTo(0, 0);
  }, []);
  return (
    <Dialog title="The certificate holds" onClose={onClose}>
      <div class="stack certificate-found" ref={top} tabIndex={-1}>
        <CertificateSheet certificate={certificate} />
        <div class="dialog-actions"><button type="button" class="button button-primary" onClick={onClose}>Close</button></div>
      </div>
    </Dialog>
  );
}
