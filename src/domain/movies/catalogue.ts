import { and, asc, desc, eq, gte, lte, type SQL, sql } from 'drizzle-orm';
import { movieGenres, movies } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';
import { foldIdentifier } from '../accounts/identifiers.ts';
import { type Position, readCursor, writeCursor } from '../cursors.ts';
import { type Movie, movieColumns } from './movies.ts';

export const SORTS = ['created_at', 'name', 'popularity', 'imdbScore'] as const;

export type Query = {
  q?: string | undefined;
  genre?: string | undefined;
  director?: string | undefined;
  min_score?: number | undefined;
  max_score?: number | undefined;
  sort?: (typeof SORTS)[number] | undefined;
  order?: 'asc' | 'desc' | undefined;
  limit: number;
  cursor?: string | undefined;
};

export type MoviePage = { movies: Movie[]; next: string | null };

/** Of a search, this many of the best matches are ranked, and paging ends there. */
const BEST = 1_000;

const listOf = ({ limit: _, cursor: __, ...rest }: Query) =>
  `movies ${JSON.stringify(
    Object.entries(rest)
      .filter(([, value]) => value !== undefined)
      .sort(),
  )}`;

const page = (rows: (Movie & { at: number | string })[], query: Query): MoviePage => {
  const shown = rows.slice(0, query.limit);
  const last = shown.at(-1);
  const next =
    rows.length > query.limit && last ? writeCursor(listOf(query), { at: last.at, id: last.id }) : null;
  return { movies: shown.map(({ at: _, ...movie }) => movie), next };
};

/**
 * The range of scores. Where the list is in another order, `+` keeps SQLite from the scores' index: it would read and sort all that match,
 * instead of reading in order until the page is full.
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

const inGenre = ({ genre }: Query) =>
  genre === undefined
    ? undefined
    : sql`exists (select 1 from ${movieGenres} where ${movieGenres.movieId} = ${movies.id} and ${movieGenres.folded} = ${foldIdentifier(genre)})`;

/** Each word of the text as a prefix, all of them wanted. Quoted, so that no text is a query of FTS5's own. */
const matchOf = (q: string) => (q.match(/[\p{L}\p{N}\p{M}]+/gu) ?? []).map((word) => `"${word}"*`).join(' ');

const search = ({ db }: Using<'db'>, query: Query, match: string, after: Position | undefined) => {
  const best = sql`(select rowid as id, rank as at from movies_fts where movies_fts match ${match} order by rank limit ${BEST}) best`;
  const at = sql<number>`best.at`;
  return db
    .select({ ...movieColumns, at: at.as('at') })
    .from(movies)
    .innerJoin(best, sql`best.id = ${movies.id}`)
    .where(
      and(
        inGenre(query),
        byDirector(query),
        inScores(query, movies.imdbScore),
        after && sql`(${at}, ${movies.id}) > (${after.at}, ${after.id})`,
      ),
    )
    .orderBy(sql`best.at`, asc(movies.id))
    .limit(query.limit + 1);
};

/** The column that a list is read by; of one genre, the copy that an index of `movie_genres` has in that order. */
const keyOf = (sort: Query['sort'], ofGenre: boolean) => {
  if (sort === 'name') return ofGenre ? movieGenres.name : movies.name;
  if (sort === 'popularity') return ofGenre ? movieGenres.popularity : movies.popularity;
  if (sort === 'imdbScore') return ofGenre ? movieGenres.imdbScore : movies.imdbScore;
  return ofGenre ? movieGenres.movieId : movies.id;
};

const list = ({ db }: Using<'db'>, query: Query, after: Position | undefined) => {
  const ofGenre = query.genre !== undefined;
  const key = keyOf(query.sort, ofGenre);
  const id = ofGenre ? movieGenres.movieId : movies.id;
  const direction = query.order === 'desc' ? desc : asc;
  const later: SQL | undefined =
    after && sql`(${key}, ${id}) ${query.order === 'desc' ? sql`<` : sql`>`} (${after.at}, ${after.id})`;
  const columns = { ...movieColumns, at: sql<number | string>`${key}`.as('at') };
  const ordered = key === id ? [direction(id)] : [direction(key), direction(id)];
  if (!ofGenre)
    return db
      .select(columns)
      .from(movies)
      .where(and(byDirector(query), inScores(query, movies.imdbScore), later))
      .orderBy(...ordered)
      .limit(query.limit + 1);
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
        later,
      ),
    )
    .orderBy(...ordered)
    .limit(query.limit + 1);
};

/**
 * A page of movies. Without `q` by keyset in the order asked for, from an index whatever the order and the genre or director; with `q` the
 * best matches over name and director, best first. @throws ApiError `invalid` for a cursor of another list
 */
export const listMovies = async (tools: Using<'db'>, query: Query): Promise<MoviePage> => {
  const after = readCursor(listOf(query), query.cursor);
  if (query.q === undefined) return page(await list(tools, query, after), query);
  const match = matchOf(query.q);
  return match ? page(await search(tools, query, match, after), query) : { movies: [], next: null };
};
