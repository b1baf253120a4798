import { createMiddleware } from 'hono/factory';
import { routePath } from 'hono/route';
import { ApiError } from '../errors.ts';
import type { Context } from '../http/context.ts';
import type { RequestBudget } from '../storage/requestBudget.ts';

/** The request ids of callers that we log. */
const CLIENT_ID = /^[\w.=+/-]{1,128}$/;

type Time = { name: string; duration: number };

const writeTimes = (times: Time[], total: number) =>
  [...times, { name: 'total', duration: total }]
    .map(({ name, duration }) => `${name};dur=${duration}`)
    .join(', ');

/**
 * Gives the request an id, measures its time, and logs it as one line of JSON. The log never has a query string (which may hold signatures
 * and cursors), a token, a password or a hash. If the settings say so, `Server-Timing` has the time of each dependency.
 */
export const log = createMiddleware<Context & { Variables: { claims?: { sub: number } } }>(
  async (c, next) => {
    const start = performance.now();
    const requestId = crypto.randomUUID();
    c.set('requestId', requestId);
    await next();
    const budget: RequestBudget | undefined = c.var.budget; // undefined while a setting is invalid
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
