import { Hono } from 'hono';
import { createMiddleware } from 'hono/factory';
import * as z from 'zod';
import { getPhoto } from '../domain/photos.ts';
import { isSignedImage } from '../domain/signatures.ts';
import type { Call, Context } from '../env.ts';
import { authenticateBeside } from '../middleware/authenticate.ts';
import { describe } from '../middleware/describe.ts';
import { DOWNLOAD_REFUSALS, describeDownload, sendObject } from '../middleware/download.ts';
import { validateParam, validateQuery } from '../middleware/validate.ts';
import { Refusal } from '../refusal.ts';
import { ById } from './inputs.ts';

const Signature = z.object({
  key: z.string().max(200).optional(),
  expires: z.coerce.number().int().optional(),
  signature: z.string().max(100).optional(),
});

const SHOWN = ['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'image/avif'];

/** The object's bytes as they are, never to be read as anything but an image. */
const sendImage = async (c: Call, key: string, cacheControl: string) => {
  const sent = await sendObject(c, key, { inline: SHOWN, cacheControl });
  if (!sent) throw new Refusal('not_found', 'There is no such photo.');
  return sent;
};

const bySignature = createMiddleware<
  Context,
  string,
  { out: { param: z.output<typeof ById>; query: z.output<typeof Signature> } }
>(async (c, next) => {
  const { key, expires, signature } = c.req.valid('query');
  if (signature === undefined) return next();
  const { id } = c.req.valid('param');
  if (!key || !expires || !(await isSignedImage(c.var, { id, key, expires }, signature)))
    throw new Refusal('unauthenticated', 'The signature of this URL is not ours, or has ended. Get a new one from the photo.');
  const age = Math.max(0, Math.floor(expires - c.var.now() / 1000));
  return sendImage(c, key, `private, max-age=${age}, immutable`);
});

export const images = new Hono<Context>().get(
  '/photos/:id/image',
  describe({
    tag: 'photos',
    summary: "A photo's bytes",
    description: "With a token, or without one by the signature in the photo's `url`.",
    answers: describeDownload({ description: 'The bytes', media: [...SHOWN, 'application/octet-stream'] }),
    refusals: ['unauthenticated', 'forbidden', 'not_found', 'invalid', ...DOWNLOAD_REFUSALS],
    token: 'optional',
  }),
  validateParam(ById),
  validateQuery(Signature),
  bySignature,
  authenticateBeside({ realm: 'member' }),
  async (c) => {
    const [{ key }] = await Promise.all([getPhoto(c.var, c.var.claims.sub, c.req.valid('param').id), c.var.admitted]);
    return sendImage(c, key, 'private, no-cache');
  },
);
