import { env } from 'cloudflare:workers';
import { createClient } from '@libsql/client/http';
import { expect, it } from 'vitest';
import { listFeed, listOwn } from '../../../src/domain/photos/feeds.ts';
import { openDatabase } from '../../../src/storage/database.ts';
import { startBudget } from '../../../src/storage/requestBudget.ts';

const client = createClient({ url: env.LIBSQL_URL });

/** The plans that SQLite makes of every statement that a verb sends. */
const plansOf = async (verb: (db: ReturnType<typeof openDatabase>) => Promise<unknown>) => {
  const sent: { sql: string; args: never[] }[] = [];
  const db = openDatabase(env, startBudget());
  const { $client } = db as unknown as { $client: typeof client };
  const { execute, batch } = $client;
  $client.execute = ((statement: never) => {
    sent.push(statement);
    return execute.call($client, statement);
  }) as never;
  $client.batch = ((statements: never[], mode: never) => {
    sent.push(...statements);
    return batch.call($client, statements, mode);
  }) as never;
  await verb(db);
  const plans = await Promise.all(
    sent.map(({ sql, args }) => client.execute({ sql: `explain query plan ${sql}`, args })),
  );
  return plans.map(({ rows }) => rows.map(({ detail }) => String(detail)).join('; '));
};

const cursorless = { limit: 50 } as const;

it.each([
  [
    'the feed',
    'photos_feed',
    (db: never, order: 'asc' | 'desc') => listFeed({ db }, { order, ...cursorless }, undefined),
  ],
  [
    'one user’s feed',
    'photos_feed_of',
    (db: never, order: 'asc' | 'desc') => listFeed({ db }, { order, ...cursorless }, 'x').catch(() => {}),
  ],
  [
    'own photos',
    'photos_own',
    (db: never, order: 'asc' | 'desc') => listOwn({ db }, 1, { order, ...cursorless }, 'all'),
  ],
  [
    'own drafts',
    'photos_drafts',
    (db: never, order: 'asc' | 'desc') => listOwn({ db }, 1, { order, ...cursorless }, 'drafts'),
  ],
])('%s is read in order from an index, and never sorted', async (_, index, list) => {
  for (const order of ['asc', 'desc'] as const) {
    const [plan] = await plansOf((db) => list(db as never, order));
    expect(plan).toMatch(new RegExp(`photos USING INDEX ${index}\\b`));
    expect(plan).toContain('accounts USING INTEGER PRIMARY KEY');
    expect(plan).not.toContain('TEMP B-TREE');
  }
});
