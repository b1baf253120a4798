import type { Client } from '@libsql/client';
import { DrizzleQueryError } from 'drizzle-orm';
import { LibSQLDatabase } from 'drizzle-orm/libsql/driver-core';
import { LibSQLSession } from 'drizzle-orm/libsql/session';
import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core';
import { unavailable } from '../errors.ts';
import { DatabaseError, type Reply, type Request } from './hrana.ts';
import { openPipeline } from './pipeline.ts';
import type { RequestBudget } from './requestBudget.ts';

export type Database = ReturnType<typeof openDatabase>;

type Address = { LIBSQL_URL: string; LIBSQL_AUTH_TOKEN?: string | undefined };

/** How long one call may take, whatever is left of the request's budget. */
const MAX_CALL_MS = 60_000;

/** Aborts when nothing of the budget is left, which may grow meanwhile, and after `MAX_CALL_MS` at the latest. */
const limitBy = (budget: RequestBudget) => {
  const controller = new AbortController();
  const end = Date.now() + MAX_CALL_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const check = () => {
    const left = Math.min(budget.remaining(), end - Date.now());
    if (left > 0) timer = setTimeout(check, left);
    else controller.abort(new DOMException('The time to wait for libSQL is over', 'TimeoutError'));
  };
  check();
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
};

const dialect = new SQLiteAsyncDialect();

/** Where Hrana is spoken: `libsql:` is https. */
const endpointOf = (url: string) => `${url.replace(/^libsql:/, 'https:').replace(/\/$/, '')}/v3/pipeline`;

/**
 * The database for one request. Never share it between requests: what one of them gathers would hang when another is cancelled. Each
 * call gets what is left of the request's budget. @throws ApiError `unavailable` where libSQL does not answer in time, or not at all
 */
export const openDatabase = ({ LIBSQL_URL, LIBSQL_AUTH_TOKEN }: Address, budget: RequestBudget) => {
  const endpoint = endpointOf(LIBSQL_URL);
  const headers = {
    'Content-Type': 'application/json',
    ...(LIBSQL_AUTH_TOKEN && { Authorization: `Bearer ${LIBSQL_AUTH_TOKEN}` }),
  };
  const post = (requests: Request[]) =>
    budget.track('libsql', async () => {
      const limit = limitBy(budget);
      const body = JSON.stringify({ baton: null, requests: [...requests, { type: 'close' }] });
      try {
        const response = await fetch(endpoint, { method: 'POST', headers, body, signal: limit.signal });
        if (!response.ok)
          throw new Error(`libSQL answered ${response.status}: ${(await response.text()).slice(0, 500)}`);
        return ((await response.json()) as { results: Reply[] }).results;
      } catch (error) {
        throw unavailable(error);
      } finally {
        limit.clear();
      }
    });
  const pipeline = openPipeline({ post, mayAskAgain: () => budget.remaining() > 0 });
  const session = new LibSQLSession(pipeline as unknown as Client, dialect, undefined, {}, undefined);
  const db = new LibSQLDatabase<Record<string, never>>('async', dialect, session as never, undefined);
  return Object.assign(db, { $client: pipeline });
};

const causes = function* (error: unknown) {
  for (let e = error, depth = 0; e instanceof Error && depth < 8; e = e.cause, depth++)
    yield e as Error & { code?: unknown };
};

/** Whether a statement, or a batch, failed because a value that must be unique is taken. */
export const isTaken = (error: unknown) =>
  [...causes(error)].some((e) => e.message.includes('UNIQUE constraint failed'));

const TRANSIENT =
  /^(SQLITE_(BUSY|LOCKED|FULL|IOERR|CANTOPEN|READONLY|NOMEM|INTERRUPT|PROTOCOL)|TRANSACTION_|BLOCKED|PROXY_ERROR|HRANA_|SERVER_ERROR|UNKNOWN)/;

/** Whether others held the database's lock, or took it. */
export const isBusy = (error: unknown) =>
  [...causes(error)].some(
    (e) => typeof e.code === 'string' && /^(SQLITE_(BUSY|LOCKED)|TRANSACTION_)/.test(e.code),
  );

/** Whether a statement named a table or a column that the database does not have. */
export const isSchemaMismatch = (error: unknown) =>
  [...causes(error)].some(
    (e) => e instanceof DatabaseError && /no such (table|column)|has no column named/.test(e.message),
  );

/** Whether the database failed for a reason that lies in itself and not in what it was asked. */
export const isDatabaseTrouble = (error: unknown) =>
  [...causes(error)].some((e) => e instanceof DatabaseError && TRANSIENT.test(e.code));

/** A failed query's own message holds its parameters, a password's hash for one: the log gets the statement and the database's word. */
export const describeFailure = (error: unknown) =>
  error instanceof DrizzleQueryError
    ? { error: String(error.cause), query: error.query }
    : { error: String(error), stack: error instanceof Error ? error.stack : undefined };
