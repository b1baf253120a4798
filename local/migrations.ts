import path from 'node:path';
import { createClient } from '@libsql/client/http';
import { drizzle } from 'drizzle-orm/libsql/http';
import { migrate } from 'drizzle-orm/libsql/migrator';
import { fillTexts } from '../src/domain/movies/searchFiller.ts';
import { openDatabase } from '../src/storage/database.ts';
import { findMissingMigrations } from '../src/storage/migrations.ts';
import { startBudget } from '../src/storage/requestBudget.ts';
import { Sentence } from './processes.ts';
import { ROOT } from './settings.ts';

type Address = { LIBSQL_URL: string; LIBSQL_AUTH_TOKEN?: string | undefined };

/** What a database may take for the requests of a command, in milliseconds. */
const TIMEOUT_MS = 60_000;
const PAGES_AT_ONCE = 20;

const messageOf = (error: unknown) => {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message : message;
};

/** Makes the search texts of all movies that wait for them. `report` learns how many it has made. */
const fillAllTexts = async (address: Address, report: (texts: number) => void): Promise<void> => {
  let texts = 0;
  for (let left = true; left; ) {
    const db = openDatabase(address, startBudget(TIMEOUT_MS));
    const filled = await fillTexts({ db }, PAGES_AT_ONCE);
    texts += filled.texts;
    left = filled.left;
    if (filled.texts > 0) report(texts);
  }
};

/**
 * Applies the migrations of a folder that a database lacks, then makes the search texts of the movies in it. If it is interrupted, run
 * it again. @throws Sentence with the database's own message
 */
export const runMigrations = async (
  address: Address,
  {
    folder = path.join(ROOT, 'migrations'),
    report = () => {},
  }: { folder?: string; report?: (texts: number) => void } = {},
): Promise<void> => {
  const { LIBSQL_URL: url, LIBSQL_AUTH_TOKEN: authToken } = address;
  const client = createClient({ url, ...(authToken && { authToken }) });
  try {
    await migrate(drizzle(client), { migrationsFolder: folder });
    await fillAllTexts(address, report);
  } catch (error) {
    throw new Sentence(`Could not migrate ${url}: ${messageOf(error)}`);
  } finally {
    client.close();
  }
};

/** @throws Sentence if a database lacks migrations, or does not answer */
export const expectMigrated = async (address: Address): Promise<void> => {
  const db = openDatabase(address, startBudget(TIMEOUT_MS));
  const missing = await findMissingMigrations(db).catch((error) => {
    throw new Sentence(`Could not ask the database at ${address.LIBSQL_URL}: ${messageOf(error)}`);
  });
  if (missing.length > 0)
    throw new Sentence(
      `The database at ${address.LIBSQL_URL} needs ${missing.join(', ')}. ` +
        'Run npm run db:migrate first, with its LIBSQL_URL and LIBSQL_AUTH_TOKEN.',
    );
};
