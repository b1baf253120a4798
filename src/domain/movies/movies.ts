import { eq, getTableColumns, type SQL, sql } from 'drizzle-orm';
import { ApiError } from '../../errors.ts';
import { type Database, isTaken } from '../../storage/database.ts';
import { batch } from '../../storage/rows.ts';
import { movieGenres, movies } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';
import { foldIdentifier, normaliseName } from '../text.ts';
import { addTexts, changeTexts } from './searchIndex.ts';

const { directorFolded: _, ...columns } = getTableColumns(movies);

const genres = sql<string>`(select json_group_array(genre) from (
  select ${movieGenres.genre} as genre from ${movieGenres}
  where ${movieGenres.movieId} = ${movies.id} order by ${movieGenres.position}))`;

/** A movie's columns, with its genres in their order. */
export const movieColumns = {
  ...columns,
  genres: genres.mapWith((text: string) => JSON.parse(text) as string[]),
};

export type Movie = Omit<typeof movies.$inferSelect, 'directorFolded'> & { genres: string[] };

export type MovieFields = {
  name: string;
  director: string;
  popularity: number;
  imdbScore: number;
  genres: string[];
};

const missing = () => new ApiError('not_found', 'Movie not found.');
const taken = () => new ApiError('conflict', 'A movie with this name and director already exists.');

const orTaken = (error: unknown): never => {
  throw isTaken(error) ? taken() : error;
};

/** Genres as they are stored: trimmed, each once. */
export const tidyGenres = (genres: string[]): { genre: string; folded: string }[] => {
  const tidy = new Map<string, string>();
  for (const genre of genres.map(normaliseName)) {
    const folded = foldIdentifier(genre);
    if (folded && !tidy.has(folded)) tidy.set(folded, genre);
  }
  return [...tidy].map(([folded, genre]) => ({ genre, folded }));
};

const insertGenres = (db: Database, genres: string[], id: SQL | number) =>
  db.run(
    sql`insert into ${movieGenres} (movie_id, position, genre, folded, name, popularity, imdb_score)
        select movies.id, given.key, given.value ->> 'genre', given.value ->> 'folded',
          movies.name, movies.popularity, movies.imdb_score
        from movies, json_each(${JSON.stringify(tidyGenres(genres))}) given where movies.id = ${id}`,
  );

const select = (db: Database, id: SQL | number) =>
  db.select(movieColumns).from(movies).where(sql`${movies.id} = ${id}`);

/** @throws ApiError `conflict` if a movie with this name and director exists */
export const addMovie = async (
  { db, now }: Using<'db' | 'now'>,
  { genres, ...fields }: MovieFields,
): Promise<Movie> => {
  const at = now();
  // AUTOINCREMENT gives the new row the highest id, and only one batch writes at a time.
  const newest = sql`(select max(id) from movies)`;
  const added = await batch(db, {
    inserted: db
      .insert(movies)
      .values({ ...fields, directorFolded: foldIdentifier(fields.director), createdAt: at, updatedAt: at }),
    genres: insertGenres(db, genres, newest),
    texts: addTexts(db, newest, fields),
    movie: select(db, newest),
  }).catch(orTaken);
  const [movie] = added.movie;
  if (!movie) throw new Error('The insert returned no movie');
  return movie;
};

/** Changes the given fields. @throws ApiError `not_found`, `conflict` */
export const changeMovie = async (
  { db, now }: Using<'db' | 'now'>,
  id: number,
  { genres, ...fields }: { [K in keyof MovieFields]?: MovieFields[K] | undefined },
): Promise<Movie> => {
  const folded = fields.director === undefined ? {} : { directorFolded: foldIdentifier(fields.director) };
  const changed = await batch(db, {
    updated: db
      .update(movies)
      .set({ ...fields, ...folded, updatedAt: now() })
      .where(eq(movies.id, id)),
    cleared: genres && db.delete(movieGenres).where(eq(movieGenres.movieId, id)),
    genres: genres && insertGenres(db, genres, id),
    texts: changeTexts(db, id, fields),
    movie: select(db, id),
  }).catch(orTaken);
  const [movie] = changed.movie;
  if (!movie) throw missing();
  return movie;
};

/** @throws ApiError `not_found` */
export const getMovie = async ({ db }: Using<'db'>, id: number): Promise<Movie> => {
  const movie = await select(db, id).get();
  if (!movie) throw missing();
  return movie;
};

/** @throws ApiError `not_found` */
export const removeMovie = async ({ db }: Using<'db'>, id: number): Promise<void> => {
  const { removed } = await batch(db, {
    genres: db.delete(movieGenres).where(eq(movieGenres.movieId, id)),
    removed: db.delete(movies).where(eq(movies.id, id)).returning({ id: movies.id }),
  });
  if (removed.length === 0) throw missing();
};
