import { Hono } from 'hono';
import * as z from 'zod';
import type { MovieView } from '../../openapi/movies.ts';
import { listMovies, SORTS } from '../domain/movies/catalogue.ts';
import { MAX_GENRE_LENGTH, MAX_GENRES } from '../domain/movies/genres.ts';
import { addMovie, changeMovie, getMovie, type Movie, removeMovie } from '../domain/movies/movies.ts';
import type { Call, Context } from '../http/context.ts';
import { linkNextPage } from '../http/link.ts';
import { authenticate, authenticateConcurrently } from '../middleware/authenticate.ts';
import { validateBody, validateParam, validateQuery } from '../middleware/validate.ts';
import { ById, filled, label, Paging, text } from './inputs.ts';

const Label = label(500);
const Popularity = z.number().min(0).max(100);
const Score = z.number().min(0).max(10);
const Genres = z.array(text(MAX_GENRE_LENGTH)).max(MAX_GENRES);

export const NewMovie = z.object({
  movie_name: Label,
  popularity: Popularity,
  imdbScore: Score,
  genre: Genres,
  director: Label,
});
const Changes = NewMovie.partial();

const Listing = Paging.extend({
  q: filled(z.string().max(500)),
  genre: filled(z.string().max(100)),
  director: filled(z.string().max(500)),
  min_score: filled(z.coerce.number().min(0).max(10)),
  max_score: filled(z.coerce.number().min(0).max(10)),
  sort: filled(z.enum(SORTS)),
  order: filled(Paging.shape.order),
});

const viewMovie = (movie: Movie): MovieView => ({
  id: movie.id,
  movie_name: movie.name,
  popularity: movie.popularity,
  imdbScore: movie.imdbScore,
  genre: movie.genres,
  director: movie.director,
  created_at: new Date(movie.createdAt).toISOString(),
  updated_at: new Date(movie.updatedAt).toISOString(),
});

const fieldsOf = ({ movie_name, genre, ...rest }: z.output<typeof Changes>) => ({
  ...rest,
  name: movie_name,
  genres: genre,
});

export const admin = { realm: 'member', role: 'admin' } as const;
const change = async (c: Call, id: number, changes: z.output<typeof Changes>) =>
  viewMovie(await changeMovie(c.var, id, fieldsOf(changes)));

export const movies = new Hono<Context>()
  .get('/movies', authenticateConcurrently({ realm: 'member' }), validateQuery(Listing), async (c) => {
    const page = await listMovies(c.var, c.req.valid('query'));
    linkNextPage(c, page.next);
    return c.json({ movies: page.items.map(viewMovie), next_cursor: page.next });
  })
  .get('/movies/:id', authenticateConcurrently({ realm: 'member' }), validateParam(ById), async (c) =>
    c.json(viewMovie(await getMovie(c.var, c.req.valid('param').id))),
  )
  .post('/search_movies_id/:id', authenticateConcurrently(admin), validateParam(ById), async (c) => {
    const movie = viewMovie(await getMovie(c.var, c.req.valid('param').id));
    return c.json({ ...movie, response: movie });
  })
  .post('/movies', authenticate(admin), validateBody(NewMovie), async (c) => {
    const { movie_name: name, genre: genres, ...rest } = c.req.valid('json');
    const movie = await addMovie(c.var, { ...rest, name, genres });
    return c.json(viewMovie(movie), 201, { Location: `/movies/${movie.id}` });
  })
  .patch('/movies/:id', authenticate(admin), validateParam(ById), validateBody(Changes), async (c) =>
    c.json(await change(c, c.req.valid('param').id, c.req.valid('json'))),
  )
  .post('/update_movies', authenticate(admin), validateBody(Changes.extend({ id: z.int() })), async (c) => {
    const { id, ...changes } = c.req.valid('json');
    return c.json(await change(c, id, changes));
  })
  .delete('/movies/:id', authenticate(admin), validateParam(ById), async (c) => {
    await removeMovie(c.var, c.req.valid('param').id);
    return c.body(null, 204);
  });
