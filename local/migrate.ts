import { runMigrations } from './migrations.ts';
import { supervise } from './processes.ts';
import { readDatabase } from './settings.ts';

/** `npm run db:migrate`: the database of the environment (LIBSQL_URL, LIBSQL_AUTH_TOKEN), or the local one. */
await supervise(async (_, stop) => {
  const database = readDatabase();
  await runMigrations(database);
  console.log(`${database.LIBSQL_URL} is at the newest migration.`);
  stop(0);
});
