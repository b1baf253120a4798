import { Hono } from 'hono';
import { createMiddleware } from 'hono/factory';
import * as z from 'zod';
import { getPhoto } from '../domain/photos/photos.ts';
import { digestOfUrl, isSignedImage } from '../domain/photos/signatures.ts';
import { FORMATS, WIDTHS } from '../domain/photos/variants.ts';
import { ApiError } from '../errors.ts';
import type { Context } from '../http/context.ts';
import { sendImage } from '../http/sendImage.ts';
import { authenticateConcurrently } from '../middleware/authenticate.ts';
import { describe } from '../middleware/describe.ts';
import { validateParam, validateQuery } from '../middleware/validate.ts';
import { ById } from './inputs.ts';

const Query = z
  .object({
    key: z.string().max(200).optional(),
    expires: z.coerce.number().int().optional(),
    digest: z.string().max(100).optional(),
    posted: z.string().max(10).optional(),
    signature: z.string().max(100).optional(),
    width: z.enum(WIDTHS.map(String)).transform(Number).pipe(z.literal(WIDTHS)).optional(),
    format: z.enum(['auto', ...FORMATS]).optional(),
  })
  .refine(({ width, format }) => width !== undefined || format === undefined, {
    error: 'needs a width',
    path: ['format'],
  });

type Validated = { out: { param: z.output<typeof ById>; query: z.output<typeof Query> } };

const bySignature = createMiddleware<Context, string, Validated>(async (c, next) => {
  const { signature, key, expires, digest, posted, ...variant } = c.req.valid('query');
  if (signature === undefined) return next();
  const { id } = c.req.valid('param');
  if (!key || !expires || !(await isSignedImage(c.var, { id, key, expires, digest, posted }, signature)))
    throw new ApiError(
      'unauthenticated',
      "This URL's signature is invalid or has expired. Fetch the photo again to get a new URL.",
    );
  const maxAge = Math.max(0, Math.floor(expires - c.var.now() / 1000));
  return sendImage(
    c,
    { id, key, digest: digest && digestOfUrl(digest), posted: posted === '1', maxAge },
    variant,
  );
});

export const images = new Hono<Context>().get(
  '/photos/:id/image',
  validateParam(ById),
  validateQuery(Query),
  describe(bySignature, { token: 'optional', errors: ['unauthenticated'] }),
  authenticateConcurrently({ realm: 'member' }),
  async (c) => {
    const { id } = c.req.valid('param');
    const [{ key, sha256 }] = await Promise.all([getPhoto(c.var, c.var.claims.sub, id), c.var.accessCheck]);
    return sendImage(c, { id, key, digest: sha256, posted: false, maxAge: 0 }, c.req.valid('query'));
  },
);
