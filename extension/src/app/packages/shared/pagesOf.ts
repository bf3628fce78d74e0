import { useState } from 'react';
import { type Loaded, useAnswer } from './hooks';
import { withQuery } from './api';

type Page = { cursor: string };
type Parameters = Record<string, string | number | boolean | undefined>;

export type Pages<T> = Loaded<T> & {
  page: number;
  pageCount: number;
  onPageChange: (page: number) => void;
};

/** A list that the API gives by cursors, as the numbered pages of a Table: one page is known ahead. */
export function usePages<T extends Page>(path: string, parameters: Parameters): Pages<T> {
  const list = withQuery(path, parameters);
  const [seen, setSeen] = useState<{ list: string; cursors: string[]; page: number }>({ list, cursors: [''], page: 1 });
  const { cursors, page } = seen.list === list ? seen : { cursors: [''], page: 1 };
  const loaded = useAnswer<T>(withQuery(path, { ...parameters, cursor: cursors[page - 1] }));
  const following = loaded.value?.cursor;
  return {
    ...loaded,
    page,
    pageCount: Math.max(page + (following ? 1 : 0), cursors.length),
    onPageChange: (next: number) => {
      const known = following && cursors.length === page ? [...cursors, following] : cursors;
      if (next >= 1 && next <= known.length) setSeen({ list, cursors: known, page: next });
    },
  };
}
