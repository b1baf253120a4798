import { env } from 'cloudflare:workers';
import { expect, it, vi } from 'vitest';
import {
  type ImportRow,
  importMovies,
  type Report,
  sweepImports,
} from '../../../src/domain/movies/imports.ts';
import { readSettings } from '../../../src/env.ts';
import { startBudget } from '../../../src/storage/requestBudget.ts';
import { openTools } from '../../../src/storage/tools.ts';
import { freshName } from '../../support/api.ts';
import { db } from '../../support/database.ts';
import { FAULTS, withFault } from '../../support/wire.ts';

const ROWS = 6_000; // staged in two requests

async function* rowsOf(name: string, score: number): AsyncGenerator<ImportRow> {
  for (let row = 1; row <= ROWS; row++)
    yield {
      row,
      movie: { name: `${name} ${row}`, director: 'x', popularity: 1, imdbScore: score, genres: ['Drama'] },
    };
}

const importAll =
  (name: string, score = 5) =>
  (tools: Parameters<typeof importMovies>[0]) =>
    importMovies(tools, rowsOf(name, score), { partial: false, dryRun: false });

const count = async (sql: string, ...args: (string | number)[]) =>
  Number((await db.execute({ sql, args })).rows[0]?.n);
const present = (name: string, score: number) =>
  count('select count(*) as n from movies where name glob ? and imdb_score = ?', `${name} *`, score);
const genres = (name: string) =>
  count('select count(*) as n from movie_genres where name glob ?', `${name} *`);
const staged = () =>
  count(
    'select (select count(*) from import_rows) + (select count(*) from imports where committed_at is null) as n',
  );
const sweepLater = () =>
  sweepImports({
    ...openTools(env, readSettings(env), startBudget(60_000), () => {}),
    now: () => Date.now() + 3_700_000,
  });

it('sends two requests to the database for 6,000 rows', async () => {
  const { outcome, calls } = await withFault(undefined, 0, importAll(freshName()));
  expect(outcome).toMatchObject({ value: { read: ROWS, added: ROWS } });
  expect(calls).toBe(2);
});

it.each(FAULTS.flatMap((fault) => [0, 1, 2].map((at) => [fault, at] as const)))(
  'imports all or nothing when its database fails with “%s” at call %i, and the next import completes it',
  async (fault, at) => {
    const name = freshName('fault');
    await withFault(undefined, 0, importAll(name, 4));
    const { outcome } = await withFault(fault, at, importAll(name, 5));
    const changed = await present(name, 5);
    expect([0, ROWS]).toContain(changed);
    expect(await present(name, 4)).toBe(ROWS - changed);
    expect(await genres(name)).toBe(ROWS);
    if (outcome !== 'dead' && 'value' in outcome)
      expect([outcome.value.changed, changed]).toEqual([ROWS, ROWS]);
    else if (outcome !== 'dead') expect(changed).toBe(0);
    if (outcome !== 'dead') expect(await staged()).toBe(0);
    const again = await withFault(undefined, 0, importAll(name, 5));
    expect((again.outcome as { value: Report }).value).toMatchObject({
      changed: ROWS - changed,
      unchanged: changed,
    });
    await sweepLater();
    expect(await staged()).toBe(0);
  },
);

it('reports a commit whose reply was lost', async () => {
  const { outcome } = await withFault('lose', 1, importAll(freshName()));
  expect(outcome).toMatchObject({ value: { added: ROWS, changed: 0 } });
});

it.each(['refuse', 'lose'] as const)(
  'answers 503 when the database also fails with “%s” while it looks the outcome up',
  async (fault) => {
    const name = freshName('unknown');
    const { outcome } = await withFault(fault, [1, 2], importAll(name));
    expect(outcome).toMatchObject({ error: { code: 'unavailable' } });
    expect(await present(name, 5)).toBe(fault === 'lose' ? ROWS : 0);
    const again = await withFault(undefined, 0, importAll(name));
    expect(again.outcome).toMatchObject({ value: { unchanged: fault === 'lose' ? ROWS : 0 } });
    await sweepLater();
  },
);

it.each(['refuse', 'lose'] as const)(
  'leaves no staged rows after a dry run whose last request fails with “%s”',
  async (fault) => {
    const name = freshName('dry');
    const dry = (tools: Parameters<typeof importMovies>[0]) =>
      importMovies(tools, rowsOf(name, 5), { partial: false, dryRun: true });
    const { outcome } = await withFault(fault, 1, dry);
    expect(outcome).toMatchObject({ error: { code: 'unavailable' } });
    expect([await present(name, 5), await staged()]).toEqual([0, 0]);
  },
);

it('never commits an import that was closed, even if its first request arrives late', async () => {
  const name = freshName('late');
  const real = globalThis.fetch;
  const late: Request[] = [];
  const spy = vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    if (late.length > 0 || !String(input).startsWith(env.LIBSQL_URL)) return real(input, init);
    late.push(new Request(String(input), { ...init, signal: null }));
    throw new Error('Network connection lost');
  });
  const tools = openTools(env, readSettings(env), startBudget(60_000), () => {});
  async function* one(): AsyncGenerator<ImportRow> {
    yield { row: 1, movie: { name: `${name} 1`, director: 'x', popularity: 1, imdbScore: 5, genres: [] } };
  }
  await expect(importMovies(tools, one(), { partial: false, dryRun: false })).rejects.toMatchObject({
    code: 'unavailable',
  });
  spy.mockRestore();
  await Promise.all(late.map((request) => fetch(request)));
  expect([late.length, await present(name, 5)]).toEqual([1, 0]);
  await sweepLater();
});

it('commits nothing if its staged rows were swept while more rows arrived', async () => {
  const name = freshName('swept');
  const tools = openTools(env, readSettings(env), startBudget(60_000), () => {});
  async function* swept() {
    for await (const row of rowsOf(name, 5)) {
      if (row.row === 5_500) await sweepLater();
      yield row;
    }
  }
  await expect(importMovies(tools, swept(), { partial: false, dryRun: false })).rejects.toMatchObject({
    code: 'unavailable',
  });
  expect([await present(name, 5), await staged()]).toEqual([0, 0]);
});

it('sweeps staged imports that are older than an hour, and no younger ones', async () => {
  const tools = openTools(env, readSettings(env), startBudget(60_000), () => {});
  const insert = (id: string, age: number) => [
    { sql: 'insert into imports (id, created_at) values (?, ?)', args: [id, Date.now() - age] },
    {
      sql: `insert into import_rows (import_id, number, name, director, director_folded, popularity, imdb_score, genres)
            values (?, 1, ?, 'x', 'x', 1, 1, '[]')`,
      args: [id, id],
    },
  ];
  const [old, young] = [freshName('old'), freshName('young')];
  await db.batch([...insert(old, 3_700_000), ...insert(young, 3_000_000)]);
  await sweepImports(tools);
  const left = await db.execute({
    sql: 'select import_id from import_rows where import_id in (?, ?)',
    args: [old, young],
  });
  expect(left.rows.map(({ import_id }) => import_id)).toEqual([young]);
  await sweepLater();
  expect(await staged()).toBe(0);
});
