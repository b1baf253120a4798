import type { Movie, MovieFields } from 'darkroom-client';
import { client } from '../session/session.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { Field, Form, Submit } from '../ui/Form.tsx';

type Props = { movie?: Movie; onClose: () => void; onDone: (movie: Movie) => void };

/** What is not a number stays as it was written, so that the API says so beside its field. */
const numberOf = (text: string | undefined): number => {
  const value = Number(text?.replace(',', '.'));
  return text?.trim() && Number.isFinite(value) ? value : (text as unknown as number);
};

const readMovie = (fields: Record<string, string>): MovieFields => ({
  movie_name: fields.movie_name ?? '',
  director: fields.director ?? '',
  genre: (fields.genre ?? '')
    .split(',')
    .map((genre) => genre.trim())
    .filter(Boolean),
  imdbScore: numberOf(fields.imdbScore),
  popularity: numberOf(fields.popularity),
});

/** Adds a movie, or changes one. */
export const MovieForm = ({ movie, onClose, onDone }: Props) => (
  <Dialog title={movie ? 'Change the movie' : 'Add a movie'} onClose={onClose}>
    <Form
      label={movie ? 'Change the movie' : 'Add a movie'}
      onSend={async (fields) => {
        const wanted = readMovie(fields);
        onDone(await (movie ? client.updateMovie(movie.id, wanted) : client.addMovie(wanted)));
      }}
    >
      <Field name="movie_name" label="Name" value={movie?.movie_name ?? ''} autofocus required />
      <Field name="director" label="Director" value={movie?.director ?? ''} required />
      <Field name="genre" label="Genres" hint="Separated by commas." value={movie?.genre.join(', ') ?? ''} />
      <div class="pair">
        <Field
          name="imdbScore"
          label="Score, 0 to 10"
          inputMode="decimal"
          value={movie ? String(movie.imdbScore) : ''}
          required
        />
        <Field
          name="popularity"
          label="Popularity, 0 to 100"
          inputMode="decimal"
          value={movie ? String(movie.popularity) : ''}
          required
        />
      </div>
      <div class="actions">
        <Submit>{movie ? 'Save' : 'Add'}</Submit>
        <button type="button" class="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </Form>
  </Dialog>
);
