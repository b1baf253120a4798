import { Hono } from 'hono';
import { createMiddleware } from 'hono/factory';
import * as z from 'zod';
import { getPhoto } from '../domain/photos/photos.ts';
import { digestOfUrl, isSignedImage } from '../domain/photos/signatures.ts';
import { FORMATS, WIDTHS } from '../domain/photos/variants.ts';
import { ApiError } from '../errors.ts';
import type { Context } from '../http/context.ts';
import { SHOWN, sendImage } from '../http/sendImage.ts';
import { authenticateConcurrently } from '../middleware/authenticate.ts';
import { DOWNLOAD_REFUSALS, describe, describeDownload } from '../middleware/describe.ts';
import { validateParam, validateQuery } from '../middleware/validate.ts';
import { ById } from './inputs.ts';

const Query = z
  .object({
    key: z.string().max(200).optional(),
    expires: z.coerce.number().int().optional(),
    digest: z.string().max(100).optional(),
    posted: z.string().max(10).optional(),
    signature: z
      .string()
      .max(100)
      .optional()
      .describe("Over the four above; all of them come with the photo's `url`"),
    width: z
      .enum(WIDTHS.map(String) as `${(typeof WIDTHS)[number]}`[])
      .transform((text) => Number(text) as (typeof WIDTHS)[number])
      .optional()
      .describe('A variant at most so many pixels wide, and not the original'),
    format: z
      .enum(['auto', ...FORMATS])
      .optional()
      .describe('Of the variant: by `auto`, as without it, webp where `Accept` has it, else jpeg'),
  })
  .refine(({ width, format }) => width !== undefined || format === undefined, {
    error: 'needs a width',
    path: ['format'],
  });

const bySignature = createMiddleware<
  Context,
  string,
  { out: { param: z.output<typeof ById>; query: z.output<typeof Query> } }
>(async (c, next) => {
  const { signature, key, expires, digest, posted, ...wanted } = c.req.valid('query');
  if (signature === undefined) return next();
  const { id } = c.req.valid('param');
  if (!key || !expires || !(await isSignedImage(c.var, { id, key, expires, digest, posted }, signature)))
    throw new ApiError(
      'unauthenticated',
      'The signature of this URL is not ours, or has ended. Get a new one from the photo.',
    );
  const life = Math.max(0, Math.floor(expires - c.var.now() / 1000));
  return sendImage(
    c,
    { id, key, digest: digest && digestOfUrl(digest), posted: posted === '1', life },
    wanted,
  );
});

export const images = new Hono<Context>().get(
  '/photos/:id/image',
  describe({
    tag: 'photos',
    summary: "A photo's bytes",
    description:
      "With a token, or without one by the signature in the photo's `url`. The original stands in for a variant that cannot be made.",
    answers: describeDownload({
      description: 'The bytes',
      media: [...SHOWN, 'application/octet-stream'],
      headers: ['Vary'],
    }),
    refusals: ['unauthenticated', 'forbidden', 'not_found', 'invalid', ...DOWNLOAD_REFUSALS],
    token: 'optional',
  }),
  validateParam(ById),
  validateQuery(Query),
  bySignature,
  authenticateConcurrently({ realm: 'member' }),
  async (c) => {
    const { id } = c.req.valid('param');
    const [{ key, sha256 }] = await Promise.all([getPhoto(c.var, c.var.claims.sub, id), c.var.admitted]);
    return sendImage(c, { id, key, digest: sha256, posted: false, life: 0 }, c.req.valid('query'));
  },
);
