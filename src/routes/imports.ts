import { Hono } from 'hono';
import * as z from 'zod';
import { type ImportRow, importMovies, type Report } from '../domain/imports.ts';
import type { Context } from '../env.ts';
import { authenticate } from '../middleware/authenticate.ts';
import { describe } from '../middleware/describe.ts';
import { Problem } from '../middleware/problems.ts';
import { type Row, readRows } from '../middleware/rows.ts';
import { openUpload } from '../middleware/upload.ts';
import { validateQuery } from '../middleware/validate.ts';
import { Refusal } from '../refusal.ts';
import { admin, NewMovie } from './movies.ts';

const Options = z.object({ partial: z.stringbool().default(false), dry_run: z.stringbool().default(false) });

const count = z.int().nonnegative();

const ReportView = z
  .object({
    dry_run: z.boolean(),
    read: count,
    added: count,
    changed: count,
    unchanged: count,
    superseded: count.describe('Rows whose film a later row of the file names again'),
    refused: count,
    refusals: z
      .array(z.object({ row: z.int().positive(), field: z.string().nullable(), value: z.unknown(), reason: z.string() }))
      .describe('At most 1,000; rows count from 1'),
  })
  .meta({ id: 'ImportReport' });

const viewReport = ({ faults, ...counts }: Report, dryRun: boolean): z.output<typeof ReportView> => ({
  dry_run: dryRun,
  ...counts,
  refusals: faults,
});

type Field = keyof z.input<typeof NewMovie>;

/** What a film's fields are called in the files of the documented API; those of `POST /movies` serve as well. */
const DOCUMENTED: Record<Field, string> = {
  movie_name: 'name',
  popularity: '99popularity',
  imdbScore: 'imdb_score',
  genre: 'genre',
  director: 'director',
};

const FIELDS = Object.entries(DOCUMENTED) as [Field, string][];

const NUMBER = /^[-+]?\d+(\.\d+)?(e[-+]?\d+)?$/i;

const numeric = (value: unknown) => (typeof value === 'string' && NUMBER.test(value.trim()) ? Number(value) : value);

/** Numbers and lists as CSV has them. */
const Film = z.object({
  ...NewMovie.shape,
  popularity: z.preprocess(numeric, NewMovie.shape.popularity),
  imdbScore: z.preprocess(numeric, NewMovie.shape.imdbScore),
  genre: z.preprocess((value) => (typeof value === 'string' ? value.split('|') : value), NewMovie.shape.genre),
});

const SHOWN = 200;

const shown = (value: unknown) => {
  const text = JSON.stringify(value) ?? 'null';
  return text.length <= SHOWN ? (value ?? null) : `${text.slice(0, SHOWN).toWellFormed()}…`;
};

const readFilm = (row: number, read: Row): ImportRow => {
  if ('unreadable' in read) return { row, faults: [{ field: null, value: null, reason: read.unreadable }] };
  const { value } = read;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { row, faults: [{ field: null, value: shown(value), reason: 'is not an object' }] };
  const given = new Map(Object.entries(value).map(([name, value]) => [name.trim(), value]));
  const nameOf = (field: Field, documented: string) => (given.has(documented) ? documented : field);
  const names = new Map(FIELDS.map(([field, documented]) => [field, nameOf(field, documented)]));
  const parsed = Film.safeParse(Object.fromEntries(FIELDS.map(([field]) => [field, given.get(names.get(field) ?? '')])));
  if (parsed.success) {
    const { movie_name: name, genre: genres, ...rest } = parsed.data;
    return { row, film: { ...rest, name, genres } };
  }
  const faults = parsed.error.issues.map(({ path: [field], message }) => {
    const name = names.get(field as Field) ?? String(field);
    return { field: name, value: shown(given.get(name)), reason: given.has(name) ? message : 'is missing' };
  });
  return { row, faults };
};

const expectHeader = (header: string[]) => {
  const lacking = FIELDS.filter(([field, documented]) => !header.includes(field) && !header.includes(documented));
  if (lacking.length === 0) return;
  const detail = `The CSV’s header lacks ${lacking.map(([, documented]) => documented).join(', ')}.`;
  throw new Refusal('invalid', detail, { errors: [{ pointer: '#/file', detail }] });
};

async function* readFilms(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ImportRow> {
  let row = 0;
  for await (const read of readRows(chunks, expectHeader)) yield readFilm(++row, read);
}

export const imports = new Hono<Context>().post(
  '/movies/import',
  describe({
    tag: 'movies',
    summary: 'Import movies from a file',
    description:
      'A JSON array, NDJSON, or CSV with a header, in UTF-8: `name`, `99popularity`, `imdb_score`, `genre`, `director`, or the names that `POST /movies` has; CSV separates genres by `|`. Movies that are there by name and director are changed where they differ, the others added, all in one transaction. Rows that are refused refuse the whole file (422, with the report), unless `partial=true`. `dry_run=true` reports what the rows that are not refused would do, and changes nothing.',
    answers: { 200: { description: 'What became of the rows', schema: ReportView } },
    refusals: ['malformed', 'unauthenticated', 'forbidden', 'too_large', 'unsupported_type', 'invalid'],
    problem: Problem.extend(ReportView.partial().shape).meta({ id: 'ImportProblem' }),
    token: 'required',
    requestBody: {
      required: true,
      content: {
        'multipart/form-data': {
          schema: { type: 'object', required: ['file'], properties: { file: { type: 'string', format: 'binary' } } },
        },
      },
    },
  }),
  authenticate(admin),
  validateQuery(Options),
  async (c) => {
    const { partial, dry_run: dryRun } = c.req.valid('query');
    const { chunks } = await openUpload(c.req.raw, { part: 'file', maxBytes: c.var.settings.IMPORT_MAX_BYTES });
    const report = await importMovies(c.var, readFilms(chunks), { partial, dryRun });
    const view = viewReport(report, dryRun);
    if (report.refused > 0 && !partial && !dryRun)
      throw new Refusal('invalid', `${report.refused} of ${report.read} rows are refused, so nothing was changed.`, {
        members: view,
      });
    return c.json(view);
  },
);
