import { Hono } from 'hono';
import * as z from 'zod';
import { listFeed, listOwn } from '../domain/photos/feeds.ts';
import type { Context } from '../http/context.ts';
import { authenticateConcurrently } from '../middleware/authenticate.ts';
import { describe } from '../middleware/describe.ts';
import { validateQuery } from '../middleware/validate.ts';
import { PageView, viewPage } from './views.ts';

const Paging = z.object({
  order: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['asc', 'desc']))
    .default('asc'),
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().max(2_048).optional(),
});

const Filtered = Paging.extend({ user: z.string().max(1_000).optional() });

const page = { description: 'A page; the next one is in `Link`', schema: PageView, headers: ['Link'] };

const listing = (summary: string, refusals: ('not_found' | 'invalid')[]) =>
  describe({
    tag: 'photos',
    summary,
    answers: { 200: page },
    refusals: ['unauthenticated', 'forbidden', ...refusals],
    token: 'required',
  });

export const feeds = new Hono<Context>()
  .get(
    '/photos',
    listing("Everyone's published photos, by the time of publication", ['not_found', 'invalid']),
    authenticateConcurrently({ realm: 'member' }),
    validateQuery(Filtered),
    async (c) => {
      const { user, ...paging } = c.req.valid('query');
      return c.json(await viewPage(c, c.var.claims.sub, await listFeed(c.var, paging, user)));
    },
  )
  .get(
    '/me/photos',
    listing('My photos, drafts included, by the time of creation', ['invalid']),
    authenticateConcurrently({ realm: 'member' }),
    validateQuery(Paging),
    async (c) => {
      const me = c.var.claims.sub;
      return c.json(await viewPage(c, me, await listOwn(c.var, me, c.req.valid('query'), 'all')));
    },
  )
  .get(
    '/me/drafts',
    listing('My drafts, by the time of creation', ['invalid']),
    authenticateConcurrently({ realm: 'member' }),
    validateQuery(Paging),
    async (c) => {
      const me = c.var.claims.sub;
      return c.json(await viewPage(c, me, await listOwn(c.var, me, c.req.valid('query'), 'drafts')));
    },
  );
