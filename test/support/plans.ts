import { env } from 'cloudflare:workers';
import { createClient } from '@libsql/client/http';
import { openDatabase } from '../../src/storage/database.ts';
import { startBudget } from '../../src/storage/requestBudget.ts';

const client = createClient({ url: env.LIBSQL_URL });

/** SQLite's query plan of every statement that a verb sends. */
export const plansOf = async (verb: (db: ReturnType<typeof openDatabase>) => Promise<unknown>) => {
  const sent: { sql: string; args: never[] }[] = [];
  const db = openDatabase(env, startBudget(60_000));
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
