import { sql } from 'drizzle-orm';
import { headObject } from '../storage/objects.ts';
import { withTimeout } from '../storage/requestBudget.ts';
import type { Using } from '../storage/tools.ts';

/** How long a dependency may take to count as ready, in milliseconds. */
const READY_TIMEOUT_MS = 500;

/** A key under which nothing is ever stored. */
const NO_OBJECT = 'ready';

export type State = 'ok' | 'failed';

export type Readiness = { libsql: State; redis: State; r2: State };

const stateOf = async (name: string, work: () => Promise<unknown>): Promise<State> => {
  try {
    await withTimeout(READY_TIMEOUT_MS, name, work);
    return 'ok';
  } catch (error) {
    console.warn(JSON.stringify({ event: 'not_ready', dependency: name, error: String(error) }));
    return 'failed';
  }
};

/** Asks libSQL, Redis and R2 at the same time whether they answer within 500 ms. */
export const checkReadiness = async (
  tools: Using<'db' | 'redis' | 'bucket' | 'budget' | 'settings'>,
): Promise<Readiness> => {
  const { db, redis, budget } = tools;
  const [libsql, cache, r2] = await Promise.all([
    stateOf('libsql', () => db.run(sql`select 1`)),
    stateOf('redis', () => budget.track('redis', () => redis.ping())),
    stateOf('r2', () => headObject(tools, NO_OBJECT)),
  ]);
  return { libsql, redis: cache, r2 };
};
