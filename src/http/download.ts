import { create } from 'content-disposition';
import { ApiError } from '../errors.ts';
import { headersOfBytes } from '../storage/edge.ts';
import { fitRange, getObject, headObject } from '../storage/objects.ts';
import { allowsRange, checkPreconditions, readKnownTag, type Validators } from './conditions.ts';
import type { Call } from './context.ts';
import { HttpError } from './httpError.ts';
import { readRange } from './ranges.ts';

type Opened = NonNullable<Awaited<ReturnType<typeof getObject>>>;

export type SendOptions = {
  /** The stored types that a browser may show. Any other type is sent as an attachment of unknown type. */
  inline?: readonly string[];
  filename?: string;
  cacheControl?: string;
  /** The request headers that the response depends on. */
  vary?: string | undefined;
  /** SHA-256 of the whole object, in base64. */
  digest?: string | null | undefined;
};

const bodyOf = (object: Opened) => ('body' in object ? object.body : null);

const validatorsOf = ({ httpEtag, uploaded }: R2Object): Validators => ({
  etag: httpEtag,
  modified: uploaded,
});

/** Opens the object at the requested range, if it applies. A HEAD opens nothing, and ignores ranges (RFC 9110 §14.2). */
const openObject = async (c: Call, key: string): Promise<{ object: Opened | null; range?: R2Range }> => {
  if (c.req.method === 'HEAD') return { object: await headObject(c.var, key) };
  const range = readRange(c.req.header('Range'));
  const object = await getObject(c.var, key, { range, unless: readKnownTag(c.req.raw.headers) });
  if (!object || !range) return { object };
  if (allowsRange(c.req.raw.headers, validatorsOf(object))) return { object, range };
  await bodyOf(object)?.cancel();
  return { object: await getObject(c.var, key) };
};

/** The headers of a response with bytes. */
const contentHeaders = (object: R2Object, { inline = [], filename, digest }: SendOptions) => {
  const stored = object.httpMetadata?.contentType ?? '';
  const shown = inline.includes(stored);
  return {
    'Content-Type': shown ? stored : 'application/octet-stream',
    ...((!shown || filename !== undefined) && {
      'Content-Disposition': create(filename, { type: shown ? 'inline' : 'attachment' }),
    }),
    'Accept-Ranges': 'bytes',
    ...(digest && { 'Repr-Digest': `sha-256=:${digest}:` }),
  };
};

type Part = { offset: number; length: number };

/** The headers of a response that a cache may store. */
const cacheHeaders = ({ etag, modified }: Validators, { cacheControl, vary }: SendOptions) => ({
  ETag: etag,
  'Last-Modified': modified.toUTCString(),
  ...(cacheControl && { 'Cache-Control': cacheControl }),
  ...(vary && { Vary: vary }),
});

type Bytes = {
  read: (part: Part | undefined) => ReadableStream | Uint8Array<ArrayBuffer> | null;
  cancel?: () => unknown;
};

const answerWith = async (
  c: Call,
  object: R2Object,
  range: R2Range | undefined,
  body: Bytes,
  options: SendOptions,
) => {
  const headers = cacheHeaders(validatorsOf(object), options);
  const status = checkPreconditions(c.req.raw.headers, validatorsOf(object));
  if (status) await body.cancel?.();
  if (status === 304) return c.body(null, 304, headers);
  if (status === 412)
    throw new ApiError(
      'precondition_failed',
      'The resource has changed: If-Match or If-Unmodified-Since does not hold.',
    );

  const { size } = object;
  const part = range && fitRange(range, size);
  if (range && !part) {
    await body.cancel?.();
    throw new HttpError('range_not_satisfiable', `The requested range lies outside the ${size}-byte file.`, {
      'Content-Range': `bytes */${size}`,
    });
  }
  return c.body(body.read(part) as ReadableStream, part ? 206 : 200, {
    ...headers,
    ...contentHeaders(object, options),
    'Content-Length': String(part?.length ?? size),
    ...(part && { 'Content-Range': `bytes ${part.offset}-${part.offset + part.length - 1}/${size}` }),
  });
};

/**
 * Answers a GET or HEAD with an object, streamed from R2, by its preconditions (RFC 9110 §13) and range (§14): 200, 206 or 304. Undefined
 * if the object does not exist. It costs one wait, or two if `If-Range` does not match.
 * @throws ApiError `precondition_failed`, `range_not_satisfiable`, `unavailable`
 */
export const sendObject = async (
  c: Call,
  key: string,
  options: SendOptions = {},
): Promise<Response | undefined> => {
  const { object, range } = await openObject(c, key);
  if (!object) return undefined;
  const body = bodyOf(object);
  return answerWith(c, object, range, { read: () => body, cancel: () => body?.cancel() }, options);
};

/** Like `sendObject`, for an object that was just stored and whose bytes are in memory. */
export const sendBytes = (
  c: Call,
  object: R2Object,
  bytes: Uint8Array<ArrayBuffer>,
  options: SendOptions = {},
): Promise<Response> => {
  const headers = c.req.raw.headers;
  const hasRange = c.req.method !== 'HEAD' && allowsRange(headers, validatorsOf(object));
  const read = (part: Part | undefined) =>
    part ? bytes.subarray(part.offset, part.offset + part.length) : bytes;
  return answerWith(c, object, hasRange ? readRange(c.req.header('Range')) : undefined, { read }, options);
};

/** Answers a GET with a stored copy of a whole response, by its preconditions: 200 or 304. */
export const sendCopy = async (c: Call, copy: Response, options: SendOptions): Promise<Response> => {
  const validators = {
    etag: copy.headers.get('ETag') ?? '',
    modified: new Date(copy.headers.get('Last-Modified') ?? Number.NaN),
  };
  const headers = cacheHeaders(validators, options);
  if (checkPreconditions(c.req.raw.headers, validators) !== 304)
    return c.body(copy.body as ReadableStream, 200, { ...headersOfBytes(copy.headers), ...headers });
  await copy.body?.cancel();
  return c.body(null, 304, headers);
};
