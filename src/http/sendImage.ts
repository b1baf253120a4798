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
import { type Sending, sendBytes, sendCopy, sendObject } from './download.ts';

/** The types that a browser may show; anything else is an attachment. */
export const IMAGE_TYPES = ['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'image/avif'] as const;

/** For how long, in seconds, a caller may keep an original that stands in for a variant. */
const STAND_IN = 300;

export type Wanted = {
  width?: Variant['width'] | undefined;
  format?: Variant['format'] | 'auto' | undefined;
};

type Image = {
  id: number;
  key: string;
  digest: string | null | undefined;
  /** Whether everybody may see it, so that the edge may keep it. */
  posted: boolean;
  /** For how many seconds the caller may keep it without asking again. */
  life: number;
};

const PASSING = ['Range', 'If-Range', 'If-Match', 'If-Unmodified-Since'];

/** Whether a whole copy can answer the request. */
const takesCopy = ({ req }: Call) =>
  req.method === 'GET' && !PASSING.some((name) => req.header(name) !== undefined);

const cacheControl = (life: number) =>
  life > 0 ? `private, max-age=${life}, immutable` : 'private, no-cache';

/** One that R2 would not store has no entity tag; the next request makes it again. */
const sendMade = (c: Call, { bytes, object }: MadeVariant, { format }: Variant, sending: Sending) =>
  object
    ? sendBytes(c, object, bytes, sending)
    : c.body(bytes, 200, {
        'Content-Type': `image/${format}`,
        'Content-Length': String(bytes.length),
        'Cache-Control': sending.cacheControl ?? 'no-store',
        ...(sending.vary && { Vary: sending.vary }),
      });

const sendVariant = async (
  c: Call,
  key: string,
  variant: Variant,
  sending: Sending,
): Promise<Response | undefined> => {
  const stored = await sendObject(c, variantKey(key, variant), sending);
  if (stored) return stored;
  const made = await makeVariant(c.var, key, variant);
  return made && sendMade(c, made, variant, sending);
};

/**
 * Answers with a photo's bytes, or with the variant that is wanted, never to be read as anything but an image. The original stands in
 * where no variant can be had. Published ones go through the cache of the edge; whether the caller may see the photo is known before.
 * @throws ApiError `not_found`, and what `sendObject` refuses
 */
export const sendImage = async (
  c: Call,
  { id, key, digest, posted, life }: Image,
  { width, format = 'auto' }: Wanted,
) => {
  const negotiated = format === 'auto' ? (accepts(c, 'image/webp') ? 'webp' : 'jpeg') : format;
  const variant = width && c.var.images ? { width, format: negotiated } : undefined;
  const shown = { inline: IMAGE_TYPES, vary: variant && format === 'auto' ? 'Accept' : undefined };
  const sending = { ...shown, cacheControl: cacheControl(life), digest: variant ? null : digest };

  const name = posted && takesCopy(c) ? nameAtEdge(id, key, variant) : undefined;
  const copy = name && (await findAtEdge(name, c.var.settings.EDGE_TIMEOUT_MS));
  if (copy) return sendCopy(c, copy, sending);
  const sent = await (variant ? sendVariant(c, key, variant, sending) : sendObject(c, key, sending));
  if (sent && name && fitsAtEdge(sent)) c.var.background(keepAtEdge(name, sent.clone()));
  if (sent) return sent;

  const standIn = { ...shown, cacheControl: cacheControl(Math.min(life, STAND_IN)), digest };
  const original = variant && (await sendObject(c, key, standIn));
  if (!original) throw new ApiError('not_found', 'There is no such photo.');
  return original;
};
