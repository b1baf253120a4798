import { type List, listOf } from './lists.ts';
import { type Api, body, type Upload } from './transport.ts';
import { byId, type ImportReport, type Movie, type Order } from './types.ts';
import type { UploadOptions } from './uploads.ts';

export type MovieFields = Pick<Movie, 'movie_name' | 'popularity' | 'imdbScore' | 'genre' | 'director'>;

export type MovieQuery = {
  /** Words of the name or the director; then the best matches come first, whatever `sort` says. */
  q?: string;
  genre?: string;
  director?: string;
  min_score?: number;
  max_score?: number;
  sort?: 'created_at' | 'name' | 'popularity' | 'imdbScore';
  order?: Order;
  limit?: number;
};

export type ImportOptions = UploadOptions & {
  /** Only reports what would happen. */
  dryRun?: boolean;
  /** Takes the rows that are right, where others are refused. */
  partial?: boolean;
};

/** The movie catalogue, which administrators write. */
export const moviesOf = (api: Api, upload: Upload) => ({
  listMovies: (query: MovieQuery = {}): List<Movie> =>
    listOf(async (cursor, signal) => {
      const options = {
        params: { query: { ...query, ...(cursor && { cursor }) } },
        ...(signal && { signal }),
      };
      const { movies, next_cursor: next } = await body(api.GET('/movies', options));
      return { items: movies, next };
    }),

  getMovie: (id: number): Promise<Movie> => body(api.GET('/movies/{id}', { params: byId(id) })),

  /** @throws ProblemError `conflict` where name and director are there */
  addMovie: (movie: MovieFields): Promise<Movie> => body(api.POST('/movies', { body: movie })),

  updateMovie: (id: number, changes: Partial<MovieFields>): Promise<Movie> =>
    body(api.PATCH('/movies/{id}', { params: byId(id), body: changes })),

  async deleteMovie(id: number): Promise<void> {
    await api.DELETE('/movies/{id}', { params: byId(id) });
  },

  /** Imports JSON, NDJSON or CSV. @throws ProblemError `invalid`: `problem` is the report of what was refused */
  importMovies(file: Blob, { dryRun, partial, ...options }: ImportOptions = {}): Promise<ImportReport> {
    const form = new FormData();
    form.set('file', file, 'name' in file ? String(file.name) : 'movies');
    const query = new URLSearchParams({
      ...(dryRun && { dry_run: 'true' }),
      ...(partial && { partial: 'true' }),
    });
    return upload<ImportReport>(`/movies/import?${query}`, form, options);
  },
});
