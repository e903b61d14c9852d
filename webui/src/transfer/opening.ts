/** From chosen files to a source: a file, an archive, or a folder. */
import { MAX_FILES, SourceError, blobEntry, inOrder, type PickedFile, type Source } from './sources.ts';
import { isArchive, openArchive } from './zip.ts';

const MAX_FOLDERS_DEEP = 32;

/** Throws SourceError when nothing can be read there, or it goes beyond the bounds. */
export async function openSource(picked: readonly PickedFile[]): Promise<Source> {
  const [first] = picked;
  if (first === undefined) throw new SourceError('No file was chosen; choose one.');
  if (picked.length > 1 || first.path.includes('/')) return folderOf(picked);
  if (first.file.size === 0) throw new SourceError(`${first.path} is empty; choose another file.`);
  const entry = blobEntry(first.path, first.file);
  if (await isArchive(entry)) return openArchive(first.path, first.file);
  return { name: first.path, isArchive: false, entries: [entry], leftOut: [], file: first.file };
}

function folderOf(picked: readonly PickedFile[]): Source {
  const folder = commonFolder(picked);
  const isTooMuch = picked.length > MAX_FILES || picked.some(({ path }) => path.split('/').length > MAX_FOLDERS_DEEP + 2);
  const name = folder ?? `${picked[0]?.path ?? ''} and ${picked.length - 1} more`;
  if (isTooMuch) throw new SourceError(`${name} has too many files or folders; import it in parts.`);
  const cut = folder === null ? 0 : folder.length + 1;
  const entries = picked.map(({ path, file }) => blobEntry(path.slice(cut), file));
  return { name, isArchive: false, entries: inOrder(entries), leftOut: [], file: null };
}

function commonFolder([first, ...others]: readonly PickedFile[]): string | null {
  const [folder = '', ...rest] = first?.path.split('/') ?? [];
  return rest.length > 0 && others.every(({ path }) => path.startsWith(`${folder}/`)) ? folder : null;
}
