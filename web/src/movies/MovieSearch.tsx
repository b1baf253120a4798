import { useEffect, useRef } from 'preact/hooks';
import { go, route } from '../router.ts';
import { Icon } from '../ui/Icon.tsx';
import { countFilters, SORTS } from './query.ts';

/** In milliseconds: how long the typing pauses before the search begins. */
const PAUSE = 200;

const SCORES = { inputMode: 'decimal', type: 'number', min: 0, max: 10, step: 0.1 } as const;

/** Words, filters and an order, all of which are in the page's address. */
export const MovieSearch = () => {
  const form = useRef<HTMLFormElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const { query } = route.value;
  const send = () => {
    clearTimeout(timer.current);
    if (!form.current) return;
    const filled = [...new FormData(form.current)].filter(([, value]) => String(value).trim() !== '');
    const params = new URLSearchParams(filled as [string, string][]);
    if (params.get('sort') === 'created_at desc') params.delete('sort');
    go(params.size > 0 ? `/movies?${params}` : '/movies', { replace: true, quiet: true });
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  const filters = countFilters(query);
  return (
    <search>
      <form
        ref={form}
        class="movie-search"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
        onInput={() => {
          clearTimeout(timer.current);
          timer.current = setTimeout(send, PAUSE);
        }}
      >
        <div class="filter wide">
          <Icon name="search" />
          <input
            type="search"
            name="q"
            aria-label="Search movies and directors"
            placeholder="Search movies and directors"
            autocomplete="off"
            dir="auto"
            defaultValue={query.get('q') ?? ''}
          />
        </div>
        <select class="box" name="sort" aria-label="Order" defaultValue={query.get('sort') ?? ''}>
          {Object.entries(SORTS).map(([value, words]) => (
            <option key={value} value={value} selected={query.get('sort') === value}>
              {words}
            </option>
          ))}
        </select>
        <details class="filters" open={filters > 0}>
          <summary class="button">Filters{filters > 0 && ` (${filters})`}</summary>
          <div class="filter-fields">
            <label>
              Genre
              <input class="box" name="genre" dir="auto" defaultValue={query.get('genre') ?? ''} />
            </label>
            <label>
              Director
              <input class="box" name="director" dir="auto" defaultValue={query.get('director') ?? ''} />
            </label>
            <label>
              Score from
              <input class="box" name="min_score" {...SCORES} defaultValue={query.get('min_score') ?? ''} />
            </label>
            <label>
              Score to
              <input class="box" name="max_score" {...SCORES} defaultValue={query.get('max_score') ?? ''} />
            </label>
          </div>
        </details>
      </form>
    </search>
  );
};
