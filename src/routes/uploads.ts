import { parse as parseDisposition } from 'content-disposition';
import { Hono } from 'hono';
import * as z from 'zod';
import type { UploadResults } from '../../openapi/photos.ts';
import type { Account } from '../domain/accounts/accounts.ts';
import {
  type IncomingPhoto,
  type PhotoResult,
  type StoredPhoto,
  storePhotos,
} from '../domain/photos/uploads.ts';
import { ApiError } from '../errors.ts';
import type { Call, Context } from '../http/context.ts';
import { receiveBody, receiveFiles } from '../http/upload.ts';
import { authenticate } from '../middleware/authenticate.ts';
import { describeProblem } from '../middleware/problems.ts';
import { consumeThrottled, UPLOADS } from '../middleware/throttle.ts';
import { parse, validateQuery } from '../middleware/validate.ts';
import { Caption } from './inputs.ts';
import { viewPhoto } from './views.ts';

const MAX_FILES = 10;

const Captioned = z.object({ caption: Caption.optional() });

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

/** The photos of a request: its body, or the files of its form. */
async function* receivePhotos(c: Call, caption: string | undefined): AsyncGenerator<IncomingPhoto> {
  const maxBytes = c.var.settings.PHOTO_MAX_BYTES;
  const once = c.req.header('If-None-Match')?.trim() === '*';
  const contentType = c.req.header('Content-Type') ?? '';
  if (/^\s*image\//i.test(contentType)) {
    if ((c.req.header('Content-Encoding') ?? 'identity') !== 'identity')
      throw new ApiError('unsupported_type', 'Send the image as it is, without a Content-Encoding.');
    yield {
      filename: nameOf(filenameOf(c.req.header('Content-Disposition'))),
      chunks: receiveBody(c.req.raw, maxBytes, c.var.settings),
      caption: () => caption ?? null,
      digest: digestOf(c.req.header('Repr-Digest') ?? c.req.header('Content-Digest')),
      once,
      finish: async () => undefined, // a body that is too large is refused as soon as it is
    };
    return;
  }
  if (!/^\s*multipart\/form-data/i.test(contentType))
    throw new ApiError(
      'unsupported_type',
      'Send multipart/form-data with the photo as its part `file`, or the photo itself with its Content-Type: image/….',
    );
  const wanted = { part: 'file', maxBytes, maxFiles: MAX_FILES, timeouts: c.var.settings };
  for await (const file of receiveFiles(c.req.raw, wanted)) {
    const { filename, fields, ...rest } = file;
    const ownCaption = () => parse(Captioned, { caption: fields.get('caption') }).caption;
    yield { ...rest, filename: nameOf(filename), caption: () => ownCaption() ?? caption ?? null, once };
  }
}

const viewStored = (c: Call, { id, username }: Account, { photo }: StoredPhoto) =>
  viewPhoto(c, id, { ...photo, username });

/** What became of each photo, and in `Retry-After` when the last of those over the limit may be sent again. */
const viewResults = async (
  c: Call & { set: (name: 'failure', error: unknown) => void },
  account: Account,
  results: PhotoResult[],
): Promise<UploadResults> => {
  const view = async (result: PhotoResult) => {
    if ('photo' in result)
      return { status: result.isNew ? 201 : 200, photo: await viewStored(c, account, result) } as const;
    const { status, problem, refusal } = describeProblem(result.error, c);
    c.set('failure', refusal ?? result.error);
    return { status, problem };
  };
  const retryAfter = results.map((result) =>
    'error' in result && result.error instanceof ApiError ? (result.error.details.retryAfter ?? 0) : 0,
  );
  if (Math.max(...retryAfter) > 0) c.header('Retry-After', String(Math.max(...retryAfter)));
  return { results: await Promise.all(results.map(view)) };
};

export const uploads = new Hono<Context>().post(
  '/photos',
  authenticate({ realm: 'member', throttle: UPLOADS }),
  validateQuery(Captioned),
  async (c) => {
    const { account } = c.var;
    const incoming = receivePhotos(c, c.req.valid('query').caption);
    const countPhoto = () => consumeThrottled(c, UPLOADS, String(account.id));
    const results = await storePhotos(c.var, account, incoming, countPhoto);
    const [first, ...more] = results;
    if (!first || more.length > 0) return c.json(await viewResults(c, account, results), 207);
    if ('error' in first) throw first.error;
    const photo = await viewStored(c, account, first);
    const message = first.isNew ? 'File successfully uploaded' : 'You have this photo already';
    return c.json({ message, ...photo }, first.isNew ? 201 : 200, { Location: `/photos/${photo.id}` });
  },
);
