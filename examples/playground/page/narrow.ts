/** Whether the screen is narrow: drawings then have larger letters and dots. */
import { useEffect, useState } from 'preact/hooks';

const query = matchMedia('(max-width: 760px)');

export const useNarrow = (): boolean => {
  const [narrow, tell] = useState(query.matches);
  useEffect(() => {
    const changed = (): void => {
      tell(query.matches);
    };
    query.addEventListener('change', changed);
    return () => {
      query.removeEventListener('change', changed);
    };
  }, []);
  return narrow;
};
