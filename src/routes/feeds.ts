import { Hono } from 'hono';
import * as z from 'zod';
import { listFeed, listOwn } from '../domain/photos/feeds.ts';
import type { Context } from '../http/context.ts';
import { authenticateConcurrently } from '../middleware/authenticate.ts';
import { validateQuery } from '../middleware/validate.ts';
import { filled, Paging } from './inputs.ts';
import { viewPage } from './views.ts';

const Filtered = Paging.extend({ user: filled(z.string().max(1_000)) });

export const feeds = new Hono<Context>()
  .get('/photos', authenticateConcurrently({ realm: 'member' }), validateQuery(Filtered), async (c) => {
    const { user, ...paging } = c.req.valid('query');
    return c.json(await viewPage(c, c.var.claims.sub, await listFeed(c.var, paging, user)));
  })
  .get('/me/photos', authenticateConcurrently({ realm: 'member' }), validateQuery(Paging), async (c) => {
    const me = c.var.claims.sub;
    return c.json(await viewPage(c, me, await listOwn(c.var, me, c.req.valid('query'), 'all')));
  })
  .get('/me/drafts', authenticateConcurrently({ realm: 'member' }), validateQuery(Paging), async (c) => {
    const me = c.var.claims.sub;
    return c.json(await viewPage(c, me, await listOwn(c.var, me, c.req.valid('query'), 'drafts')));
  });
