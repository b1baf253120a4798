import { Hono } from 'hono';
import type { UploadResults } from '../../openapi/photos.ts';
import type { Account } from '../domain/accounts/accounts.ts';
import { type PhotoResult, type StoredPhoto, storePhotos } from '../domain/photos/uploads.ts';
import { ApiError } from '../errors.ts';
import type { Call, Context } from '../http/context.ts';
import { HttpError } from '../http/httpError.ts';
import { unsupportedType } from '../http/mediaTypes.ts';
import { authenticate } from '../middleware/authenticate.ts';
import { describeProblem } from '../middleware/problems.ts';
import { consumeThrottled, FILE_REQUESTS, UPLOADS } from '../middleware/throttle.ts';
import { validateQuery } from '../middleware/validate.ts';
import { Captioned, receivePhotos, UPLOAD_TYPES } from './incomingPhotos.ts';
import { viewPhoto } from './views.ts';

/** A request whose account is known. */
type Uploading = Call & { var: { account: Account }; set: (name: 'failure', error: unknown) => void };

const viewStored = (c: Uploading, { photo }: StoredPhoto) => {
  const { id, username } = c.var.account;
  return viewPhoto(c, id, { ...photo, username });
};

/** The result of each photo; `Retry-After` says when the last of those over the limit may be sent again. */
const viewResults = async (c: Uploading, results: PhotoResult[]): Promise<UploadResults> => {
  const view = async (result: PhotoResult) => {
    if ('photo' in result)
      return { status: result.isNew ? 201 : 200, photo: await viewStored(c, result) } as const;
    const { status, problem, apiError } = await describeProblem(result.error, c);
    c.set('failure', apiError ?? result.error);
    return { status, problem };
  };
  const retryAfter = results.map((result) =>
    'error' in result && result.error instanceof ApiError ? (result.error.details.retryAfter ?? 0) : 0,
  );
  if (Math.max(...retryAfter) > 0) c.header('Retry-After', String(Math.max(...retryAfter)));
  return { results: await Promise.all(results.map(view)) };
};

/** An image of another format is answered with the formats that are taken. */
const nameTypes = (c: Call, error: unknown) =>
  error instanceof ApiError && error.code === 'unsupported_type' && !(error instanceof HttpError)
    ? unsupportedType(c.req.method, error.message, UPLOAD_TYPES)
    : error;

/** Stores the photos of a request. `countPhoto` counts each after the first against a limit. */
const upload = async (c: Uploading, caption: string | undefined, countPhoto: () => Promise<unknown>) => {
  const results = await storePhotos(c.var, c.var.account, receivePhotos(c, caption), countPhoto);
  const [first, ...more] = results;
  if (!first || more.length > 0) return { status: 207, body: await viewResults(c, results) } as const;
  if ('error' in first) throw nameTypes(c, first.error);
  const photo = await viewStored(c, first);
  c.header('Location', `/photos/${photo.id}`);
  const message = first.isNew ? 'File successfully uploaded' : 'You have this photo already';
  return { status: first.isNew ? 201 : 200, body: { message, ...photo } } as const;
};

export const uploads = new Hono<Context>()
  .post(
    '/photos',
    authenticate({ realm: 'member', throttle: UPLOADS }),
    validateQuery(Captioned),
    async (c) => {
      const countPhoto = () => consumeThrottled(c, UPLOADS, String(c.var.account.id));
      const { body, status } = await upload(c, c.req.valid('query').caption, countPhoto);
      return c.json(body, status);
    },
  )
  .post(
    '/file',
    authenticate({ realm: 'member', throttle: FILE_REQUESTS }),
    validateQuery(Captioned),
    async (c) => {
      const { body, status } = await upload(c, c.req.valid('query').caption, async () => {});
      return c.json(body, status);
    },
  );
