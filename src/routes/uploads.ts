import { parse as parseDisposition } from 'content-disposition';
import { Hono } from 'hono';
import * as z from 'zod';
import type { Account } from '../domain/accounts/accounts.ts';
import { placePlaceholder } from '../domain/photos/placeholders.ts';
import { type Arriving, storePhoto } from '../domain/photos/uploads.ts';
import { ApiError } from '../errors.ts';
import type { Call, Context } from '../http/context.ts';
import { type Arriving as File, receiveBody, receiveFiles } from '../http/upload.ts';
import { authenticate } from '../middleware/authenticate.ts';
import { binary, describe, describeForm } from '../middleware/describe.ts';
import { describeProblem, Problem } from '../middleware/problems.ts';
import { consumeThrottled, UPLOADS } from '../middleware/throttle.ts';
import { parse, validateQuery } from '../middleware/validate.ts';
import { Caption } from './inputs.ts';
import { PhotoView, viewPhoto } from './views.ts';

const MOST_FILES = 10;

const Captioned = z.object({ caption: Caption.optional() });

const Uploaded = PhotoView.extend({ message: z.string() }).meta({ id: 'Uploaded' });

const Results = z
  .object({
    results: z.array(
      z.union([
        z.object({ status: z.literal([200, 201]), photo: PhotoView }),
        z.object({ status: z.int(), problem: Problem }),
      ]),
    ),
  })
  .meta({ id: 'UploadResults' });

const nameOf = (filename: string | undefined) => (filename ?? '').slice(0, 255).toWellFormed() || 'photo';

/** The SHA-256 of the body, in base64, where it is among the digests that its sender names (RFC 9530 §2, §3). @throws ApiError `malformed` */
const digestOf = (header: string | undefined) => {
  const [, digest] = /(?:^|[,\s])sha-256=:([A-Za-z0-9+/]{43}=):/.exec(header ?? '') ?? [];
  if (header?.includes('sha-256=') && !digest)
    throw new ApiError(
      'malformed',
      'The digest of the body cannot be read: it is written as sha-256=:<base64>:',
    );
  return digest;
};

const filenameOf = (header: string | undefined) => {
  try {
    return header === undefined ? undefined : parseDisposition(header).parameters.filename;
  } catch {
    return undefined;
  }
};

type Received = Arriving & Partial<Pick<File, 'refusal' | 'expectSize'>>;

/** The photos of a request: its body, or the files of its form. */
async function* receivePhotos(c: Call, caption: string | undefined): AsyncGenerator<Received> {
  const maxBytes = c.var.settings.PHOTO_MAX_BYTES;
  const once = c.req.header('If-None-Match')?.trim() === '*';
  if (/^\s*image\//i.test(c.req.header('Content-Type') ?? '')) {
    if ((c.req.header('Content-Encoding') ?? 'identity') !== 'identity')
      throw new ApiError('unsupported_type', 'Send the image as it is, without a Content-Encoding.');
    yield {
      filename: nameOf(filenameOf(c.req.header('Content-Disposition'))),
      chunks: receiveBody(c.req.raw, maxBytes, c.var.settings),
      caption: () => caption ?? null,
      digest: digestOf(c.req.header('Repr-Digest') ?? c.req.header('Content-Digest')),
      once,
    };
    return;
  }
  if (!/^\s*multipart\/form-data/i.test(c.req.header('Content-Type') ?? ''))
    throw new ApiError(
      'unsupported_type',
      'Send multipart/form-data with the photo as its part `file`, or the photo itself with its Content-Type: image/….',
    );
  for await (const { fields, ...file } of receiveFiles(c.req.raw, {
    part: 'file',
    maxBytes,
    maxFiles: MOST_FILES,
    timeouts: c.var.settings,
  })) {
    const written = () => parse(Captioned, { caption: fields.get('caption') }).caption ?? caption ?? null;
    yield { ...file, filename: nameOf(file.filename), caption: written, once };
  }
}

type Result = { photo: PhotoView; isNew: boolean } | { error: unknown };

const store = async (c: Call & { var: { account: Account } }, arriving: Arriving): Promise<Result> => {
  const { account } = c.var;
  const { photo, isNew } = await storePhoto(c.var, account, arriving);
  const view = await viewPhoto(c, account.id, { ...photo, username: account.username });
  if (isNew) c.var.background(placePlaceholder(c.var, photo));
  return { photo: view, isNew };
};

/** One after the other; each after the first is counted by itself. */
const storeAll = async (
  c: Call & { var: { account: Account } },
  caption: string | undefined,
): Promise<Result[]> => {
  const results: Result[] = [];
  const received: Received[] = [];
  try {
    for await (const arriving of receivePhotos(c, caption)) {
      const storing = async () => {
        if (arriving.refusal) throw arriving.refusal;
        if (results.length > 0) {
          c.var.budget.extend(c.var.settings.REQUEST_BUDGET_MS); // one for each file
          await consumeThrottled(c, UPLOADS, String(c.var.account.id));
        }
        return store(c, arriving);
      };
      results.push(await storing().catch((error) => ({ error })));
      received.push(arriving);
    }
  } catch (error) {
    const last = results.at(-1);
    if (!last || !('error' in last)) results.push({ error }); // or it is what is wrong with the last file
  }
  return results.map((result, i) => {
    try {
      if ('error' in result) received[i]?.expectSize?.();
      return result;
    } catch (error) {
      return { error };
    }
  });
};

const RATE = ['RateLimit', 'RateLimit-Policy'];

export const uploads = new Hono<Context>().post(
  '/photos',
  describe({
    tag: 'photos',
    summary: 'Upload photos, as drafts',
    description:
      'A form with one or up to ten parts `file`, each with a `caption` before it (of the last: or behind it), or the bytes of one photo as the body, with `?caption`. With `If-None-Match: *` bytes that the account has sent before answer the photo that they are; a body’s `Repr-Digest` (sha-256) is held against the bytes. What a photo tells beside its picture, places and names, is not stored.',
    answers: {
      200: {
        description: 'The photo that was there, where that was asked for',
        schema: Uploaded,
        headers: ['Location', ...RATE],
      },
      201: { description: 'A draft', schema: Uploaded, headers: ['Location', ...RATE] },
      207: {
        description: 'Of several files, what became of each',
        schema: Results,
        headers: ['Retry-After', ...RATE],
      },
    },
    refusals: [
      'malformed',
      'unauthenticated',
      'forbidden',
      'too_large',
      'unsupported_type',
      'invalid',
      'throttled',
    ],
    token: 'required',
    requestBody: describeForm(
      'file',
      {
        file: { type: 'array', items: binary, maxItems: MOST_FILES },
        caption: { type: 'string', maxLength: 2_000 },
      },
      { 'image/*': { schema: binary } },
    ),
  }),
  authenticate({ realm: 'member', throttle: UPLOADS }),
  validateQuery(Captioned),
  async (c) => {
    const results = await storeAll(c, c.req.valid('query').caption);
    const [first, ...more] = results;
    if (!first || more.length > 0) {
      const entries = results.map((result) => {
        if ('photo' in result)
          return { status: result.isNew ? (201 as const) : (200 as const), photo: result.photo };
        const { status, problem, refusal } = describeProblem(result.error, c);
        c.set('failure', refusal ?? result.error);
        return { status, problem };
      });
      const waits = results.map((result) =>
        'error' in result && result.error instanceof ApiError ? (result.error.details.retryAfter ?? 0) : 0,
      );
      if (Math.max(...waits) > 0) c.header('Retry-After', String(Math.max(...waits)));
      return c.json({ results: entries }, 207);
    }
    if ('error' in first) throw first.error;
    const { photo, isNew } = first;
    const message = isNew ? 'File successfully uploaded' : 'You have this photo already';
    return c.json({ message, ...photo }, isNew ? 201 : 200, { Location: `/photos/${photo.id}` });
  },
);
