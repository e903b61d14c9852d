import { MAX_FILES, type PickedFile } from '../../../transfer/sources.ts';

/** The files that were dropped, those of folders too. To be called while the event is handled: the browser forgets them after it. */
export async function droppedFiles(transfer: DataTransfer): Promise<PickedFile[]> {
  const items = [...transfer.items].filter(({ kind }) => kind === 'file').map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const found: PickedFile[] = [];
  for (const { entry, file } of items) {
    if (entry !== null) await walk(entry, found);
    else if (file !== null) found.push({ path: file.name, file });
  }
  return found;
}

/** One file more than can be taken is enough for whoever reads them to say so. */
async function walk(entry: FileSystemEntry, found: PickedFile[]): Promise<void> {
  if (found.length > MAX_FILES) return;
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    found.push({ path: entry.fullPath.replace(/^\//, ''), file });
  } else if (isFolder(entry)) {
    const reader = entry.createReader();
    for (let batch = await next(reader); batch.length > 0; batch = await next(reader)) {
      for (const each of batch) await walk(each, found);
    }
  }
}

function next(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}
