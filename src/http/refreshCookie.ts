import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { REFRESH_SECONDS } from '../domain/accounts/tokens.ts';
import { ApiError } from '../errors.ts';
import type { Call } from './context.ts';
import { originOf } from './origin.ts';

/**
 * The refresh token in a cookie, for browsers that ask for it: scripts cannot read it. The prefix (RFC 6265bis §4.1.3.2) prevents other
 * hosts and plain HTTP from setting it.
 */
const NAME = 'darkroom-refresh';
const OPTIONS = { prefix: 'host', path: '/', httpOnly: true, secure: true, sameSite: 'Strict' } as const;

export const hasRefreshCookie = (c: Call): boolean => getCookie(c as never, NAME, 'host') !== undefined;

export const setRefreshCookie = (c: Call, token: string): void =>
  setCookie(c as never, NAME, token, { ...OPTIONS, maxAge: REFRESH_SECONDS });

export const clearRefreshCookie = (c: Call): void => {
  deleteCookie(c as never, NAME, OPTIONS);
};

/** Whether this is the origin of the request, `PUBLIC_ORIGIN`, or one of `CORS_ORIGINS`. */
const isOwnOrigin = (c: Call, origin: string) =>
  [new URL(c.req.url).origin, originOf(c), ...c.var.settings.CORS_ORIGINS].includes(origin);

/**
 * Requires a request from a page of ours that is not a GET. SameSite does not keep out other hosts of the same site, and does not stop
 * other sites from logging a browser in. @throws ApiError `forbidden`
 */
export const expectOwnPage = (c: Call): void => {
  const origin = c.req.header('Origin');
  if (c.req.method === 'GET' || !origin || !isOwnOrigin(c, origin))
    throw new ApiError(
      'forbidden',
      'A refresh token in a cookie needs a request with an Origin of this site that is not a GET.',
    );
};

/** The token in the cookie. @throws ApiError `forbidden` if the request does not come from a page of ours */
export const readRefreshCookie = (c: Call): string | undefined => {
  const token = getCookie(c as never, NAME, 'host');
  if (token !== undefined) expectOwnPage(c);
  return token;
};
