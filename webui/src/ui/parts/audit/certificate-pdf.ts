/** A certificate on paper: one page of words and digits, with the file itself inside. */
import { UnavailableError, type CertificateView } from '../../../client/vault.ts';
import { Pages } from '../../../transfer/pdf/pages.ts';
import { factsOf, meaningOf, proofOf, titleOf, type Fact } from './words.ts';

const FILE = 'inkvault-certificate.json';

export async function printCertificate(certificate: CertificateView): Promise<Blob> {
  const title = titleOf(certificate);
  const pages = await Pages.open('a4', { title, subtitle: 'Made by Inkvault', language: 'en' }, loadFace);
  pages.plain();
  const [large, bold, plain, small] = [pages.style(18, 24, { bold: true }), pages.style(10, 14, { bold: true }), pages.style(10, 14), pages.style(8, 11)];
  const say = (text: string, style: typeof plain, space: number): void => {
    pages.skip(space);
    pages.set(pages.lines(text, style), style);
  };
  const list = (facts: readonly Fact[]): void => {
    for (const { name, text, isCode } of facts) say(`${name}: ${text}`, isCode === true ? small : plain, 2);
  };
  say(title, large, 0);
  say(certificate.verdict, bold, 12);
  say(meaningOf(certificate), plain, 2);
  pages.skip(8);
  list(factsOf(certificate));
  say('Not covered', bold, 12);
  for (const each of certificate.notCovered) say(each, plain, 2);
  say('What proves it', bold, 12);
  list(proofOf(certificate));
  say(`The file ${FILE} attached to this PDF, and the verifier key, are enough to check all of this.`, small, 12);
  pages.attach(FILE, new TextEncoder().encode(certificate.text));
  return new Blob(await pages.end() as BlobPart[], { type: 'application/pdf' });
}

async function loadFace(name: string): Promise<Uint8Array> {
  const answer = await fetch(`/fonts/${name}.ttf`).catch(() => null);
  if (answer?.ok !== true) throw new UnavailableError('The typefaces for the PDF could not be fetched. Check that the server is running and try again.', 'unreachable');
  return new Uint8Array(await answer.arrayBuffer());
}
