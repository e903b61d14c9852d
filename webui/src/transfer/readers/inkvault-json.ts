/** Our own export (docs/EXPORT.md). The twin of vault/transfer/readers/inkvault_json.py. */
import { datable } from '../datable.ts';
import { JsonReader, isExport } from '../json-import.ts';
import { CERTAIN, type Read, type Reader } from '../reading.ts';
import { onlyEntry, type Entry, type Source } from '../sources.ts';

/** In an archive. */
export const FILE_NAME = 'export.json';

/** The export: the file itself, or the one of its name in an archive or folder. */
function entryOf(source: Source): Entry | null {
  return onlyEntry(source) ?? source.entries.find(({ name }) => name === FILE_NAME) ?? null;
}

async function detect(source: Source): Promise<number> {
  const entry = entryOf(source);
  return entry !== null && (await isExport(entry)) ? CERTAIN : 0;
}

async function* read(source: Source): AsyncGenerator<Read, void> {
  const entry = entryOf(source);
  if (entry !== null) yield* datable(new JsonReader(entry).items());
}

export const READER: Reader = { name: 'inkvault', keepsIds: true, isSealed: false, detect, read };
