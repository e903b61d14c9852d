/** Milliseconds until the browser has surely taken the file over: an address that is gone too early saves nothing. */
const TAKEN = 60_000;

/** Hands a file to the browser, to be saved where the writer's downloads go. */
export function saveFile(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(url), TAKEN);
}
