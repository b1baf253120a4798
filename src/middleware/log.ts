import { createMiddleware } from 'hono/factory';
import { routePath } from 'hono/route';
import { ApiError } from '../errors.ts';
import type { Context } from '../http/context.ts';
import type { RequestBudget } from '../storage/requestBudget.ts';

/**
 * Times the request, names each dependency's time in `Server-Timing`, and writes one JSON line for it: never a query (signatures and
 * cursors are there), a token, a password or a hash.
 */
export const log = createMiddleware<Context & { Variables: { claims?: { sub: number } } }>(
  async (c, next) => {
    const start = performance.now();
    await next();
    const budget: RequestBudget | undefined = c.var.budget; // missing while a setting is wrong
    const times = budget?.times() ?? [];
    const total = Math.round((performance.now() - start) * 10) / 10;
    const timing = [...times, { name: 'total', duration: total }].map(
      ({ name, duration }) => `${name};dur=${duration}`,
    );
    c.header('Server-Timing', timing.join(', '));
    const { failure } = c.var;
    const cause = failure instanceof ApiError ? failure.details.cause : undefined;
    console.log(
      JSON.stringify({
        event: 'request',
        request_id: c.var.requestId,
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
