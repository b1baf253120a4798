import { createClient } from '@libsql/client/http';
import { runMigrations } from '../local/migrations.ts';
import { freePort, type OnEnd } from '../local/processes.ts';
import { startSqld } from '../local/sqld.ts';
import { listMovies } from '../src/domain/movies/catalogue.ts';
import { fillTexts } from '../src/domain/movies/searchFiller.ts';
import { listFeed, listOwn } from '../src/domain/photos/feeds.ts';
import { openDatabase } from '../src/storage/database.ts';
import { startBudget } from '../src/storage/requestBudget.ts';
import { discard, temporary } from '../test/support/dev.ts';

const SIZES = (process.env.SIZES ?? '1000 10000 100000 1000000').split(' ').map(Number);
const RUNS = 30;
const SEARCH_RUNS = 9;
/** How many times more a page may cost than at the smallest size, for noise and deeper B-trees. */
const MOST = 4;
/** A page of search texts may keep other writers waiting for so long, in milliseconds. */
const MAX_PAGE_MS = 1_000;
/** Rows that one statement inserts, so that none holds the write lock for long. */
const STEP = 20_000;

type Db = ReturnType<typeof openDatabase>;

const movies = (query: object) => (db: Db) => listMovies({ db }, { limit: 50, ...query });
const ORDERS = ['created_at', 'name', 'popularity', 'imdbScore'] as const;

/** These must cost the same at every size. */
const LISTS: Record<string, (db: Db) => Promise<{ next: string | null }>> = {
  'photos: the feed': (db) => listFeed({ db }, { order: 'desc', limit: 50 }, undefined),
  'photos: of one user': (db) => listFeed({ db }, { order: 'asc', limit: 50 }, 'user7'),
  'photos: own drafts': (db) => listOwn({ db }, 7, { order: 'desc', limit: 50 }, 'drafts'),
  ...Object.fromEntries(
    ORDERS.flatMap((sort) => [
      [`movies: by ${sort}`, movies({ sort })],
      [`movies: by ${sort}, of a genre`, movies({ sort, genre: 'genre 3', order: 'desc' })],
      [`movies: by ${sort}, of a director`, movies({ sort, director: 'director 5' })],
      [`movies: by ${sort}, score 7 to 8`, movies({ sort, min_score: 7, max_score: 8 })],
    ]),
  ),
};

/** No search may take longer than this at any size, in milliseconds. */
const MAX_SEARCH_MS = 100;

const SEARCHES: typeof LISTS = {
  'search: a word of every movie': movies({ q: 'movie' }),
  'search: a word of one movie in 1,000': movies({ q: 'word777' }),
  'search: two letters': movies({ q: 'wo' }),
  'search: a pair of CJK characters of one movie in 1,000': movies({ q: '影一' }),
  'search: a typo in a word of every movie': movies({ q: 'moive' }),
  'search: an unfinished word of every movie': movies({ q: 'internatio' }),
  'search: a pair of CJK characters of every movie': movies({ q: '電影' }),
  'search: two words that half of the movies have, and none has both': movies({ q: 'evenly oddly' }),
  'search: ten words': movies({ q: 'movei m i w o d 電 internatio evenly oddly' }),
  'search: nothing': movies({ q: 'xylophone' }),
};

const numbers = (from: number, to: number) =>
  `with recursive n(i) as (select ${from} union all select i + 1 from n where i < ${to})`;

const fill = async (url: string, from: number, to: number) => {
  const client = createClient({ url });
  for (let first = from + 1; first <= to; first += STEP) {
    const n = numbers(first, Math.min(first + STEP - 1, to));
    await client.batch([
      `insert into photos (account_id, key, filename, content_type, bytes, width, height, created_at, updated_at, published_at)
       ${n} select 1 + i % 10, 'k' || i, 'x', 'image/png', 1, 1, 1, i, i, case when i % 10 = 6 and i % 3 = 0 then null else i end from n`,
      `insert into movies (name, director, director_folded, popularity, imdb_score, created_at, updated_at)
       ${n} select 'Movie ' || (i * 7919 % 1000003) || ' word' || (i % 1000) || ' international ' ||
         case when i % 2 then 'oddly' else 'evenly' end || ' 電影' || char(19968 + i % 1000), 'Director ' || (i % 10), 'DIRECTOR ' || (i % 10),
       i * 31 % 1001 / 10.0, i * 17 % 101 / 10.0, i, i from n`,
      `update movies set director_folded = lower(director_folded) where id between ${first} and ${first + STEP}`,
      `insert into movie_genres (movie_id, position, genre, folded, name, popularity, imdb_score)
       select id, 0, 'Genre ' || (id % 10), 'genre ' || (id % 10), name, popularity, imdb_score from movies where id between ${first} and ${first + STEP}`,
    ]);
  }
  client.close();
};

/** Makes the search texts of new movies. Answers the longest that another writer may have waited for a page, in milliseconds. */
const fillSearch = async (url: string) => {
  let longest = 0;
  for (let left = true; left; ) {
    const start = performance.now();
    ({ left } = await fillTexts({ db: openDatabase({ LIBSQL_URL: url }, startBudget(60_000)) }, 1));
    longest = Math.max(longest, performance.now() - start);
  }
  return longest;
};

const median = (times: number[]) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;

const time = async (url: string, verb: (db: Db) => Promise<unknown>, runs: number) => {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const db = openDatabase({ LIBSQL_URL: url }, startBudget(60_000));
    const start = performance.now();
    await verb(db);
    times.push(performance.now() - start);
  }
  return median(times);
};

/**
 * Times a page of each list at 1k, 10k, 100k and 1M rows in one run. False where a list costs more as the table grows, where a search
 * takes more than 100 ms, or where making search texts keeps other writers waiting for more than a second. Filling takes long, so
 * DIRECTORY=… keeps the database there for the next run.
 */
export const run = async (onEnd: OnEnd): Promise<boolean> => {
  const { DIRECTORY } = process.env;
  const directory = DIRECTORY ?? temporary();
  if (!DIRECTORY) onEnd(async () => discard(directory));
  const { url } = await startSqld({ port: await freePort(), directory, onEnd });
  await runMigrations({ LIBSQL_URL: url });
  const client = createClient({ url });
  let filled = Number((await client.execute('select coalesce(max(id), 0) as n from movies')).rows[0]?.n);
  if (filled === 0)
    await client.batch([
      `insert into accounts (realm, username, username_folded, password_hash, created_at) ${numbers(1, 10)} select 'member', 'user' || i, 'user' || i, 'x', i from n`,
      `insert into identifiers (realm, folded, kind, account_id) select realm, username_folded, 'username', id from accounts`,
    ]);
  const costs = new Map<string, number[]>();
  let kept = true;
  const sizes = SIZES.filter((size) => size >= filled);
  for (const size of sizes) {
    const start = performance.now();
    await fill(url, filled, size);
    const longest = await fillSearch(url);
    kept &&= longest <= MAX_PAGE_MS;
    const seconds = (performance.now() - start) / 1000;
    console.log(
      `${size.toLocaleString('en')} rows (${seconds.toFixed(0)} s); a page of search texts took up to ${longest.toFixed(0)} ms`,
    );
    filled = size;
    for (const [name, verb] of Object.entries({ ...LISTS, ...SEARCHES }))
      costs.set(name, [
        ...(costs.get(name) ?? []),
        await time(url, verb, name in LISTS ? RUNS : SEARCH_RUNS),
      ]);
  }
  const columns = sizes.map((size) => size.toLocaleString('en')).join(', ');
  console.log(
    `a page of 50, the median of ${RUNS} (searches: ${SEARCH_RUNS}), in milliseconds, at ${columns} rows\n`,
  );
  for (const [name, times] of costs) {
    const ratio = (times.at(-1) ?? 0) / (times[0] ?? 1);
    const within = name in LISTS ? ratio < MOST : Math.max(...times) <= MAX_SEARCH_MS;
    kept &&= within;
    console.log(
      `${times.map((ms) => ms.toFixed(1).padStart(8)).join('')}   ×${ratio.toFixed(1).padEnd(6)} ${name}${within ? '' : '  TOO SLOW'}`,
    );
  }
  return kept;
};
