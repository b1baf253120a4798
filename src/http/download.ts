import { create } from 'content-disposition';
import { ApiError } from '../errors.ts';
import { headersOfBytes } from '../storage/edge.ts';
import { fitRange, getObject, headObject } from '../storage/objects.ts';
import { isSameForRange, judgeConditions, readKnownTag, type Validators } from './conditions.ts';
import type { Call } from './context.ts';
import { HttpError } from './httpError.ts';
import { readRange } from './ranges.ts';

type Opened = NonNullable<Awaited<ReturnType<typeof getObject>>>;

export type Sending = {
  /** The stored types that a browser may show; any other is an attachment of unknown type. */
  inline?: readonly string[];
  filename?: string;
  cacheControl?: string;
  /** Of what the answer was chosen by, beside the URL. */
  vary?: string | undefined;
  /** SHA-256 of the whole object, in base64. */
  digest?: string | null | undefined;
};

const bodyOf = (object: Opened) => ('body' in object ? object.body : null);

const validatorsOf = ({ httpEtag, uploaded }: R2Object): Validators => ({
  etag: httpEtag,
  modified: uploaded,
});

/** The object, open at the range that is asked for, if one counts. A HEAD opens nothing, and knows no ranges (RFC 9110 §14.2). */
const openObject = async (c: Call, key: string): Promise<{ object: Opened | null; range?: R2Range }> => {
  if (c.req.method === 'HEAD') return { object: await headObject(c.var, key) };
  const range = readRange(c.req.header('Range'));
  const object = await getObject(c.var, key, { range, unless: readKnownTag(c.req.raw.headers) });
  if (!object || !range) return { object };
  if (isSameForRange(c.req.raw.headers, validatorsOf(object))) return { object, range };
  await bodyOf(object)?.cancel();
  return { object: await getObject(c.var, key) };
};

/** How to take the bytes, whole or in part. */
const describeObject = (object: R2Object, { inline = [], filename, digest }: Sending) => {
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

/** The headers of an answer that the caller may keep. */
const describeState = ({ etag, modified }: Validators, { cacheControl, vary }: Sending) => ({
  ETag: etag,
  'Last-Modified': modified.toUTCString(),
  ...(cacheControl && { 'Cache-Control': cacheControl }),
  ...(vary && { Vary: vary }),
});

type Bytes = {
  take: (part: Part | undefined) => ReadableStream | Uint8Array<ArrayBuffer> | null;
  drop?: () => unknown;
};

const answerWith = async (
  c: Call,
  object: R2Object,
  range: R2Range | undefined,
  body: Bytes,
  sending: Sending,
) => {
  const kept = describeState(validatorsOf(object), sending);
  const judged = judgeConditions(c.req.raw.headers, validatorsOf(object));
  if (judged) await body.drop?.();
  if (judged === 304) return c.body(null, 304, kept);
  if (judged === 412)
    throw new ApiError('precondition_failed', 'It is not, or no longer, what the request expects.');

  const { size } = object;
  const part = range && fitRange(range, size);
  if (range && !part) {
    await body.drop?.();
    throw new HttpError('range_not_satisfiable', `It has ${size} bytes, and none of them in this range.`, {
      'Content-Range': `bytes */${size}`,
    });
  }
  return c.body(body.take(part) as ReadableStream, part ? 206 : 200, {
    ...kept,
    ...describeObject(object, sending),
    'Content-Length': String(part?.length ?? size),
    ...(part && { 'Content-Range': `bytes ${part.offset}-${part.offset + part.length - 1}/${size}` }),
  });
};

/**
 * Answers a GET or HEAD with an object, as it streams from R2: whole, a part of it, or 304, as the preconditions (RFC 9110 §13) and the
 * range (§14) have it. Undefined where there is no such object. It costs one wait, or two where an `If-Range` is past.
 * @throws ApiError `precondition_failed`, `range_not_satisfiable`, `unavailable`
 */
export const sendObject = async (
  c: Call,
  key: string,
  sending: Sending = {},
): Promise<Response | undefined> => {
  const { object, range } = await openObject(c, key);
  if (!object) return undefined;
  const body = bodyOf(object);
  return answerWith(c, object, range, { take: () => body, drop: () => body?.cancel() }, sending);
};

/** Answers as `sendObject` does with an object that was stored just now, and whose bytes are at hand. */
export const sendBytes = (
  c: Call,
  object: R2Object,
  bytes: Uint8Array<ArrayBuffer>,
  sending: Sending = {},
): Promise<Response> => {
  const headers = c.req.raw.headers;
  const counts = c.req.method !== 'HEAD' && isSameForRange(headers, validatorsOf(object));
  const take = (part: Part | undefined) =>
    part ? bytes.subarray(part.offset, part.offset + part.length) : bytes;
  return answerWith(c, object, counts ? readRange(c.req.header('Range')) : undefined, { take }, sending);
};

/** Answers a GET with a whole copy that was kept of such an answer: 200, or 304 as the preconditions have it. */
export const sendCopy = async (c: Call, copy: Response, sending: Sending): Promise<Response> => {
  const validators = {
    etag: copy.headers.get('ETag') ?? '',
    modified: new Date(copy.headers.get('Last-Modified') ?? Number.NaN),
  };
  const kept = describeState(validators, sending);
  if (judgeConditions(c.req.raw.headers, validators) !== 304)
    return c.body(copy.body as ReadableStream, 200, { ...headersOfBytes(copy.headers), ...kept });
  await copy.body?.cancel();
  return c.body(null, 304, kept);
};
