import { parse as parseDisposition } from 'content-disposition';
import * as z from 'zod';
import type { IncomingPhoto } from '../domain/photos/uploads.ts';
import { ApiError } from '../errors.ts';
import type { Call } from '../http/context.ts';
import { unsupportedType } from '../http/mediaTypes.ts';
import { IMAGE_TYPES } from '../http/sendImage.ts';
import { receiveBody, receiveFiles } from '../http/upload.ts';
import { parse } from '../middleware/validate.ts';
import { Caption } from './inputs.ts';

/** The most files of one form. */
const MAX_FILES = 10;

/** The media types of an upload. */
export const UPLOAD_TYPES = ['multipart/form-data', ...IMAGE_TYPES];

export const Captioned = z.object({ caption: Caption.optional() });

const nameOf = (filename: string | undefined) => (filename ?? '').slice(0, 255).toWellFormed() || 'photo';

/** The SHA-256 of the body in base64, if a digest header has it (RFC 9530 §2, §3). @throws ApiError `malformed` */
const readDigest = (header: string | undefined) => {
  const [, digest] = /(?:^|[,\s])sha-256=:([A-Za-z0-9+/]{43}=):/.exec(header ?? '') ?? [];
  if (header?.includes('sha-256=') && !digest)
    throw new ApiError('malformed', 'The digest cannot be read. Write it as sha-256=:<base64>:');
  return digest;
};

const readFilename = (header: string | undefined) => {
  try {
    return header === undefined ? undefined : parseDisposition(header).parameters.filename;
  } catch {
    return undefined;
  }
};

/**
 * The photos of a request: its body, or the files of its form. `caption` is for those that have none in the form.
 * @throws ApiError `unsupported_type`, `malformed`, `too_large`, `invalid`
 */
export async function* receivePhotos(c: Call, caption: string | undefined): AsyncGenerator<IncomingPhoto> {
  const maxBytes = c.var.settings.PHOTO_MAX_BYTES;
  const once = c.req.header('If-None-Match')?.trim() === '*';
  const contentType = c.req.header('Content-Type') ?? '';
  if (/^\s*image\//i.test(contentType)) {
    yield {
      filename: nameOf(readFilename(c.req.header('Content-Disposition'))),
      chunks: receiveBody(c.req.raw, maxBytes, c.var.settings),
      caption: () => caption ?? null,
      digest: readDigest(c.req.header('Repr-Digest') ?? c.req.header('Content-Digest')),
      once,
      finish: async () => undefined, // a body that is too large is refused as soon as it is
    };
    return;
  }
  if (!/^\s*multipart\/form-data/i.test(contentType))
    throw unsupportedType(
      c.req.method,
      'Send multipart/form-data with the photo as its part `file`, or the photo itself with its Content-Type: image/….',
      UPLOAD_TYPES,
    );
  const wanted = { part: 'file', maxBytes, maxFiles: MAX_FILES, timeouts: c.var.settings };
  for await (const file of receiveFiles(c.req.raw, wanted)) {
    const { filename, fields, ...rest } = file;
    const ownCaption = () => parse(Captioned, { caption: fields.get('caption') }).caption;
    yield { ...rest, filename: nameOf(filename), caption: () => ownCaption() ?? caption ?? null, once };
  }
}
