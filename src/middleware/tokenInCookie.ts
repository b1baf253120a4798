import { createMiddleware } from 'hono/factory';
import type { Context } from '../http/context.ts';
import { clearRefreshCookie, hasRefreshCookie, readRefreshCookie } from '../http/refreshCookie.ts';
import { describe } from './describe.ts';

/** Takes the refresh token from the cookie of a browser, unless the request has another token. @throws ApiError `forbidden` */
export const takeTokenFromCookie = describe(
  createMiddleware<Context>(async (c, next) => {
    if (!c.req.header('Authorization') && !c.var.tokenInBody) {
      const token = readRefreshCookie(c);
      if (token) c.set('tokenInBody', token);
      c.set('isByCookie', token !== undefined);
    }
    await next();
    if (c.var.isByCookie && c.res.status === 401) clearRefreshCookie(c); // the cookie is useless now
  }),
  { token: 'optional', errors: ['forbidden'] },
);

/** Removes the cookie of a browser whose session has ended. */
export const forgetCookie = createMiddleware<Context>(async (c, next) => {
  await next();
  if (c.res.ok && hasRefreshCookie(c)) clearRefreshCookie(c);
});
