import { and, eq, isNull, sql } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import type { Database } from '../../storage/database.ts';
import { batch } from '../../storage/rows.ts';
import { importRows, imports, movieGenres, movies } from '../../storage/schema.ts';
import { foldIdentifier } from '../text.ts';
import { type MovieFields, tidyGenres } from './movies.ts';
import { textRowid } from './search.ts';
import { addWords, dequeue } from './searchIndex.ts';
import { makeDirectorText, makeTitleText } from './searchText.ts';

/**
 * Counts of movies: all that were staged, those that are not in the catalogue like this, and those of them
 * that exist there.
 */
export type Outcome = { staged: number; remaining: number; existing: number };

const STATEMENT_ROWS = 500;
/** The limits of one request to the database. 100,000 rows of 32 MiB in total need fewer than 40 requests. */
const REQUEST_ROWS = 5_000;
const REQUEST_LENGTH = 2 * 1024 * 1024;
const isOpen = (id: string) => and(eq(imports.id, id), isNull(imports.committedAt));

/** Stages rows while their import is open. If several rows name the same movie, the last one wins. */
const stage = (db: Database, id: string, rows: string[]) =>
  db.run(sql`
    insert into ${importRows} (import_id, number, name, director, director_folded, popularity, imdb_score,
      genres, title_text, director_text)
    select ${id}, value ->> 'row', value ->> 'name', value ->> 'director', value ->> 'folded',
      value ->> 'popularity', value ->> 'imdbScore', value -> 'genres',
      value ->> 'titleText', value ->> 'directorText'
    from json_each(${`[${rows.join()}]`}) where exists (select 1 from ${imports} where ${isOpen(id)})
    on conflict (import_id, name, director) do update set number = excluded.number,
      popularity = excluded.popularity, imdb_score = excluded.imdb_score, genres = excluded.genres`);

const ofImport = (id: string) => eq(importRows.importId, id);
const sameMovie = sql`${movies.name} = ${importRows.name} and ${movies.director} = ${importRows.director}`;
const genresOfMovie = sql`(
  select json_group_array(json_object('genre', genre, 'folded', folded))
  from (select genre, folded from ${movieGenres} where movie_id = ${movies.id} order by position))`;

/** Closes the import, deletes the staged rows that would change nothing, and counts the others. */
export const compare = (db: Database, id: string, at: number) => [
  db
    .update(imports)
    .set({ committedAt: at, staged: sql`(select count(*) from ${importRows} where ${ofImport(id)})` })
    .where(isOpen(id)),
  db.run(sql`
    delete from ${importRows} where ${ofImport(id)} and exists (select 1 from ${movies} where ${sameMovie}
      and ${movies.popularity} = ${importRows.popularity} and ${movies.imdbScore} = ${importRows.imdbScore}
      and ${genresOfMovie} = ${importRows.genres})`),
  db
    .update(imports)
    .set({
      remaining: sql`(select count(*) from ${importRows} where ${ofImport(id)})`,
      existing: sql`(select count(*) from ${importRows} join ${movies} on ${sameMovie}
        where ${ofImport(id)})`,
    })
    .where(eq(imports.id, id)),
];

/**
 * Merges the staged rows into the catalogue, in the order of most indexes: this halves the time for which the
 * writer's lock is held.
 */
export const merge = (db: Database, id: string, at: number) => [
  db.run(sql`
    delete from ${movieGenres} where movie_id in (
      select ${movies.id} from ${importRows} join ${movies} on ${sameMovie}
      where ${ofImport(id)} and ${genresOfMovie} <> ${importRows.genres})`),
  db.run(sql`
    insert into ${movies} (name, director, director_folded, popularity, imdb_score, created_at, updated_at)
    select name, director, director_folded, popularity, imdb_score, ${at}, ${at}
    from ${importRows} where ${ofImport(id)} order by name, director
    on conflict (name, director) do update set popularity = excluded.popularity,
      imdb_score = excluded.imdb_score, updated_at = excluded.updated_at`),
  db.run(sql`
    insert into ${movieGenres} (movie_id, position, genre, folded, name, popularity, imdb_score)
    select ${movies.id}, given.key, given.value ->> 'genre', given.value ->> 'folded',
      ${movies.name}, ${movies.popularity}, ${movies.imdbScore}
    from ${importRows} join ${movies} on ${sameMovie} join json_each(${importRows.genres}) given
    where ${ofImport(id)} and not exists (select 1 from ${movieGenres} where movie_id = ${movies.id})`),
];

/**
 * Makes the merged movies searchable. A text whose rowid would change is deleted before the merge and inserted
 * after it: FTS5 writes its buffer to disk whenever a rowid is not above the one before, as those of a trigger
 * would be.
 */
export const mergeTexts = (db: Database, id: string, at: number) => ({
  before: db.run(sql`
    delete from movie_texts where rowid in (
      select ${textRowid} from ${importRows} join ${movies} on ${sameMovie}
      where ${ofImport(id)}
        and cast(${movies.popularity} as integer) <> cast(${importRows.popularity} as integer))`),
  after: [
    db.run(sql`
      insert into movie_texts (rowid, title, director)
      select ${textRowid}, title_text, director_text from ${importRows} join ${movies} on ${sameMovie}
      where ${ofImport(id)} and not exists (select 1 from movie_texts where rowid = ${textRowid}) order by 1`),
    addWords(
      db,
      sql`select title_text || ' ' || director_text as text from ${importRows} where ${ofImport(id)}`,
    ),
    dequeue(
      db,
      sql`
        select ${movies.id} from ${importRows} join ${movies} on ${sameMovie}
        where ${ofImport(id)} and ${movies.createdAt} = ${at}`,
    ),
  ],
});

export const deleteRows = (db: Database, id: string) => db.delete(importRows).where(ofImport(id));

export const deleteImport = (db: Database, id: string) => [
  deleteRows(db, id),
  db.delete(imports).where(eq(imports.id, id)),
];

export const selectOutcome = (db: Database, id: string) =>
  db
    .select({ staged: imports.staged, remaining: imports.remaining, existing: imports.existing })
    .from(imports)
    .where(eq(imports.id, id));

/**
 * Finds out how a commit ended whose reply was lost. It closes the import: then either the commit took place,
 * or it never will, even if the request that starts the import arrives later.
 */
export const settle = async (db: Database, id: string, at: number): Promise<Outcome | undefined> => {
  const settled = await batch(db, {
    closed: db
      .insert(imports)
      .values({ id, createdAt: at, committedAt: at })
      .onConflictDoUpdate({
        target: imports.id,
        set: { committedAt: at },
        setWhere: isNull(imports.committedAt),
      }),
    deleted: deleteRows(db, id),
    outcome: selectOutcome(db, id),
  });
  const [outcome] = settled.outcome;
  return outcome && outcome.remaining !== null ? (outcome as Outcome) : undefined;
};

/** Stages rows in several requests: `add` sends one when enough rows are waiting. */
export const openStaging = (db: Database, id: string, at: number) => {
  const start = db.insert(imports).values({ id, createdAt: at });
  let hasStarted = false;
  let waiting: string[] = [];
  let length = 0;
  /** Takes the statements for the rows that are waiting. */
  const takeStatements = (): BatchItem<'sqlite'>[] => {
    const statements: BatchItem<'sqlite'>[] = hasStarted ? [] : [start];
    for (let from = 0; from < waiting.length; from += STATEMENT_ROWS)
      statements.push(stage(db, id, waiting.slice(from, from + STATEMENT_ROWS)));
    hasStarted = true;
    waiting = [];
    length = 0;
    return statements;
  };
  return {
    async add(row: number, { genres, ...fields }: MovieFields): Promise<void> {
      const text = JSON.stringify({
        row,
        ...fields,
        folded: foldIdentifier(fields.director),
        genres: tidyGenres(genres),
        titleText: makeTitleText(fields.name),
        directorText: makeDirectorText(fields.director),
      });
      waiting.push(text);
      length += text.length;
      if (waiting.length >= REQUEST_ROWS || length >= REQUEST_LENGTH)
        await batch(db, { staged: takeStatements() });
    },
    takeStatements,
    hasStarted: () => hasStarted,
  };
};
