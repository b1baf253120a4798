import type { MovieQuery } from 'darkroom-client';

export const SORTS = {
  'created_at desc': 'Newest first',
  'name asc': 'Name',
  'imdbScore desc': 'Best score',
  'popularity desc': 'Most popular',
} as const;

type Sort = keyof typeof SORTS;

export const isSort = (text: string): text is Sort => Object.hasOwn(SORTS, text);

const number = (text: string | null) => {
  const value = Number(text);
  return text?.trim() && Number.isFinite(value) ? value : undefined;
};

/** What the address of the page asks for. */
export const readQuery = (params: URLSearchParams): MovieQuery => {
  const wanted = params.get('sort') ?? '';
  const [sort, order] = (isSort(wanted) ? wanted : 'created_at desc').split(' ');
  const entries = {
    q: params.get('q')?.trim(),
    genre: params.get('genre')?.trim(),
    director: params.get('director')?.trim(),
    min_score: number(params.get('min_score')),
    max_score: number(params.get('max_score')),
    sort,
    order,
    limit: 40,
  };
  return Object.fromEntries(
    Object.entries(entries).filter(([, value]) => value !== undefined && value !== ''),
  );
};

export const FILTERS = ['genre', 'director', 'min_score', 'max_score'] as const;

export const countFilters = (params: URLSearchParams) =>
  FILTERS.filter((name) => params.get(name)?.trim()).length;
