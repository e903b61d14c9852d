import { useEffect } from 'preact/hooks';
import { find, parseQuery } from '../../../writing/query.ts';
import type { History } from '../../state/history.ts';
import { useStore } from '../../state/store.ts';

const NAME = 'found';
/** Enough for any page one reads; a session of thousands of hits stays quick. */
const MOST = 2_000;

/** Marks what is looked for in the texts on the page, without touching them: the browser paints over them. */
export function useHighlights(history: History): void {
  const query = useStore(history.view, (view) => view.query);
  const messages = useStore(history.desk.view, (view) => view.messages);
  const screen = useStore(history.desk.view, (view) => view.screen);
  useEffect(() => {
    if (query.trim() === '' || !('highlights' in CSS)) return undefined;
    const frame = requestAnimationFrame(() => CSS.highlights.set(NAME, new Highlight(...rangesOf(query))));
    return () => {
      cancelAnimationFrame(frame);
      CSS.highlights.delete(NAME);
    };
  }, [query, messages, screen]);
}

function rangesOf(query: string): Range[] {
  const wanted = parseQuery(query);
  if (wanted.terms.length === 0) return [];
  const ranges: Range[] = [];
  for (const element of document.querySelectorAll('.page .message-text')) {
    const text = element.firstChild;
    if (!(text instanceof Text) || ranges.length >= MOST) continue;
    for (const [start, end] of find(wanted, text.data)) {
      const range = document.createRange();
      range.setStart(text, start);
      range.setEnd(text, end);
      ranges.push(range);
    }
  }
  return ranges.slice(0, MOST);
}
