/** Arrow keys, Home and End move through the items of a list that is in the page as a whole. */
export function walkItems(event: KeyboardEvent, onAbove: () => void): void {
  if (!(event.currentTarget instanceof HTMLElement)) return;
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('.shelf-item')];
  const here = items.findIndex((item) => item === document.activeElement);
  const steps: Record<string, number> = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: items.length - 1 };
  const step = steps[event.key];
  if (step === undefined) return;
  event.preventDefault();
  if (step < 0) onAbove();
  else items[step]?.focus();
}
