import { createMiddleware } from 'hono/factory';

/** No response of the API is a page: it may not run scripts, be framed, or be read as another type. */
const FIXED = [
  ['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'; sandbox"],
  ['Cross-Origin-Resource-Policy', 'cross-origin'],
  ['Referrer-Policy', 'no-referrer'],
  ['Strict-Transport-Security', 'max-age=15552000; includeSubDomains'],
  ['X-Content-Type-Options', 'nosniff'],
  ['X-Frame-Options', 'DENY'],
] as const;

/** Sets the security headers of each response, and `no-store` unless the response has a Cache-Control of its own. */
export const headers = createMiddleware(async (c, next) => {
  await next();
  const fields = c.res.headers;
  for (const [name, value] of FIXED) fields.set(name, value);
  if (!fields.has('Cache-Control')) fields.set('Cache-Control', 'no-store');
});
