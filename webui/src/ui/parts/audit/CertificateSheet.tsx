import { Fragment, type VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { CertificateView } from '../../../client/vault.ts';
import { sentence } from '../../state/app.ts';
import { forgetFiles, saveFile } from '../transfer/saveFile.ts';
import { factsOf, meaningOf, proofOf, titleOf, type Fact } from './words.ts';

/** A certificate that holds: to read, to keep, to print. */
export function CertificateSheet({ certificate }: { readonly certificate: CertificateView }): VNode {
  const { verdict, notCovered } = certificate;
  return (
    <>
      <article class="certificate" aria-label={titleOf(certificate)}>
        <h2>{titleOf(certificate)}</h2>
        <p class="verdict" data-verdict={verdict}><strong>{verdict}</strong> {meaningOf(certificate)}</p>
        <Facts facts={factsOf(certificate)} />
        <h3>Not covered</h3>
        <ul class="plain-list">{notCovered.map((each) => <li key={each}>{each}</li>)}</ul>
        <h3>What proves it</h3>
        <Facts facts={proofOf(certificate)} />
        <p class="small soft">Checked on this device: the order’s signature, the entry in the log and the signed state of the log hold together. The file and the verifier key are enough to check it again anywhere.</p>
      </article>
      <Keeping certificate={certificate} />
    </>
  );
}

function Facts({ facts }: { readonly facts: readonly Fact[] }): VNode {
  return (
    <dl class="erase-facts">
      {facts.map(({ name, text, isCode }) => (
        <Fragment key={name}><dt>{name}</dt><dd class={isCode === true ? 'mono' : undefined}>{text}</dd></Fragment>
      ))}
    </dl>
  );
}

function Keeping({ certificate }: { readonly certificate: CertificateView }): VNode {
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => forgetFiles, []);
  const name = `inkvault-certificate-${new Date(certificate.finishedAt).toISOString().slice(0, 10)}`;
  const savePdf = async (): Promise<void> => {
    setBusy(true);
    setFault(null);
    try {
      const { printCertificate } = await import('./certificate-pdf.ts');
      saveFile(await printCertificate(certificate), `${name}.pdf`);
    } catch (error) {
      setFault(sentence(error));
    }
    setBusy(false);
  };
  return (
    <div class="stack screen-only">
      <div class="row">
        <button type="button" class="button" onClick={() => saveFile(new Blob([certificate.text], { type: 'application/json' }), `${name}.json`)}>Save as JSON</button>
        <button type="button" class="button" disabled={busy} onClick={() => void savePdf()}>Save as PDF</button>
        <button type="button" class="button" onClick={() => window.print()}>Print</button>
        <button type="button" class="button button-quiet" onClick={() => saveFile(new Blob([`${certificate.log.verifierKey}\n`], { type: 'text/plain' }), `${name}-verifier-key.txt`)}>Save the verifier key</button>
      </div>
      {fault !== null && <p class="error" role="alert">{fault}</p>}
    </div>
  );
}
