import { useSignal } from '@preact/signals';
import type { Movie } from 'darkroom-client';
import { useEffect, useMemo } from 'preact/hooks';
import { href, route } from '../router.ts';
import { client, isAdmin } from '../session/session.ts';
import { type Growing, openList } from '../ui/growing.ts';
import { Icon } from '../ui/Icon.tsx';
import { MoreWhenSeen } from '../ui/MoreWhenSeen.tsx';
import { removeLater } from '../ui/pending.ts';
import { Empty, Failed, Lines, Loading } from '../ui/states.tsx';
import { say } from '../ui/toasts.tsx';
import { sayError } from '../words.ts';
import { MovieForm } from './MovieForm.tsx';
import { MovieSearch } from './MovieSearch.tsx';
import { readQuery } from './query.ts';

const Line = ({ movie, onEdit, onRemove }: { movie: Movie; onEdit: () => void; onRemove: () => void }) => (
  <li class="movie">
    <div class="movie-words">
      <p class="movie-name">
        <bdi>{movie.movie_name}</bdi>
      </p>
      <p class="hint">
        <bdi>{movie.director}</bdi>
      </p>
    </div>
    <p class="movie-genres hint">
      <bdi>{movie.genre.join(', ')}</bdi>
    </p>
    <p class="movie-number">
      <span class="unseen">Score </span>
      <strong>{movie.imdbScore.toFixed(1)}</strong>
    </p>
    <p class="movie-number hint">
      {movie.popularity}
      <span class="unseen"> popularity</span>
    </p>
    {isAdmin.value && (
      <div class="movie-actions">
        <button type="button" class="plain" aria-label={`Change ${movie.movie_name}`} onClick={onEdit}>
          <Icon name="pencil" />
        </button>
        <button type="button" class="plain" aria-label={`Delete ${movie.movie_name}`} onClick={onRemove}>
          <Icon name="trash" />
        </button>
      </div>
    )}
  </li>
);

const remove = (movie: Movie, list: Growing<Movie>) => {
  const putBack = list.remove(movie.id);
  removeLater(`“${movie.movie_name}” deleted.`, {
    send: () => client.deleteMovie(movie.id),
    onUndo: putBack,
    onFailure: (error) => {
      putBack();
      say(sayError(error));
    },
  });
};

const Nothing = ({ isSearch }: { isSearch: boolean }) =>
  isSearch ? (
    <Empty icon="search" title="No movie is like that">
      <p>Try fewer letters, or take a filter away.</p>
      <a class="button" href={href('/movies')}>
        Show all movies
      </a>
    </Empty>
  ) : (
    <Empty icon="movies" title="The catalogue is empty">
      <p>{isAdmin.value ? 'Add a movie, or import a file of them.' : 'An administrator fills it.'}</p>
    </Empty>
  );

/** The movie catalogue: everyone searches it, administrators write it. */
export const Movies = () => {
  const asked = route.value.query.toString();
  const query = useMemo(() => readQuery(new URLSearchParams(asked)), [asked]);
  const list = useMemo(() => openList(client.listMovies(query)), [query]);
  const editing = useSignal<Movie | 'new' | undefined>(undefined);
  useEffect(() => void list.reload(), [list]);
  const { items, isWhole, isLoading, error } = list;
  return (
    <div class="column wide">
      <header class="head">
        <h1 tabIndex={-1}>Movies</h1>
        {isAdmin.value && (
          <div class="actions">
            <a class="button" href={href('/movies/import')}>
              <Icon name="upload" /> Import
            </a>
            <button
              type="button"
              class="button main"
              onClick={() => {
                editing.value = 'new';
              }}
            >
              <Icon name="plus" /> Add
            </button>
          </div>
        )}
      </header>
      <MovieSearch />
      {items.value.length > 0 && (
        <div class="movie movie-heads hint" aria-hidden="true">
          <span>Movie</span>
          <span>Genres</span>
          <span class="movie-number">Score</span>
          <span class="movie-number">Popularity</span>
        </div>
      )}
      <ul class="movies" aria-busy={isLoading.value}>
        {items.value.map((movie) => (
          <Line
            key={movie.id}
            movie={movie}
            onEdit={() => {
              editing.value = movie;
            }}
            onRemove={() => remove(movie, list)}
          />
        ))}
      </ul>
      {isWhole.value && items.value.length === 0 && <Nothing isSearch={asked !== ''} />}
      {items.value.length === 0 && isLoading.value && (
        <Loading what="The catalogue">
          <Lines count={8} />
        </Loading>
      )}
      {error.value ? <Failed error={error.value} retry={() => void list.loadMore()} /> : null}
      <MoreWhenSeen list={list} />
      {editing.value && (
        <MovieForm
          {...(editing.value !== 'new' && { movie: editing.value })}
          onClose={() => {
            editing.value = undefined;
          }}
          onDone={(movie) => {
            if (editing.value === 'new') void list.reload();
            else list.replace(movie);
            say(editing.value === 'new' ? `“${movie.movie_name}” added.` : 'Saved.');
            editing.value = undefined;
          }}
        />
      )}
    </div>
  );
};
