import { createMiddleware } from 'hono/factory';
import type { Context } from '../http/context.ts';
import { clearRefreshCookie, hasRefreshCookie, readRefreshCookie } from '../http/refreshCookie.ts';
import { describe } from './describe.ts';

/** Takes the refresh token from the cookie of a browser, where the request brings no other. @throws ApiError `forbidden` */
export const takeTokenFromCookie = describe(
  createMiddleware<Context>(async (c, next) => {
    if (!c.req.header('Authorization') && !c.var.tokenInBody) {
      const token = readRefreshCookie(c);
      if (token) c.set('tokenInBody', token);
      c.set('isByCookie', token !== undefined);
    }
    await next();
    if (c.var.isByCookie && c.res.status === 401) clearRefreshCookie(c); // it is of no use any more
  }),
  { token: 'optional', errors: ['forbidden'] },
);

/** Takes the cookie back from a browser whose session ends. */
export const forgetCookie = createMiddleware<Context>(async (c, next) => {
  await next();
  if (c.res.ok && hasRefreshCookie(c)) clearRefreshCookie(c);
});
