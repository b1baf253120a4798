import { Hono } from 'hono';
import * as z from 'zod';
import { captionPhoto, getPhoto, publishPhoto, removePhoto, storePhoto } from '../domain/photos.ts';
import type { Call, Context } from '../env.ts';
import { authenticate, authenticateBeside } from '../middleware/authenticate.ts';
import { readWhole } from '../middleware/body.ts';
import { describe } from '../middleware/describe.ts';
import { UPLOADS } from '../middleware/throttle.ts';
import { openUpload } from '../middleware/upload.ts';
import { parse, validateBody, validateParam } from '../middleware/validate.ts';
import { Refusal } from '../refusal.ts';
import { ById } from './inputs.ts';
import { Message, PhotoView, viewPhoto } from './views.ts';

const Captioned = z.object({
  caption: z
    .string()
    .max(2_000)
    .refine((value) => value.isWellFormed(), 'is not well-formed Unicode')
    .nullable(),
});

const RATE = ['RateLimit', 'RateLimit-Policy'];

const one = { description: 'The photo', schema: PhotoView };

const readPhoto = async (c: Call) => {
  const arriving = await openUpload(c.req.raw, {
    part: 'file',
    maxBytes: c.var.settings.PHOTO_MAX_BYTES,
  });
  const bytes = await readWhole(arriving.chunks, Number(c.req.header('Content-Length') ?? 0));
  if (bytes.length === 0)
    throw new Refusal('invalid', 'The file is empty.', { errors: [{ pointer: '#/file', detail: 'is empty' }] });
  const { caption } = parse(Captioned, { caption: arriving.fields.get('caption') ?? null });
  return { filename: arriving.filename.slice(0, 255).toWellFormed() || 'photo', bytes, caption };
};

export const photos = new Hono<Context>()
  .post(
    '/photos',
    describe({
      tag: 'photos',
      summary: 'Upload a photo, as a draft',
      answers: {
        201: {
          description: 'A draft',
          schema: PhotoView.extend({ message: z.string() }).meta({ id: 'Uploaded' }),
          headers: ['Location', ...RATE],
        },
      },
      refusals: ['malformed', 'unauthenticated', 'forbidden', 'too_large', 'unsupported_type', 'invalid', 'throttled'],
      token: 'required',
      requestBody: {
        required: true,
        content: {
          'multipart/form-data': {
            schema: {
              type: 'object',
              required: ['file'],
              properties: { file: { type: 'string', format: 'binary' }, caption: { type: 'string', maxLength: 2_000 } },
            },
          },
        },
      },
    }),
    authenticate({ realm: 'member', throttle: UPLOADS }),
    async (c) => {
      const photo = await storePhoto(c.var, c.var.account, readPhoto(c));
      const view = await viewPhoto(c, c.var.account.id, { ...photo, username: c.var.account.username });
      return c.json({ message: 'File successfully uploaded', ...view }, 201, { Location: `/photos/${photo.id}` });
    },
  )
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
    authenticateBeside({ realm: 'member' }),
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
      refusals: ['malformed', 'unauthenticated', 'forbidden', 'not_found', 'too_large', 'unsupported_type', 'invalid'],
      token: 'required',
    }),
    authenticate({ realm: 'member' }),
    validateParam(ById),
    validateBody(Captioned),
    async (c) => {
      const { id, username } = c.var.account;
      const photo = await captionPhoto(c.var, c.var.account, c.req.valid('param').id, c.req.valid('json').caption);
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
