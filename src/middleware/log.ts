import { createMiddleware } from 'hono/factory';
import { routePath } from 'hono/route';
import { ApiError } from '../errors.ts';
import type { Context } from '../http/context.ts';
import type { RequestBudget } from '../storage/requestBudget.ts';

/** What of a caller's own request id goes into the log. */
const CLIENT_ID = /^[\w.=+/-]{1,128}$/;

type Time = { name: string; duration: number };

const writeTimes = (times: Time[], total: number) =>
  [...times, { name: 'total', duration: total }]
    .map(({ name, duration }) => `${name};dur=${duration}`)
    .join(', ');

/**
 * Gives the request an id, times it, names each dependency's time in `Server-Timing` where the settings say so, and writes one JSON line for it: never a query (signatures and
 * cursors are there), a token, a password or a hash.
 */
export const log = createMiddleware<Context & { Variables: { claims?: { sub: number } } }>(
  async (c, next) => {
    const start = performance.now();
    const requestId = crypto.randomUUID();
    c.set('requestId', requestId);
    await next();
    const budget: RequestBudget | undefined = c.var.budget; // missing while a setting is wrong
    const times = budget?.times() ?? [];
    const total = Math.round((performance.now() - start) * 10) / 10;
    const { headers } = c.res;
    headers.set('X-Request-Id', requestId);
    if (c.var.settings?.SERVER_TIMING === 'on') headers.set('Server-Timing', writeTimes(times, total));
    const { failure } = c.var;
    const cause = failure instanceof ApiError ? failure.details.cause : undefined;
    console.log(
      JSON.stringify({
        event: 'request',
        request_id: requestId,
        client_request_id: CLIENT_ID.exec(c.req.header('X-Request-Id') ?? '')?.[0],
        method: c.req.method,
        route: routePath(c, -1),
        status: c.res.status,
        code: failure instanceof ApiError ? failure.code : undefined,
        cause: cause === undefined ? undefined : String(cause),
        account: c.var.claims?.sub,
        ms: total,
        waits: budget?.count() ?? 0,
        ...Object.fromEntries(times.map(({ name, duration }) => [name, duration])),
      }),
    );
  },
);
