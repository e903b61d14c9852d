const addresses = new Set<string>();

/** Hands a file to the browser, to be saved where the writer's downloads go. Its address lives until `forgetFiles`. */
export function saveFile(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  addresses.add(url);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
}

/** What was saved is saved; the page can get at it no more. */
export function forgetFiles(): void {
  for (const url of addresses) URL.revokeObjectURL(url);
  addresses.clear();
}
