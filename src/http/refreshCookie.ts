import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { REFRESH_SECONDS } from '../domain/accounts/tokens.ts';
import { ApiError } from '../errors.ts';
import type { Call } from './context.ts';
import { originOf } from './origin.ts';

/**
 * The refresh token in a cookie, for browsers that ask for it: no script can read it. The prefix (RFC 6265bis §4.1.3.2) lets no other
 * host or plain connection set it.
 */
const NAME = 'darkroom-refresh';
const OPTIONS = { prefix: 'host', path: '/', httpOnly: true, secure: true, sameSite: 'Strict' } as const;

export const hasRefreshCookie = (c: Call): boolean => getCookie(c as never, NAME, 'host') !== undefined;

export const setRefreshCookie = (c: Call, token: string): void =>
  setCookie(c as never, NAME, token, { ...OPTIONS, maxAge: REFRESH_SECONDS });

export const clearRefreshCookie = (c: Call): void => {
  deleteCookie(c as never, NAME, OPTIONS);
};

/** The origin that the browser used, the one that the settings name, or one of theirs that may call us. */
const isOwnOrigin = (c: Call, origin: string) =>
  [new URL(c.req.url).origin, originOf(c), ...c.var.settings.CORS_ORIGINS].includes(origin);

/**
 * The request changes state and comes from a page of ours. SameSite does not keep other hosts of the same site away, nor other sites
 * from logging a browser in. @throws ApiError `forbidden`
 */
export const expectOwnPage = (c: Call): void => {
  const origin = c.req.header('Origin');
  if (c.req.method === 'GET' || !origin || !isOwnOrigin(c, origin))
    throw new ApiError('forbidden', 'A refresh token in a cookie needs an Origin of this site, and no GET.');
};

/** The token of the cookie. @throws ApiError `forbidden` where the request does not come from a page of ours */
export const readRefreshCookie = (c: Call): string | undefined => {
  const token = getCookie(c as never, NAME, 'host');
  if (token !== undefined) expectOwnPage(c);
  return token;
};
