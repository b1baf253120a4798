import {
  type MadeVariant,
  makeVariant,
  nameAtEdge,
  type Variant,
  variantKey,
} from '../domain/photos/variants.ts';
import { ApiError } from '../errors.ts';
import { findAtEdge, fitsAtEdge, keepAtEdge } from '../storage/edge.ts';
import { accepts } from './accept.ts';
import type { Call } from './context.ts';
import { type SendOptions, sendBytes, sendCopy, sendObject } from './download.ts';

/** The types that a browser may show; anything else is an attachment. */
export const IMAGE_TYPES = ['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'image/avif'] as const;

/** How long a client may cache an original that is served in place of a variant. */
const FALLBACK_MAX_AGE_SECONDS = 300;

export type VariantChoice = {
  width?: Variant['width'] | undefined;
  format?: Variant['format'] | 'auto' | undefined;
};

type Image = {
  id: number;
  key: string;
  digest: string | null | undefined;
  /** Whether it is published, so that the cache of the edge may store it. */
  posted: boolean;
  /** How many seconds a client may cache it. */
  maxAge: number;
};

const BYPASS_HEADERS = ['Range', 'If-Range', 'If-Match', 'If-Unmodified-Since'];

/** Whether a stored copy of the whole response can answer the request. */
const allowsCopy = ({ req }: Call) =>
  req.method === 'GET' && !BYPASS_HEADERS.some((name) => req.header(name) !== undefined);

const cacheControl = (maxAge: number) =>
  maxAge > 0 ? `private, max-age=${maxAge}, immutable` : 'private, no-cache';

/** A variant that R2 did not store has no entity tag. The next request makes it again. */
const sendMade = (c: Call, { bytes, object }: MadeVariant, { format }: Variant, options: SendOptions) =>
  object
    ? sendBytes(c, object, bytes, options)
    : c.body(bytes, 200, {
        'Content-Type': `image/${format}`,
        'Content-Length': String(bytes.length),
        'Cache-Control': options.cacheControl ?? 'no-store',
        ...(options.vary && { Vary: options.vary }),
      });

const sendVariant = async (
  c: Call,
  key: string,
  variant: Variant,
  options: SendOptions,
): Promise<Response | undefined> => {
  const stored = await sendObject(c, variantKey(key, variant), options);
  if (stored) return stored;
  const made = await makeVariant(c.var, key, variant);
  return made && sendMade(c, made, variant, options);
};

/**
 * Answers with a photo's image, or with a variant of it; the original is the fallback if a variant cannot be made. Images of published
 * photos go through the cache of the edge. The caller has checked before that the photo may be seen.
 * @throws ApiError `not_found`, and what `sendObject` refuses
 */
export const sendImage = async (
  c: Call,
  { id, key, digest, posted, maxAge }: Image,
  { width, format = 'auto' }: VariantChoice,
) => {
  const negotiated = format === 'auto' ? (accepts(c, 'image/webp') ? 'webp' : 'jpeg') : format;
  const variant = width && c.var.images ? { width, format: negotiated } : undefined;
  const base = { inline: IMAGE_TYPES, vary: variant && format === 'auto' ? 'Accept' : undefined };
  const options = { ...base, cacheControl: cacheControl(maxAge), digest: variant ? null : digest };

  const name = posted && allowsCopy(c) ? nameAtEdge(id, key, variant) : undefined;
  const copy = name && (await findAtEdge(name, c.var.settings.EDGE_TIMEOUT_MS));
  if (copy) return sendCopy(c, copy, options);
  const sent = await (variant ? sendVariant(c, key, variant, options) : sendObject(c, key, options));
  if (sent && name && fitsAtEdge(sent)) c.var.background(keepAtEdge(name, sent.clone()));
  if (sent) return sent;

  const fallback = {
    ...base,
    cacheControl: cacheControl(Math.min(maxAge, FALLBACK_MAX_AGE_SECONDS)),
    digest,
  };
  const original = variant && (await sendObject(c, key, fallback));
  if (!original) throw new ApiError('not_found', 'There is no such photo.');
  return original;
};
