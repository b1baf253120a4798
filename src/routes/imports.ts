import { Hono } from 'hono';
import * as z from 'zod';
import type { ReportView } from '../../openapi/movies.ts';
import { MAX_GENRES } from '../domain/movies/genres.ts';
import { type ImportRow, importMovies, type Report } from '../domain/movies/imports.ts';
import { type Row, readRows } from '../domain/movies/rows.ts';
import { ApiError } from '../errors.ts';
import type { Context } from '../http/context.ts';
import { type IncomingFile, receiveFile } from '../http/upload.ts';
import { authenticate } from '../middleware/authenticate.ts';
import { validateQuery } from '../middleware/validate.ts';
import { text } from './inputs.ts';
import { admin, NewMovie } from './movies.ts';

const Options = z.strictObject({
  partial: z.stringbool().default(false),
  dry_run: z.stringbool().default(false),
});

const viewReport = ({ faults, isRefused: _, ...counts }: Report, dryRun: boolean): ReportView => ({
  dry_run: dryRun,
  ...counts,
  refusals: faults,
});

type Field = keyof z.input<typeof NewMovie>;

/** The names of a movie's fields in files of the documented API. Those of `POST /movies` are accepted as well. */
const DOCUMENTED: Record<Field, string> = {
  movie_name: 'name',
  popularity: '99popularity',
  imdbScore: 'imdb_score',
  genre: 'genre',
  director: 'director',
};

const FIELDS = Object.entries(DOCUMENTED) as [Field, string][];

const NUMBER = /^[-+]?\d+(\.\d+)?(e[-+]?\d+)?$/i;

const numeric = (value: unknown) =>
  typeof value === 'string' && NUMBER.test(value.trim()) ? Number(value) : value;

/** The length of a text that lists several genres. */
const MAX_GENRES_LENGTH = 5_000;

/** A row with numbers and lists as text, as in CSV. Each genre is checked after they are separated. */
const MovieRow = z.object({
  ...NewMovie.shape,
  popularity: z.preprocess(numeric, NewMovie.shape.popularity),
  imdbScore: z.preprocess(numeric, NewMovie.shape.imdbScore),
  genre: z.preprocess(
    (value) => (typeof value === 'string' ? value.split('|') : value),
    z.array(text(MAX_GENRES_LENGTH)).max(MAX_GENRES),
  ),
});

const MAX_VALUE_LENGTH = 200;

/** The value of a refused field, shortened for the report. */
const excerpt = (value: unknown) => {
  const text = JSON.stringify(value) ?? 'null';
  return text.length <= MAX_VALUE_LENGTH
    ? (value ?? null)
    : `${text.slice(0, MAX_VALUE_LENGTH).toWellFormed()}…`;
};

/** Names are compared without regard to case and surrounding white space. */
const tidy = (name: string) => name.trim().toLowerCase();

const nameIn = (given: { has: (name: string) => boolean }, field: Field, documented: string) =>
  [documented, field].find((name) => given.has(tidy(name)));

const readMovie = (row: number, read: Row): ImportRow => {
  const refuse = (field: string | null, value: unknown, reason: string) => ({
    row,
    fault: { field, value: excerpt(value), reason },
  });
  if ('unreadable' in read) return refuse(null, null, read.unreadable);
  if (typeof read.value !== 'object' || read.value === null || Array.isArray(read.value))
    return refuse(null, read.value, 'must be an object');
  const given = new Map(Object.entries(read.value).map(([name, value]) => [tidy(name), value]));
  const find = ([field, documented]: [Field, string]) =>
    given.get(tidy(nameIn(given, field, documented) ?? field));
  const parsed = MovieRow.safeParse(Object.fromEntries(FIELDS.map((names) => [names[0], find(names)])));
  if (parsed.success) {
    const { movie_name: name, genre: genres, ...rest } = parsed.data;
    return { row, movie: { ...rest, name, genres } };
  }
  const [issue] = parsed.error.issues;
  const field = issue?.path[0] as Field;
  const name = nameIn(given, field, DOCUMENTED[field]) ?? DOCUMENTED[field];
  return refuse(name, find([field, DOCUMENTED[field]]), issue?.message ?? '');
};

const refuseFile = (detail: string) =>
  new ApiError('invalid', detail, { errors: [{ field: 'file', detail }] });

const expectHeader = (header: string[]) => {
  const names = new Set(header.map(tidy));
  if (names.size < header.length) throw refuseFile('The CSV header names a column twice.');
  const lacking = FIELDS.filter(([field, documented]) => !nameIn(names, field, documented)).map(
    ([, documented]) => documented,
  );
  if (lacking.length === FIELDS.length)
    throw refuseFile(
      `The file is neither a JSON array nor NDJSON, and as CSV its header has none of ${lacking.join(', ')}.`,
    );
  if (lacking.length > 0) throw refuseFile(`The CSV header lacks ${lacking.join(', ')}.`);
};

async function* readMovies({ chunks, fields }: IncomingFile): AsyncGenerator<ImportRow> {
  let row = 0;
  for await (const read of readRows(chunks, expectHeader)) yield readMovie(++row, read);
  const [name] = fields.keys();
  if (name !== undefined)
    throw refuseFile(
      `The form has a field \`${name}\`: pass options in the query string, for example ?dry_run=true.`,
    );
}

export const imports = new Hono<Context>().post(
  '/movies/import',
  authenticate(admin),
  validateQuery(Options),
  async (c) => {
    const { partial, dry_run: dryRun } = c.req.valid('query');
    const report = await receiveFile(
      c.req.raw,
      { part: 'file', maxBytes: c.var.settings.IMPORT_MAX_BYTES, timeouts: c.var.settings },
      (file) => importMovies(c.var, readMovies(file), { partial, dryRun }),
    );
    const view = viewReport(report, dryRun);
    if (report.isRefused) {
      const detail = `${report.refused} of ${report.read} rows are refused, so nothing was changed.`;
      throw new ApiError('invalid', detail, { extensions: view });
    }
    if (c.req.path !== '/upload') return c.json(view);
    const { refusals: _, warnings: __, ...data } = view;
    return c.json({ ...view, data });
  },
);
