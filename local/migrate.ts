import { runMigrations } from './migrations.ts';
import { supervise } from './processes.ts';
import { readDatabase } from './settings.ts';

/** `npm run db:migrate`: migrates the database in LIBSQL_URL and LIBSQL_AUTH_TOKEN, or the local one. */
await supervise(async (_, stop) => {
  const database = readDatabase();
  const report = (texts: number) =>
    console.log(`${texts.toLocaleString('en')} movies have their search text.`);
  await runMigrations(database, { report });
  console.log(`${database.LIBSQL_URL} has all migrations.`);
  stop(0);
});
