import { Hono } from 'hono';
import * as z from 'zod';
import { captionPhoto, getPhoto, publishPhoto, removePhoto } from '../domain/photos/photos.ts';
import type { Context } from '../http/context.ts';
import { authenticate, authenticateConcurrently } from '../middleware/authenticate.ts';
import { validateBody, validateParam } from '../middleware/validate.ts';
import { ById, Caption } from './inputs.ts';
import { viewPhoto } from './views.ts';

const Captioned = z.object({ caption: Caption.nullable() });

export const photos = new Hono<Context>()
  .get('/photos/:id', authenticateConcurrently({ realm: 'member' }), validateParam(ById), async (c) => {
    const viewer = c.var.claims.sub;
    return c.json(await viewPhoto(c, viewer, await getPhoto(c.var, viewer, c.req.valid('param').id)));
  })
  .post('/photos/:id/publish', authenticate({ realm: 'member' }), validateParam(ById), async (c) => {
    const { id, username } = c.var.account;
    const photo = await publishPhoto(c.var, c.var.account, c.req.valid('param').id);
    return c.json({ message: 'Photo posted', ...(await viewPhoto(c, id, { ...photo, username })) });
  })
  .put(
    '/photos/:id/caption',
    authenticate({ realm: 'member' }),
    validateParam(ById),
    validateBody(Captioned),
    async (c) => {
      const { id, username } = c.var.account;
      const photo = await captionPhoto(
        c.var,
        c.var.account,
        c.req.valid('param').id,
        c.req.valid('json').caption,
      );
      return c.json({ message: 'Caption updated', ...(await viewPhoto(c, id, { ...photo, username })) });
    },
  )
  .delete('/photos/:id', authenticate({ realm: 'member' }), validateParam(ById), async (c) => {
    await removePhoto(c.var, c.var.account, c.req.valid('param').id);
    return c.json({ message: 'Photo deleted' });
  });
