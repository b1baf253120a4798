import { inArray, lt } from 'drizzle-orm';
import { ApiError, unavailable } from '../../errors.ts';
import { isBusy } from '../../storage/database.ts';
import { batch } from '../../storage/rows.ts';
import { importRows, imports } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';
import { MAX_GENRE_LENGTH, MAX_GENRES, openGenreSplitter } from './genres.ts';
import type { MovieFields } from './movies.ts';
import {
  compare,
  deleteImport,
  deleteRows,
  merge,
  mergeTexts,
  type Outcome,
  openStaging,
  selectOutcome,
  settle,
} from './staging.ts';

const HOUR_MS = 3_600_000;

/** The first thing that is wrong with a row of the file. Rows are counted from 1. */
export type Fault = { row: number; field: string | null; value: unknown; reason: string };

/** A row as it was read: a movie, or what is wrong with it. */
export type ImportRow = { row: number; movie: MovieFields } | { row: number; fault: Omit<Fault, 'row'> };

/**
 * `superseded` counts rows whose movie is named by a later row too. If several rows name the same movie, the
 * last one wins.
 */
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

const MAX_ROWS = 100_000;
const MAX_FAULTS = 1_000;
/** How much longer than other requests an import may wait for the database. */
const IMPORT_BUDGET_MS = 60_000;

const tooLong = (cause: unknown) =>
  new ApiError(
    'unavailable',
    'Other requests were writing, and the import took too long. Nothing was changed. Send fewer rows.',
    { retryAfter: 10, cause },
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
 * Imports movies: reads the rows into a staging table, and merges them into the catalogue in one transaction.
 * A movie that exists with the same name and director is changed, any other is added. If a row has a fault,
 * nothing is imported, unless `partial` is set. `dryRun` counts what an import of the rows without faults
 * would do, and changes nothing. The report lists at most 1,000 faults.
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
  const abandon = () => staging.hasStarted() && background(batch(db, { deleted: deleteImport(db, id) }));
  try {
    for await (const given of rows) {
      if (++report.read > MAX_ROWS)
        throw new ApiError(
          'too_large',
          `The file has more than ${MAX_ROWS} rows. Split it into several files.`,
        );
      const { row, warnings } = await separateGenres(given, split);
      if (report.warnings.length < MAX_FAULTS) report.warnings.push(...warnings);
      if ('movie' in row) {
        if (!report.isRefused) await staging.add(row.row, row.movie);
        continue;
      }
      report.refused++;
      report.isRefused = !partial && !dryRun;
      if (report.faults.length < MAX_FAULTS) report.faults.push({ row: row.row, ...row.fault });
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
  const texts = mergeTexts(db, id, at);
  const commit = async () => {
    const { outcome } = await batch(db, {
      staged: staging.takeStatements(),
      compared: compare(db, id, at),
      merged: dryRun ? [] : [texts.before, ...merge(db, id, at), ...texts.after],
      outcome: selectOutcome(db, id),
      deleted: dryRun ? deleteImport(db, id) : deleteRows(db, id),
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

/** Deletes imports that are more than an hour old, with the rows that they left in the staging table. */
export const sweepImports = async ({ db, now }: Using<'db' | 'now'>) => {
  const old = lt(imports.createdAt, now() - HOUR_MS);
  const deleted = await batch(db, {
    rows: db
      .delete(importRows)
      .where(inArray(importRows.importId, db.select({ id: imports.id }).from(imports).where(old))),
    imports: db.delete(imports).where(old),
  });
  return { imports: deleted.imports.rowsAffected };
};
