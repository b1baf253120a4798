import { and, eq, inArray, isNull, lt, sql } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import type { Using } from '../env.ts';
import { Refusal, unavailable } from '../refusal.ts';
import { type Database, isDatabaseTrouble } from '../storage/database.ts';
import { importRows, imports, movieGenres, movies } from '../storage/schema.ts';
import { foldIdentifier } from './identifiers.ts';
import { type MovieFields, tidyGenres } from './movies.ts';

const HOUR = 3_600_000;

/** What is wrong with a row of the file, in the first place; rows count from 1. */
export type Fault = { row: number; field: string | null; value: unknown; reason: string };

/** A row as it was read: a film, or what is wrong with it. */
export type ImportRow = { row: number; film: MovieFields } | { row: number; fault: Omit<Fault, 'row'> };

/** `superseded`: rows whose film a later row of the same file names again; the last one counts. */
export type Report = {
  read: number;
  added: number;
  changed: number;
  unchanged: number;
  superseded: number;
  refused: number;
  faults: Fault[];
};

type Options = { partial: boolean; dryRun: boolean };
type Outcome = { staged: number; remaining: number; existing: number };

const MOST_ROWS = 100_000;
const MOST_FAULTS = 1_000;
const STATEMENT_ROWS = 500;
/** A request to the database takes so many rows, or characters of them: 100,000 rows of 32 MiB in all need fewer than 40 requests. */
const REQUEST_ROWS = 5_000;
const REQUEST_LENGTH = 2 * 1024 * 1024;
/** Milliseconds that an import may wait for the database, beyond what any request may. */
const PATIENCE = 60_000;

const tooLong = (cause: unknown) =>
  new Refusal(
    'unavailable',
    'Others were writing, and the import took too long beside them. Nothing was changed; send fewer rows at a time.',
    {
      retryAfter: 10,
      cause,
    },
  );

const isOpen = (id: string) => and(eq(imports.id, id), isNull(imports.committedAt));

/** Stages rows, as long as their import is there; of rows that name one film the last one stays. */
const stage = (db: Database, id: string, rows: string[]) =>
  db.run(sql`
    insert into ${importRows} (import_id, number, name, director, director_folded, popularity, imdb_score, genres)
    select ${id}, value ->> 'row', value ->> 'name', value ->> 'director', value ->> 'folded', value ->> 'popularity',
      value ->> 'imdbScore', value -> 'genres'
    from json_each(${`[${rows.join()}]`}) where exists (select 1 from ${imports} where ${isOpen(id)})
    on conflict (import_id, name, director) do update set number = excluded.number, popularity = excluded.popularity,
      imdb_score = excluded.imdb_score, genres = excluded.genres`);

const ofImport = (id: string) => eq(importRows.importId, id);
const film = sql`${movies.name} = ${importRows.name} and ${movies.director} = ${importRows.director}`;
const genresOfFilm = sql`(
  select json_group_array(json_object('genre', genre, 'folded', folded))
  from (select genre, folded from ${movieGenres} where movie_id = ${movies.id} order by position))`;

/** The rows whose films are in the catalogue just so leave the staging; what remains is counted. */
const compare = (db: Database, id: string, at: number) => [
  db
    .update(imports)
    .set({ committedAt: at, staged: sql`(select count(*) from ${importRows} where ${ofImport(id)})` })
    .where(isOpen(id)),
  db.run(sql`
    delete from ${importRows} where ${ofImport(id)} and exists (select 1 from ${movies} where ${film}
      and ${movies.popularity} = ${importRows.popularity} and ${movies.imdbScore} = ${importRows.imdbScore}
      and ${genresOfFilm} = ${importRows.genres})`),
  db
    .update(imports)
    .set({
      remaining: sql`(select count(*) from ${importRows} where ${ofImport(id)})`,
      existing: sql`(select count(*) from ${importRows} join ${movies} on ${film} where ${ofImport(id)})`,
    })
    .where(eq(imports.id, id)),
];

/** What remains goes into the catalogue, by name: in the order of most indexes, which halves the time that the writer's lock is held. */
const merge = (db: Database, id: string, at: number) => [
  db.run(sql`
    delete from ${movieGenres} where movie_id in (
      select ${movies.id} from ${importRows} join ${movies} on ${film} where ${ofImport(id)} and ${genresOfFilm} <> ${importRows.genres})`),
  db.run(sql`
    insert into ${movies} (name, director, director_folded, popularity, imdb_score, created_at, updated_at)
    select name, director, director_folded, popularity, imdb_score, ${at}, ${at} from ${importRows} where ${ofImport(id)} order by name, director
    on conflict (name, director) do update set popularity = excluded.popularity, imdb_score = excluded.imdb_score,
      updated_at = excluded.updated_at`),
  db.run(sql`
    insert into ${movieGenres} (movie_id, position, genre, folded, name, popularity, imdb_score)
    select ${movies.id}, given.key, given.value ->> 'genre', given.value ->> 'folded', ${movies.name}, ${movies.popularity}, ${movies.imdbScore}
    from ${importRows} join ${movies} on ${film} join json_each(${importRows.genres}) given
    where ${ofImport(id)} and not exists (select 1 from ${movieGenres} where movie_id = ${movies.id})`),
];

const clear = (db: Database, id: string) => db.delete(importRows).where(ofImport(id));

const forget = (db: Database, id: string) => [clear(db, id), db.delete(imports).where(eq(imports.id, id))];

const batch = (db: Database, statements: BatchItem<'sqlite'>[]) =>
  db.batch(statements as [BatchItem<'sqlite'>, ...BatchItem<'sqlite'>[]]) as Promise<unknown[]>;

const outcomeOf = (db: Database, id: string) =>
  db
    .select({ staged: imports.staged, remaining: imports.remaining, existing: imports.existing })
    .from(imports)
    .where(eq(imports.id, id));

/** A commit whose reply was lost took place, or never will: what is not committed by now is taken from it. */
const settle = async (db: Database, id: string): Promise<Outcome | undefined> => {
  const [, , [outcome]] = await db.batch([db.delete(imports).where(isOpen(id)), clear(db, id), outcomeOf(db, id)]);
  return outcome as Outcome | undefined;
};

/** Rows on their way into the staging, a request at a time. */
const openStaging = (db: Database, id: string, at: number) => {
  const begin = db.insert(imports).values({ id, createdAt: at });
  let begun = false;
  let waiting: string[] = [];
  let length = 0;
  /** The statements for what waits. */
  const take = (): BatchItem<'sqlite'>[] => {
    const statements: BatchItem<'sqlite'>[] = begun ? [] : [begin];
    for (let from = 0; from < waiting.length; from += STATEMENT_ROWS)
      statements.push(stage(db, id, waiting.slice(from, from + STATEMENT_ROWS)));
    begun = true;
    waiting = [];
    length = 0;
    return statements;
  };
  return {
    async add(row: number, { genres, ...fields }: MovieFields): Promise<void> {
      const text = JSON.stringify({ row, ...fields, folded: foldIdentifier(fields.director), genres: tidyGenres(genres) });
      waiting.push(text);
      length += text.length;
      if (waiting.length >= REQUEST_ROWS || length >= REQUEST_LENGTH) await batch(db, take());
    },
    take,
    begun: () => begun,
  };
};

/**
 * Reads films into a staging and from there into the catalogue, in one transaction: a film that is there by name and director is changed
 * where it differs, any other is added. A row with faults stops it all, unless `partial`; `dryRun` counts what would be, of the rows
 * without faults, and changes nothing. Of the faults 1,000 are listed.
 * @throws Refusal what `rows` refuses; `too_large` for more than 100,000 rows; `unavailable`
 */
export const importMovies = async (
  tools: Using<'db' | 'now' | 'waiting' | 'background'>,
  rows: AsyncIterable<ImportRow>,
  { partial, dryRun }: Options,
): Promise<Report> => {
  const { db, now, waiting, background } = tools;
  waiting.extend(PATIENCE);
  const id = crypto.randomUUID();
  const staging = openStaging(db, id, now());
  const report: Report = { read: 0, added: 0, changed: 0, unchanged: 0, superseded: 0, refused: 0, faults: [] };
  const isRefused = () => report.refused > 0 && !partial && !dryRun;
  const abandon = () => staging.begun() && background(batch(db, forget(db, id)));
  try {
    for await (const row of rows) {
      if (++report.read > MOST_ROWS)
        throw new Refusal('too_large', `The file has more than ${MOST_ROWS} rows. Send it in several.`);
      if ('film' in row) {
        if (!isRefused()) await staging.add(row.row, row.film);
        continue;
      }
      report.refused++;
      if (report.faults.length < MOST_FAULTS) report.faults.push({ row: row.row, ...row.fault });
    }
  } catch (error) {
    abandon();
    throw error;
  }
  if (isRefused()) {
    abandon();
    return report;
  }
  const at = now();
  const commit = async () => {
    const statements = [...staging.take(), ...compare(db, id, at), ...(dryRun ? [] : merge(db, id, at)), outcomeOf(db, id)];
    const results = await batch(db, [...statements, ...(dryRun ? forget(db, id) : [clear(db, id)])]);
    const [outcome] = results[statements.length - 1] as Outcome[];
    return outcome;
  };
  const outcome = await commit().catch(async (error) => {
    if (dryRun) throw error;
    const outcome = await settle(db, id);
    if (!outcome && isDatabaseTrouble(error)) throw tooLong(error);
    if (!outcome) throw error;
    return outcome;
  });
  if (!outcome) throw unavailable(new Error(`The import ${id} was swept before it was committed`));
  const { staged, remaining, existing } = outcome;
  return {
    ...report,
    added: remaining - existing,
    changed: existing,
    unchanged: staged - remaining,
    superseded: report.read - report.refused - staged,
  };
};

/** Forgets imports of more than an hour ago, and what they left in the staging. */
export const sweepImports = async ({ db, now }: Using<'db' | 'now'>) => {
  const old = lt(imports.createdAt, now() - HOUR);
  const [, forgotten] = await db.batch([
    db.delete(importRows).where(inArray(importRows.importId, db.select({ id: imports.id }).from(imports).where(old))),
    db.delete(imports).where(old),
  ]);
  return { imports: forgotten.rowsAffected };
};
