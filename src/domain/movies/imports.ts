import { inArray, lt } from 'drizzle-orm';
import { ApiError, unavailable } from '../../errors.ts';
import { isBusy } from '../../storage/database.ts';
import { batch } from '../../storage/rows.ts';
import { importRows, imports } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';
import { MAX_GENRE_LENGTH, MAX_GENRES, openGenreSplitter } from './genres.ts';
import type { MovieFields } from './movies.ts';
import {
  clear,
  compare,
  forget,
  merge,
  mergeTexts,
  type Outcome,
  openStaging,
  outcomeOf,
  settle,
} from './staging.ts';

const HOUR = 3_600_000;

/** What is wrong with a row of the file, in the first place; rows count from 1. */
export type Fault = { row: number; field: string | null; value: unknown; reason: string };

/** A row as it was read: a movie, or what is wrong with it. */
export type ImportRow = { row: number; movie: MovieFields } | { row: number; fault: Omit<Fault, 'row'> };

/** `superseded`: rows whose movie a later row of the same file names again; the last one counts. */
export type Report = {
  read: number;
  added: number;
  changed: number;
  unchanged: number;
  superseded: number;
  refused: number;
  faults: Fault[];
  /** What a row may not have meant, of 1,000 rows at most. */
  warnings: Fault[];
  /** Whether refused rows kept the whole file from being imported. */
  isRefused: boolean;
};

type Options = { partial: boolean; dryRun: boolean };

const MOST_ROWS = 100_000;
const MOST_FAULTS = 1_000;
/** How much longer than other requests an import may wait for the database. */
const IMPORT_BUDGET_MS = 60_000;

const tooLong = (cause: unknown) =>
  new ApiError(
    'unavailable',
    'Others were writing, and the import took too long beside them. Nothing was changed; send fewer rows at a time.',
    {
      retryAfter: 10,
      cause,
    },
  );

/** A row with each of its genres by itself, or with what is wrong with them. */
const separateGenres = async (
  row: ImportRow,
  split: ReturnType<typeof openGenreSplitter>,
): Promise<{ row: ImportRow; warnings: Fault[] }> => {
  if (!('movie' in row)) return { row, warnings: [] };
  const { genres, kept } = await split(row.movie.genres);
  const refuse = (value: unknown, reason: string) => ({
    row: { row: row.row, fault: { field: 'genre', value, reason } },
    warnings: [],
  });
  const long = genres.find((genre) => genre.length > MAX_GENRE_LENGTH);
  if (long)
    return refuse(
      long.slice(0, MAX_GENRE_LENGTH).toWellFormed(),
      `must be at most ${MAX_GENRE_LENGTH} characters`,
    );
  if (genres.length > MAX_GENRES) return refuse(null, `must have at most ${MAX_GENRES} items`);
  const reason = 'was not split, because the catalogue has a genre of this name';
  const warnings = kept.map((value) => ({ row: row.row, field: 'genre', value, reason }));
  return { row: { ...row, movie: { ...row.movie, genres } }, warnings };
};

/**
 * Reads movies into a staging and from there into the catalogue, in one transaction: a movie that is there by name and director is changed
 * where it differs, any other is added. A row with faults stops it all, unless `partial`; `dryRun` counts what would be, of the rows
 * without faults, and changes nothing. Of the faults 1,000 are listed.
 * @throws ApiError what `rows` refuses; `too_large` for more than 100,000 rows; `unavailable`
 */
export const importMovies = async (
  tools: Using<'db' | 'now' | 'budget' | 'background'>,
  rows: AsyncIterable<ImportRow>,
  { partial, dryRun }: Options,
): Promise<Report> => {
  const { db, now, budget, background } = tools;
  budget.extend(IMPORT_BUDGET_MS);
  const id = crypto.randomUUID();
  const staging = openStaging(db, id, now());
  const split = openGenreSplitter(db);
  const report: Report = {
    read: 0,
    added: 0,
    changed: 0,
    unchanged: 0,
    superseded: 0,
    refused: 0,
    faults: [],
    warnings: [],
    isRefused: false,
  };
  const abandon = () => staging.begun() && background(batch(db, { forgotten: forget(db, id) }));
  try {
    for await (const given of rows) {
      if (++report.read > MOST_ROWS)
        throw new ApiError('too_large', `The file has more than ${MOST_ROWS} rows. Send it in several.`);
      const { row, warnings } = await separateGenres(given, split);
      if (report.warnings.length < MOST_FAULTS) report.warnings.push(...warnings);
      if ('movie' in row) {
        if (!report.isRefused) await staging.add(row.row, row.movie);
        continue;
      }
      report.refused++;
      report.isRefused = !partial && !dryRun;
      if (report.faults.length < MOST_FAULTS) report.faults.push({ row: row.row, ...row.fault });
    }
  } catch (error) {
    abandon();
    throw error;
  }
  if (report.isRefused) {
    abandon();
    return report;
  }
  const at = now();
  const texts = mergeTexts(db, id);
  const commit = async () => {
    const { outcome } = await batch(db, {
      staged: staging.take(),
      compared: compare(db, id, at),
      merged: dryRun ? [] : [texts.before, ...merge(db, id, at), ...texts.after],
      outcome: outcomeOf(db, id),
      forgotten: dryRun ? forget(db, id) : clear(db, id),
    });
    return outcome[0] as Outcome | undefined;
  };
  const outcome = await commit().catch(async (error) => {
    if (dryRun) {
      abandon();
      throw error;
    }
    const outcome = await settle(db, id, at);
    if (!outcome && isBusy(error)) throw tooLong(error);
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
  const deleted = await batch(db, {
    rows: db
      .delete(importRows)
      .where(inArray(importRows.importId, db.select({ id: imports.id }).from(imports).where(old))),
    imports: db.delete(imports).where(old),
  });
  return { imports: deleted.imports.rowsAffected };
};
