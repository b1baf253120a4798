import { sql } from 'drizzle-orm';
import journal from '../../migrations/meta/_journal.json' with { type: 'json' };
import { type Database, isSchemaMismatch } from './database.ts';

/** The names of the migrations that the database lacks and this code was written for, the oldest first. */
export const findMissingMigrations = async (db: Database): Promise<string[]> => {
  const newest = await db
    .select({ at: sql<number>`coalesce(max(created_at), 0)` })
    .from(sql`__drizzle_migrations`)
    .then(([row]) => row?.at ?? 0)
    .catch((error) => {
      if (isSchemaMismatch(error)) return 0; // the table comes with the first migration
      throw error;
    });
  return journal.entries.filter(({ when }) => when > newest).map(({ tag }) => tag);
};
