import { and, eq, gte, lte, type SQL, sql } from 'drizzle-orm';
import { movieGenres, movies } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';
import type { Position } from '../cursors.ts';
import { type Direction, inOrder, isAfter, type Page, type Paging, readPage } from '../pages.ts';
import { foldIdentifier } from '../text.ts';
import { type Movie, movieColumns } from './movies.ts';
import { findMatches } from './search.ts';

export const SORTS = ['created_at', 'name', 'popularity', 'imdbScore'] as const;

export type Query = Paging & {
  q?: string | undefined;
  genre?: string | undefined;
  director?: string | undefined;
  min_score?: number | undefined;
  max_score?: number | undefined;
  sort?: (typeof SORTS)[number] | undefined;
  order?: Direction | undefined;
};

const listOf = ({ limit: _, cursor: __, ...rest }: Query) =>
  `movies ${JSON.stringify(
    Object.entries(rest)
      .filter(([, value]) => value !== undefined)
      .sort(),
  )}`;

/**
 * For `where`: the range of scores. In another order than by score, `+` keeps SQLite from using the scores'
 * index: it would read and sort all matches, instead of reading in order until the page is full.
 */
const inScores = (
  { min_score, max_score, sort }: Query,
  column: typeof movies.imdbScore | typeof movieGenres.imdbScore,
) => {
  const score = sort === 'imdbScore' ? sql`${column}` : sql`+${column}`;
  return and(
    min_score === undefined ? undefined : gte(score, min_score),
    max_score === undefined ? undefined : lte(score, max_score),
  );
};

const byDirector = ({ director }: Query) =>
  director === undefined ? undefined : eq(movies.directorFolded, foldIdentifier(director));

const inGenre = ({ genre }: Query) => {
  if (genre === undefined) return undefined;
  const isGenre = and(eq(movieGenres.movieId, movies.id), eq(movieGenres.folded, foldIdentifier(genre)));
  return sql`exists (select 1 from ${movieGenres} where ${isGenre})`;
};

/** The best matches of a search, best first: by tier, then popularity, then the shorter title. */
const search = (
  { db }: Using<'db'>,
  query: Query,
  matches: SQL,
  after: Position | undefined,
  limit: number,
) => {
  const at = sql<number>`(best.tier * 1000 + 100 - ${movies.popularity} + length(${movies.name}) / 10000.0)`;
  const order = { key: at, id: movies.id, direction: 'asc' } as const;
  return db
    .select({ ...movieColumns, at: at.as('at') })
    .from(sql`${matches} best`)
    .crossJoin(movies)
    .where(
      and(
        sql`${movies.id} = best.id`,
        inGenre(query),
        byDirector(query),
        inScores(query, movies.imdbScore),
        isAfter(order, after),
      ),
    )
    .orderBy(...inOrder(order))
    .limit(limit);
};

/**
 * The column that a list is sorted by. The list of one genre uses the copy in `movie_genres`, which has an
 * index for it.
 */
const keyOf = (sort: Query['sort'], ofGenre: boolean) => {
  if (sort === 'name') return ofGenre ? movieGenres.name : movies.name;
  if (sort === 'popularity') return ofGenre ? movieGenres.popularity : movies.popularity;
  if (sort === 'imdbScore') return ofGenre ? movieGenres.imdbScore : movies.imdbScore;
  return ofGenre ? movieGenres.movieId : movies.id;
};

const list = ({ db }: Using<'db'>, query: Query, after: Position | undefined, limit: number) => {
  const ofGenre = query.genre !== undefined;
  const key = keyOf(query.sort, ofGenre);
  const id = ofGenre ? movieGenres.movieId : movies.id;
  const order = { key, id, direction: query.order ?? 'asc' };
  const columns = { ...movieColumns, at: sql<number | string>`${key}`.as('at') };
  if (!ofGenre)
    return db
      .select(columns)
      .from(movies)
      .where(and(byDirector(query), inScores(query, movies.imdbScore), isAfter(order, after)))
      .orderBy(...inOrder(order))
      .limit(limit);
  return db
    .select(columns)
    .from(movieGenres)
    .crossJoin(movies)
    .where(
      and(
        eq(movies.id, movieGenres.movieId),
        eq(movieGenres.folded, foldIdentifier(query.genre ?? '')),
        byDirector(query),
        inScores(query, movieGenres.imdbScore),
        isAfter(order, after),
      ),
    )
    .orderBy(...inOrder(order))
    .limit(limit);
};

/**
 * A page of movies. Without `q`, in the order asked for, which is read from an index whatever the order and
 * the genre or director. With `q`, the best matches over name and director, best first.
 * @throws ApiError `invalid` for a cursor of another list
 */
export const listMovies = async (tools: Using<'db'>, query: Query): Promise<Page<Movie>> => {
  const select = async (after: Position | undefined, limit: number) => {
    if (query.q === undefined) return list(tools, query, after, limit);
    const matches = findMatches(query.q);
    return matches ? search(tools, query, matches, after, limit) : [];
  };
  const { items, next } = await readPage(listOf(query), query, ({ at }) => at, select);
  return { items: items.map(({ at: _, ...movie }) => movie), next };
};
