import { createMiddleware } from 'hono/factory';

/** No answer of this API is a page: it runs nothing, is framed by nobody, and is read as what its type says. */
const FIXED = [
  ['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'; sandbox"],
  ['Cross-Origin-Resource-Policy', 'cross-origin'],
  ['Referrer-Policy', 'no-referrer'],
  ['Strict-Transport-Security', 'max-age=15552000; includeSubDomains'],
  ['X-Content-Type-Options', 'nosniff'],
  ['X-Frame-Options', 'DENY'],
] as const;

/** Adds the security headers to each answer, over what a handler set, and `no-store` unless the answer says otherwise itself. */
export const headers = createMiddleware(async (c, next) => {
  await next();
  const answered = c.res.headers;
  for (const [name, value] of FIXED) answered.set(name, value);
  if (!answered.has('Cache-Control')) answered.set('Cache-Control', 'no-store');
});
