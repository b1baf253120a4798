import { Hono } from 'hono';
import type { Context } from '../http/context.ts';

export const system = new Hono<Context>()
  .get('/', (c) => {
    c.header('Vary', 'Accept', { append: true });
    if (c.req.header('Accept')?.includes('text/html')) return c.redirect('/app/');
    return c.json({ name: 'Darkroom', app: '/app/', docs: '/docs/', openapi: '/openapi.json' });
  })
  .get('/hello', (c) => c.json({ message: 'Hello Users. Please Login !!' }))
  .get('/health', (c) => c.json({ status: 'ok' as const }))
  /** The document is a static file, made by the build (`openapi/`); only the Worker knows its own address. */
  .get('/openapi.json', async (c) => {
    const { origin } = new URL(c.req.url);
    const file = await c.env.ASSETS.fetch(`${origin}/openapi.json`);
    return c.json({ ...(await file.json<object>()), servers: [{ url: origin }] });
  });
