/** Encrypted backups: the JSON export in a zip archive, sealed in the age format (docs/EXPORT.md). Any age tool opens them. */
import { Decrypter, Encrypter } from 'age-encryption';
import { Unzip, UnzipPassThrough, Zip, ZipPassThrough } from 'fflate';

/** In the archive. */
export const FILE_NAME = 'export.json';
/** About a second and 256 MiB of work for each guess; opens everywhere in as long. */
const WORK_FACTOR = 18;

/** Seals an export with a passphrase, then opens what was sealed and compares it. Throws when it is not the same. */
export async function sealBackup(json: Blob, passphrase: string, madeAt: number, workFactor = WORK_FACTOR): Promise<Blob> {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  encrypter.setScryptWorkFactor(workFactor);
  const sealed = await blobOf(await encrypter.encrypt(zipped(json.stream(), madeAt)));
  if (!(await holds(sealed, passphrase, json))) throw new Error('a backup that does not hold what was sealed in it');
  return sealed;
}

/** The export in a backup. Throws when the passphrase does not open it, or when it is damaged. */
export async function openBackup(sealed: Blob, passphrase: string): Promise<Blob> {
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  return unzipped(await decrypter.decrypt(sealed.stream()));
}

async function holds(sealed: Blob, passphrase: string, json: Blob): Promise<boolean> {
  const found = await openBackup(sealed, passphrase);
  if (found.size !== json.size) return false;
  const [one, two] = [found.stream().getReader(), json.stream().getReader()];
  let [a, b] = [new Uint8Array(), new Uint8Array()];
  for (;;) {
    if (a.length === 0) a = (await one.read()).value ?? new Uint8Array();
    if (b.length === 0) b = (await two.read()).value ?? new Uint8Array();
    const length = Math.min(a.length, b.length);
    if (length === 0) return a.length === b.length;
    for (let index = 0; index < length; index++) if (a[index] !== b[index]) return false;
    [a, b] = [a.subarray(length), b.subarray(length)];
  }
}

/** Not packed: that costs more time than all the rest. */
function zipped(json: ReadableStream<Uint8Array>, madeAt: number): ReadableStream<Uint8Array> {
  const source = json.getReader();
  let entry: ZipPassThrough;
  return new ReadableStream({
    start(controller) {
      const zip = new Zip((error, chunk, final) => {
        if (error !== null) controller.error(error);
        else controller.enqueue(chunk);
        if (final) controller.close();
      });
      entry = new ZipPassThrough(FILE_NAME);
      entry.mtime = madeAt;
      zip.add(entry);
      zip.end();
    },
    async pull() {
      const { done, value } = await source.read();
      entry.push(value ?? new Uint8Array(), done);
    },
  });
}

async function unzipped(stream: ReadableStream<Uint8Array>): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let isWhole = false;
  const unzip = new Unzip((file) => {
    if (file.name !== FILE_NAME) return;
    file.ondata = (error, chunk, final) => {
      if (error !== null) throw error;
      parts.push(new Uint8Array(chunk));
      isWhole = final;
    };
    file.start();
  });
  unzip.register(UnzipPassThrough);
  const reader = stream.getReader();
  for (let step = await reader.read(); !step.done; step = await reader.read()) unzip.push(step.value);
  unzip.push(new Uint8Array(), true);
  if (!isWhole) throw new Error(`no ${FILE_NAME} in this backup`);
  return new Blob(parts);
}

async function blobOf(stream: ReadableStream<Uint8Array>): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const reader = stream.getReader();
  for (let step = await reader.read(); !step.done; step = await reader.read()) parts.push(new Uint8Array(step.value));
  return new Blob(parts);
}
