import { Hono } from 'hono';
import { checkReadiness } from '../domain/readiness.ts';
import { ApiError } from '../errors.ts';
import type { Context } from '../http/context.ts';
import { originOf } from '../http/origin.ts';

export const system = new Hono<Context>()
  .get('/', (c) => {
    c.header('Vary', 'Accept', { append: true });
    if (c.req.header('Accept')?.includes('text/html')) return c.redirect('/app/');
    return c.json({ name: 'Darkroom', app: '/app/', docs: '/docs/', openapi: '/openapi.json' });
  })
  .get('/hello', (c) => c.json({ message: 'Hello Users. Please Login !!' }))
  .get('/health', (c) => c.json({ status: 'ok' as const }))
  .get('/ready', async (c) => {
    const dependencies = await checkReadiness(c.var);
    const failed = Object.entries(dependencies).flatMap(([name, state]) => (state === 'ok' ? [] : [name]));
    if (failed.length === 0) return c.json({ status: 'ready' as const, dependencies });
    const detail = `Not ready: no answer from ${failed.join(', ')}.`;
    throw new ApiError('unavailable', detail, { retryAfter: 5, extensions: { dependencies } });
  })
  /* The build makes the document as a static file; the address of the API is added here. */
  .get('/openapi.json', async (c) => {
    const file = await c.env.ASSETS.fetch(new URL('/openapi.json', c.req.url));
    return c.json({ ...(await file.json<object>()), servers: [{ url: originOf(c) }] });
  });
