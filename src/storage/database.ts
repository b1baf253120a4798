import { createClient } from '@libsql/client/http';
import { DrizzleQueryError } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/libsql/http';
import { unavailable } from '../errors.ts';
import type { RequestBudget } from './requestBudget.ts';
import * as schema from './schema.ts';

export type Database = ReturnType<typeof openDatabase>;

type Address = { LIBSQL_URL: string; LIBSQL_AUTH_TOKEN?: string | undefined };

const LONGEST = 60_000;

/** Aborts when nothing of the budget is left, which may grow meanwhile, and after a minute at the latest. */
const limitBy = (budget: RequestBudget) => {
  const controller = new AbortController();
  const end = Date.now() + LONGEST;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const check = () => {
    const left = Math.min(budget.remaining(), end - Date.now());
    if (left > 0) timer = setTimeout(check, left);
    else controller.abort(new DOMException('The time to wait for libSQL is over', 'TimeoutError'));
  };
  check();
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
};

type Reply = {
  error?: { code?: string };
  response?: { type: string; result?: { step_errors?: ({ code?: string } | null)[] } };
};

/**
 * Whether the database did nothing of what it was asked, because others held its lock: one statement, or a batch, which it rolls back
 * (Hrana over HTTP, pipelines). Then it may be asked again.
 */
const wasBusy = (body: string): boolean => {
  if (!body.includes('SQLITE_BUSY')) return false;
  const { results = [] } = JSON.parse(body) as { results?: Reply[] };
  const [asked, ...more] = results.filter(
    ({ response }) => !['store_sql', 'close'].includes(response?.type ?? ''),
  );
  const faults = [asked?.error, ...(asked?.response?.result?.step_errors ?? [])];
  return more.length === 0 && faults.some((fault) => fault?.code === 'SQLITE_BUSY');
};

/**
 * The database for one request. Never share it between requests: the client queues beyond its concurrency, and a queue that crosses
 * request borders stalls the isolate. The client has no time limit of its own, so each call gets what is left of the request's budget.
 */
export const openDatabase = (address: Address, budget: RequestBudget) => {
  const bounded = (request: Request) =>
    budget.track('libsql', async () => {
      const limit = limitBy(budget);
      try {
        const ask = async () => {
          const response = await fetch(request.clone(), { signal: limit.signal });
          return { response, body: await response.text() };
        };
        let { response, body } = await ask();
        while (wasBusy(body) && budget.remaining() > 0) {
          await new Promise((resolve) => setTimeout(resolve, 5 + 20 * Math.random()));
          ({ response, body } = await ask());
        }
        if (!response.ok) throw new Error(`libSQL answered ${response.status}: ${body.slice(0, 500)}`);
        return new Response(body, response);
      } catch (error) {
        throw unavailable(error);
      } finally {
        limit.clear();
      }
    });
  const client = createClient({
    url: address.LIBSQL_URL,
    ...(address.LIBSQL_AUTH_TOKEN && { authToken: address.LIBSQL_AUTH_TOKEN }),
    fetch: bounded,
  });
  return drizzle(client, { schema });
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

/** Whether the database failed for a reason that lies in itself and not in what it was asked. */
export const isDatabaseTrouble = (error: unknown) =>
  [...causes(error)].some(
    (e) => e.name.startsWith('Libsql') && typeof e.code === 'string' && TRANSIENT.test(e.code),
  );

/** A failed query's own message holds its parameters, a password's hash for one: the log gets the statement and the database's word. */
export const describeFailure = (error: unknown) =>
  error instanceof DrizzleQueryError
    ? { error: String(error.cause), query: error.query }
    : { error: String(error), stack: error instanceof Error ? error.stack : undefined };
