import { Hono } from 'hono';
import * as z from 'zod';
import { captionPhoto, getPhoto, publishPhoto, removePhoto } from '../domain/photos/photos.ts';
import type { Context } from '../http/context.ts';
import { authenticate, authenticateConcurrently } from '../middleware/authenticate.ts';
import { describe } from '../middleware/describe.ts';
import { validateBody, validateParam } from '../middleware/validate.ts';
import { ById, Caption } from './inputs.ts';
import { Message, PhotoView, viewPhoto } from './views.ts';

const Captioned = z.object({ caption: Caption.nullable() });

const one = { description: 'The photo', schema: PhotoView };

export const photos = new Hono<Context>()
  .get(
    '/photos/:id',
    describe({
      tag: 'photos',
      summary: 'One photo',
      description: "Another's draft is answered as one that does not exist.",
      answers: { 200: one },
      refusals: ['unauthenticated', 'forbidden', 'not_found'],
      token: 'required',
    }),
    authenticateConcurrently({ realm: 'member' }),
    validateParam(ById),
    async (c) => {
      const viewer = c.var.claims.sub;
      return c.json(await viewPhoto(c, viewer, await getPhoto(c.var, viewer, c.req.valid('param').id)));
    },
  )
  .post(
    '/photos/:id/publish',
    describe({
      tag: 'photos',
      summary: 'Post a draft',
      description: 'A second time changes nothing.',
      answers: { 200: one },
      refusals: ['unauthenticated', 'forbidden', 'not_found'],
      token: 'required',
    }),
    authenticate({ realm: 'member' }),
    validateParam(ById),
    async (c) => {
      const { id, username } = c.var.account;
      const photo = await publishPhoto(c.var, c.var.account, c.req.valid('param').id);
      return c.json(await viewPhoto(c, id, { ...photo, username }));
    },
  )
  .put(
    '/photos/:id/caption',
    describe({
      tag: 'photos',
      summary: 'Write a caption',
      answers: { 200: one },
      refusals: [
        'malformed',
        'unauthenticated',
        'forbidden',
        'not_found',
        'too_large',
        'unsupported_type',
        'invalid',
      ],
      token: 'required',
    }),
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
      return c.json(await viewPhoto(c, id, { ...photo, username }));
    },
  )
  .delete(
    '/photos/:id',
    describe({
      tag: 'photos',
      summary: 'Delete a photo',
      answers: { 200: { description: 'Its row and its bytes are gone', schema: Message } },
      refusals: ['unauthenticated', 'forbidden', 'not_found'],
      token: 'required',
    }),
    authenticate({ realm: 'member' }),
    validateParam(ById),
    async (c) => {
      await removePhoto(c.var, c.var.account, c.req.valid('param').id);
      return c.json({ message: 'Photo deleted' });
    },
  );
