import { cors } from 'hono/cors';
import { createMiddleware } from 'hono/factory';
import { readSettings } from '../env.ts';
import type { Context } from '../http/context.ts';

const EXPOSED = [
  'Accept-Ranges',
  'Content-Disposition',
  'Content-Length',
  'Content-Range',
  'ETag',
  'Last-Modified',
  'Link',
  'Location',
  'RateLimit',
  'RateLimit-Policy',
  'Repr-Digest',
  'Retry-After',
  'X-Request-Id',
].join(',');

const findAllowed = (origin: string, env: Env): string | null => {
  const { CORS_ORIGINS } = readSettings(env);
  if (CORS_ORIGINS.includes('*')) return '*';
  return CORS_ORIGINS.includes(origin) ? origin : null;
};

const logRefused = (origin: string, url: string, requestId: string) => {
  if (origin !== new URL(url).origin)
    console.warn(
      JSON.stringify({ event: 'origin_refused', origin: origin.slice(0, 200), request_id: requestId }),
    );
};

const preflight = cors({
  origin: (origin, c) => {
    const allowed = findAllowed(origin, c.env);
    if (allowed === null) logRefused(origin, c.req.url, c.get('requestId'));
    return allowed;
  },
  allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowHeaders: [
    'Authorization',
    'Content-Type',
    'Content-Disposition',
    'Repr-Digest',
    'If-Match',
    'If-Modified-Since',
    'If-None-Match',
    'If-Range',
    'If-Unmodified-Since',
    'Range',
    'X-Request-Id',
  ],
  maxAge: 7_200,
});

/**
 * Lets scripts of the origins in `CORS_ORIGINS` read responses (Fetch, "CORS protocol"). Hono answers preflights. Other responses get
 * their headers after they are made: Hono's middleware sets them before, which costs every request a second Response.
 */
export const origins = createMiddleware<Context>(async (c, next) => {
  if (c.req.method === 'OPTIONS') return preflight(c, next);
  await next();
  const { headers } = c.res;
  headers.append('Vary', 'Origin');
  const origin = c.req.header('Origin');
  if (origin === undefined) return;
  const allowed = findAllowed(origin, c.env);
  if (allowed === null) return logRefused(origin, c.req.url, c.get('requestId'));
  headers.set('Access-Control-Allow-Origin', allowed);
  headers.set('Access-Control-Expose-Headers', EXPOSED);
});
