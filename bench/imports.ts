import { createClient } from '@libsql/client/http';
import { runMigrations } from '../local/migrations.ts';
import { freePort, type OnEnd } from '../local/processes.ts';
import { startSqld } from '../local/sqld.ts';
import { type ImportRow, importMovies } from '../src/domain/movies/imports.ts';
import { openDatabase } from '../src/storage/database.ts';
import { startBudget } from '../src/storage/requestBudget.ts';
import { discard, temporary } from '../test/support/dev.ts';

/** Up to this many rows, other writers only wait. sqld takes the lock away from a commit of more than 5 s. */
const HARMLESS = 10_000;
const SIZES = [248, HARMLESS, 100_000];

async function* rowsOf(size: number, score: number): AsyncGenerator<ImportRow> {
  for (let row = 1; row <= size; row++)
    yield {
      row,
      movie: {
        name: `movie ${(row * 7919) % 1000003} of ${size}`,
        director: `Director ${row % 997}`,
        popularity: (row * 31) % 100,
        imdbScore: score,
        genres: ['Drama', `Genre ${row % 20}`, 'Adventure'],
      },
    };
}

/** The longest wait of a small write while the work ran, in milliseconds, and how many small writes failed. */
const writeBeside = async (url: string, work: () => Promise<unknown>) => {
  let done = false;
  let longest = 0;
  let failed = 0;
  const writing = (async () => {
    while (!done) {
      const db = openDatabase({ LIBSQL_URL: url }, startBudget(60_000));
      const start = performance.now();
      await db.run("update probe set at = 'x'").catch(() => failed++);
      longest = Math.max(longest, performance.now() - start);
    }
  })();
  await work();
  done = true;
  await writing;
  return { longest, failed };
};

/**
 * Measures how long the commit of an import holds the write lock: the longest request of the import, and up to 10,000 rows also
 * the longest wait of another writer. False if another writer failed.
 */
export const run = async (onEnd: OnEnd): Promise<boolean> => {
  const directory = temporary();
  onEnd(async () => discard(directory));
  const { url } = await startSqld({ port: await freePort(), directory, onEnd });
  await runMigrations({ LIBSQL_URL: url });
  await createClient({ url }).execute('create table probe as select 0 as at');
  let harmless = true;
  for (const size of SIZES)
    for (const [what, score] of [
      ['added', 5],
      ['changed', 6],
      ['the same', 6],
    ] as const) {
      const budget = startBudget(60_000);
      let commit = 0;
      const timed: typeof budget = {
        ...budget,
        track: async (dependency, work) => {
          const start = performance.now();
          const result = await budget.track(dependency, work);
          commit = Math.max(commit, performance.now() - start);
          return result;
        },
      };
      const tools = {
        db: openDatabase({ LIBSQL_URL: url }, timed),
        budget,
        now: Date.now,
        background: () => {},
      };
      const start = performance.now();
      const work = () => importMovies(tools, rowsOf(size, score), { partial: false, dryRun: false });
      const beside = size <= HARMLESS ? await writeBeside(url, work) : await work().then(() => undefined);
      harmless &&= !beside?.failed;
      const columns = [
        `${size.toLocaleString('en').padStart(7)} rows ${what.padEnd(8)}`,
        `${(performance.now() - start).toFixed(0).padStart(6)} ms in all, ${budget.count()} requests`,
        `the commit ${commit.toFixed(0).padStart(5)} ms`,
        beside && `another writer waited up to ${beside.longest.toFixed(0)} ms (${beside.failed} failed)`,
      ];
      console.log(columns.filter(Boolean).join('; '));
    }
  return harmless;
};
