import path from 'node:path';
import { createClient } from '@libsql/client/http';
import { drizzle } from 'drizzle-orm/libsql/http';
import { migrate } from 'drizzle-orm/libsql/migrator';
import { Sentence } from './processes.ts';
import { ROOT } from './settings.ts';

/** Applies the migrations of a folder that a database lacks. @throws Sentence with the database's own message */
export const runMigrations = async (
  address: { LIBSQL_URL: string; LIBSQL_AUTH_TOKEN?: string | undefined },
  folder = path.join(ROOT, 'migrations'),
): Promise<void> => {
  const { LIBSQL_URL: url, LIBSQL_AUTH_TOKEN: authToken } = address;
  const client = createClient({ url, ...(authToken && { authToken }) });
  try {
    await migrate(drizzle(client), { migrationsFolder: folder });
  } catch (error) {
    const { message, cause } = error as Error;
    throw new Sentence(`Could not migrate ${url}: ${cause instanceof Error ? cause.message : message}`);
  } finally {
    client.close();
  }
};
