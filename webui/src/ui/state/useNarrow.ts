import { useEffect, useState } from 'preact/hooks';

/** The same width as in desk.css: below it the shelf is a drawer. */
const query = window.matchMedia('(max-width: 52rem)');

export function useNarrow(): boolean {
  const [narrow, setNarrow] = useState(query.matches);
  useEffect(() => {
    const look = (): void => setNarrow(query.matches);
    query.addEventListener('change', look);
    return () => query.removeEventListener('change', look);
  }, []);
  return narrow;
}
