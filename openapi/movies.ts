import * as z from 'zod';
import type { Operation, Operations } from './operation.ts';
import { exampleOf, Problem } from './problems.ts';

export const MovieView = z
  .object({
    id: z.int().positive(),
    movie_name: z.string(),
    popularity: z.number(),
    imdbScore: z.number(),
    genre: z.array(z.string()),
    director: z.string(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'Movie' });

export type MovieView = z.output<typeof MovieView>;

const MoviePage = z
  .object({ movies: z.array(MovieView), next_cursor: z.string().nullable() })
  .meta({ id: 'MoviePage' });

const count = z.int().nonnegative();

const counts = {
  dry_run: z.boolean(),
  read: count,
  added: count,
  changed: count,
  unchanged: count,
  superseded: count.describe('Rows whose movie a later row of the file names again'),
  refused: count,
};

const findings = z.array(
  z.object({
    row: z.int().positive(),
    field: z.string().nullable(),
    value: z.unknown(),
    reason: z.string(),
  }),
);

const ReportView = z
  .object({
    ...counts,
    data: z.object(counts).optional().describe('On `/upload` only: the counts once more'),
    refusals: findings.describe('The first error of each of the first 1,000 refused rows; rows count from 1'),
    warnings: findings.describe(
      'Values that were taken as they are, and may be wrong, of the first 1,000 rows',
    ),
  })
  .meta({ id: 'ImportReport' });

export type ReportView = z.output<typeof ReportView>;

const fields = {
  movie_name: 'Star Wars',
  popularity: 88,
  imdbScore: 8.8,
  genre: ['Action', 'Adventure'],
  director: 'George Lucas',
};

const movie: MovieView = {
  id: 1,
  ...fields,
  created_at: '2026-11-24T09:30:00.000Z',
  updated_at: '2026-11-24T09:30:00.000Z',
};

const report: ReportView = {
  dry_run: false,
  read: 248,
  added: 246,
  changed: 1,
  unchanged: 0,
  superseded: 0,
  refused: 1,
  refusals: [{ row: 7, field: 'imdb_score', value: 'high', reason: 'must be a number' }],
  warnings: [],
};

const ImportProblem = Problem.extend(ReportView.partial().shape).meta({ id: 'ImportProblem' });

const detail = '1 of 248 rows is refused, so nothing was changed.';
const refused = {
  ...exampleOf('invalid'),
  detail,
  message: detail,
  errors: undefined,
  ...report,
  added: 0,
  changed: 0,
};

const one = { description: 'The movie', schema: MovieView, example: movie };

/** One documented API wraps its answers. */
const Found = MovieView.extend({ response: MovieView }).meta({ id: 'FoundMovie' });

const updateMovie: Operation = {
  id: 'updateMovie',
  tag: 'movies',
  summary: 'Change a movie',
  description: 'For administrators.',
  body: { popularity: 90 },
  answers: { 200: { ...one, example: { ...movie, popularity: 90 } } },
  errors: ['conflict', 'not_found'],
};

export const movies: Operations = {
  'GET /movies': {
    id: 'listMovies',
    tag: 'movies',
    summary: 'List or search movies',
    description:
      'With `q`, the best matches over name and director, best first: every word at the beginning of a word, without regard to case, accents and punctuation. Without it, by `sort` and `order`.',
    answers: {
      200: {
        description: 'A page; the address of the next one is in `Link`',
        schema: MoviePage,
        example: { movies: [movie], next_cursor: null },
        headers: ['Link'],
      },
    },
  },
  'GET /movies/:id': { id: 'getMovie', tag: 'movies', summary: 'Get a movie', answers: { 200: one } },
  'POST /search_movies_id/:id': {
    tag: 'movies',
    summary: 'Get a movie',
    description: 'For administrators. Use `GET /movies/{id}`. `response` is the movie once more.',
    deprecated: true,
    answers: {
      200: { description: 'The movie', schema: Found, example: { ...movie, response: movie } },
    },
  },
  'POST /movies': {
    id: 'addMovie',
    tag: 'movies',
    summary: 'Add a movie',
    description: 'For administrators.',
    body: fields,
    answers: { 201: { ...one, headers: ['Location'] } },
    errors: ['conflict'],
  },
  'PATCH /movies/:id': updateMovie,
  'POST /update_movies': {
    ...updateMovie,
    description: 'For administrators. Use `PATCH /movies/{id}`.',
    body: { id: 1, popularity: 90 },
    deprecated: true,
  },
  'DELETE /movies/:id': {
    id: 'deleteMovie',
    tag: 'movies',
    summary: 'Delete a movie',
    description: 'For administrators.',
    answers: { 204: { description: 'The movie is deleted' } },
  },
  'POST /movies/import': {
    id: 'importMovies',
    tag: 'movies',
    summary: 'Import movies from a file',
    description: [
      'For administrators. The file is a JSON array, NDJSON, or CSV with a header, in UTF-8, with the fields `name`, `99popularity`, `imdb_score`, `genre` and `director`, or those of `POST /movies`; CSV separates genres by `|`. A genre such as `Drama, Action` is split at `,`, `|` and `/` unless the catalogue has a genre of that name; `warnings` lists those.',
      'Movies that exist by name and director are changed where they differ, the others are added, all in one transaction. A refused row refuses the whole file (422, with the report) unless `partial=true`. `dry_run=true` reports what the accepted rows would do, and changes nothing.',
    ].join('\n\n'),
    form: { part: 'file', description: 'The file' },
    answers: {
      200: {
        description: 'What happened to the rows',
        schema: ReportView,
        example: { ...report, refused: 0, refusals: [] },
      },
    },
    errors: ['malformed', 'too_large', 'unsupported_type', 'invalid'],
    problems: {
      invalid: { schema: ImportProblem, example: refused },
    },
  },
};
