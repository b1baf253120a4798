import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createClient } from '@libsql/client/http';
import { drizzle } from 'drizzle-orm/libsql/http';
import { migrate } from 'drizzle-orm/libsql/migrator';
import { afterAll, expect, it } from 'vitest';
import { expectMigrated, runMigrations } from '../../local/migrations.ts';
import { freePort } from '../../local/processes.ts';
import { ROOT } from '../../local/settings.ts';
import { startSqld } from '../../local/sqld.ts';
import { listMovies } from '../../src/domain/movies/catalogue.ts';
import { importMovies } from '../../src/domain/movies/imports.ts';
import { addMovie, changeMovie, removeMovie } from '../../src/domain/movies/movies.ts';
import { fillTexts } from '../../src/domain/movies/searchFiller.ts';
import { openDatabase } from '../../src/storage/database.ts';
import { startBudget } from '../../src/storage/requestBudget.ts';
import { discard, temporary } from '../support/dev.ts';

const journal = JSON.parse(readFileSync(path.join(ROOT, 'migrations/meta/_journal.json'), 'utf8'));
const tags: string[] = journal.entries.map(({ tag }: { tag: string }) => tag);
/** More than one page of search texts. */
const ROWS = 1_203;

const directory = temporary();
const ends: (() => Promise<unknown>)[] = [async () => discard(directory)];
afterAll(async () => {
  for (const end of ends.reverse()) await end();
});

let databases = 0;
const startDatabase = async () => {
  const data = path.join(directory, `database${databases++}`);
  const { url } = await startSqld({
    port: await freePort(),
    directory: data,
    onEnd: (end) => ends.push(end),
  });
  const client = createClient({ url });
  ends.push(async () => client.close());
  return { url, client };
};

/** The first migrations, as the release that they came with had them. */
const migrateUpTo = async (client: ReturnType<typeof createClient>, count: number) => {
  const folder = path.join(directory, `migrations${count}`);
  mkdirSync(path.join(folder, 'meta'), { recursive: true });
  for (const tag of tags.slice(0, count))
    cpSync(path.join(ROOT, 'migrations', `${tag}.sql`), path.join(folder, `${tag}.sql`));
  const entries = journal.entries.slice(0, count);
  writeFileSync(path.join(folder, 'meta/_journal.json'), JSON.stringify({ ...journal, entries }));
  await migrate(drizzle(client), { migrationsFolder: folder });
};

const addRows = (client: ReturnType<typeof createClient>, rows: number) =>
  client.batch([
    `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${rows})
     insert into movies (name, director, director_folded, popularity, imdb_score, created_at, updated_at)
     select 'Spider-Man ' || i, 'Jon Wätts', 'jon wätts', i % 101, 5, 0, 0 from n`,
    `insert into movie_genres (movie_id, position, genre, folded, name, popularity, imdb_score)
     select id, 0, 'Action', 'action', name, popularity, imdb_score from movies`,
  ]);

const toolsFor = (url: string) => {
  const budget = startBudget(60_000);
  return {
    db: openDatabase({ LIBSQL_URL: url }, budget),
    budget,
    now: Date.now,
    background: () => {},
  };
};
type Tools = ReturnType<typeof toolsFor>;

const search = async (tools: Tools, q: string) =>
  (await listMovies(tools, { q, limit: 100 })).items.map(({ name }) => name);

const expectMissing = (url: string, tag: string | undefined) =>
  expect(expectMigrated({ LIBSQL_URL: url })).rejects.toThrow(`${tag}. Run npm run db:migrate first`);

it.each(tags.map((tag, i) => [tag, i + 1] as const))(
  'rows of a database at migration %s are found, changed, removed and imported after the next ones',
  async (_, count) => {
    const { url, client } = await startDatabase();
    await migrateUpTo(client, count);
    await addRows(client, ROWS);
    if (count < tags.length) await expectMissing(url, tags.at(-1));
    await runMigrations({ LIBSQL_URL: url });
    await expectMigrated({ LIBSQL_URL: url });
    const tools = toolsFor(url);
    expect(await search(tools, 'spiderman 1203')).toEqual(['Spider-Man 1203']);
    expect(await search(tools, 'watts')).toHaveLength(100);
    await changeMovie(tools, 7, { name: 'Renamed', popularity: 99 });
    await removeMovie(tools, 8);
    expect([await search(tools, 'renamed'), await search(tools, '"Spider-Man 8"')]).toEqual([
      ['Renamed'],
      expect.not.arrayContaining(['Spider-Man 8']),
    ]);
    async function* rows() {
      for (const name of ['Spider-Man 9', 'Spider-Man X'])
        yield {
          row: 1,
          movie: { name, director: 'Jon Wätts', popularity: 1, imdbScore: 9, genres: ['Drama'] },
        };
    }
    expect(await importMovies(tools, rows(), { partial: false, dryRun: false })).toMatchObject({
      added: 1,
      changed: 1,
    });
    expect(await search(tools, 'spiderman 9')).toContain('Spider-Man 9');
    expect(await search(tools, 'spiderman x')).toEqual(['Spider-Man X']);
    await fillTexts(tools, 10);
    expect(await search(tools, 'renamed')).toEqual(['Renamed']);
    const { rows: texts } = await client.execute(
      'select count(*) as texts, (select count(*) from movies) as movies, (select count(*) from movie_text_queue) as queued from movie_texts',
    );
    expect(texts[0]).toMatchObject({ texts: ROWS, movies: ROWS, queued: 0 });
    await client.execute("insert into movie_texts (movie_texts) values ('integrity-check')");
  },
);

it('makes search texts in pages, goes on where it was stopped, and searches what it has so far', async () => {
  const { url, client } = await startDatabase();
  await migrateUpTo(client, 1);
  await addRows(client, ROWS);
  await migrate(drizzle(client), { migrationsFolder: path.join(ROOT, 'migrations') });
  const tools = toolsFor(url);
  expect(await search(tools, 'watts')).toEqual([]);
  expect(await fillTexts(tools, 1)).toEqual({ texts: 250, left: true });
  expect(await search(tools, 'spiderman 250')).toEqual(['Spider-Man 250']);
  expect(await search(tools, 'spiderman 251')).toEqual([]);
  const { id } = await addMovie(tools, {
    name: 'Made meanwhile',
    director: 'x',
    popularity: 1,
    imdbScore: 1,
    genres: [],
  });
  await changeMovie(tools, 600, { name: 'Renamed meanwhile' });
  await removeMovie(tools, 700);
  expect(await search(tools, 'meanwhile')).toEqual(['Made meanwhile']);
  const { rows: queue } = await client.execute('select first, last from movie_text_queue order by first');
  expect(queue).toMatchObject([
    { first: 251, last: ROWS },
    { first: 600, last: 600 },
  ]);
  const both = await Promise.all([fillTexts(tools, 100), fillTexts(toolsFor(url), 100)]);
  expect(both.map(({ left }) => left)).toEqual([false, false]);
  expect((await search(tools, 'meanwhile')).sort()).toEqual(['Made meanwhile', 'Renamed meanwhile']);
  expect(await search(tools, 'spiderman 1203')).toEqual(['Spider-Man 1203']);
  expect(await fillTexts(tools, 1)).toEqual({ texts: 0, left: false });
  expect(id).toBe(ROWS + 1);
});

it('finds what was written past the Worker, once the cron has made its text', async () => {
  const { url, client } = await startDatabase();
  await runMigrations({ LIBSQL_URL: url });
  const tools = toolsFor(url);
  await addRows(client, 3);
  await fillTexts(tools, 10);
  await client.execute("update movies set name = 'Past the Worker', popularity = 77 where id = 2");
  expect(await search(tools, 'past')).toEqual([]);
  await fillTexts(tools, 10);
  expect([await search(tools, 'past'), await search(tools, 'spiderman 2')]).toEqual([
    ['Past the Worker'],
    [],
  ]);
});

it('says which migration a database lacks, and when it cannot be asked', async () => {
  const { url, client } = await startDatabase();
  await expectMissing(url, tags.at(-1));
  await migrateUpTo(client, tags.length - 1);
  await expectMissing(url, tags.at(-1));
  await expect(expectMigrated({ LIBSQL_URL: `http://127.0.0.1:${await freePort()}` })).rejects.toThrow(
    'Could not ask the database',
  );
});

it('counts what accounts store already', async () => {
  const { url, client } = await startDatabase();
  await migrateUpTo(client, tags.indexOf('0008_storage_usage'));
  const insertAccount = (id: number) =>
    `insert into accounts (id, realm, username, username_folded, password_hash, created_at)
     values (${id}, 'member', 'u${id}', 'u${id}', 'x', 0)`;
  const insertPhoto = (account: number, key: string) =>
    `insert into photos (account_id, key, filename, content_type, bytes, width, height, created_at, updated_at)
     values (${account}, '${key}', 'a', 'image/png', 100, 1, 1, 0, 0)`;
  await client.batch([
    ...[1, 2, 3].map(insertAccount),
    insertPhoto(1, 'a'),
    insertPhoto(1, 'b'),
    insertPhoto(2, 'c'),
    "insert into files (account_id, name, key, bytes, created_at) values (1, 'f', 'd', 7, 0)",
  ]);
  await runMigrations({ LIBSQL_URL: url });
  await client.batch(["delete from photos where key = 'b'", insertPhoto(3, 'e')]);
  const { rows } = await client.execute('select account_id, bytes, photos, files from storage_usage');
  expect(rows.map((row) => Object.values(row).slice(0, 4))).toEqual([
    [1, 107, 1, 1],
    [2, 100, 1, 0],
    [3, 100, 1, 0],
  ]);
});
