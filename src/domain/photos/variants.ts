import { and, eq, gt } from 'drizzle-orm';
import { deleteObjects, getObject, headObject, putObject } from '../../storage/objects.ts';
import { type Shrinking, shrinkImage, UnreadableImage } from '../../storage/resize.ts';
import { photos } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';

export const WIDTHS = [160, 320, 640, 1280] as const;
export const FORMATS = ['webp', 'jpeg', 'avif'] as const;

/** A smaller image of a photo; `width` is the maximum in pixels. */
export type Variant = { width: (typeof WIDTHS)[number]; format: (typeof FORMATS)[number] };

const VARIANTS: Variant[] = WIDTHS.flatMap((width) => FORMATS.map((format) => ({ width, format })));

export const variantKey = (key: string, { width, format }: Variant) => `${key}/${width}.${format}`;

/** The keys of all variants that an object may have. Only photos have variants. */
export const variantKeys = (key: string): string[] =>
  key.startsWith('photos/') ? VARIANTS.map((variant) => variantKey(key, variant)) : [];

/** The name of a variant, or of the original, in the edge cache. */
export const nameAtEdge = (id: number, key: string, variant?: Variant) =>
  `${id}/${variant ? variantKey(key, variant) : `${key}/original`}`;

export const namesAtEdge = (id: number, key: string): string[] =>
  [undefined, ...VARIANTS].map((variant) => nameAtEdge(id, key, variant));

/**
 * Each call of Images is billed: a picture that it cannot read is tried once in this time, in milliseconds.
 */
const UNREADABLE_RETRY_MS = 3_600_000;

/** Whether Images refused the picture a short time ago. Where the database does not say, it is tried. */
const isKnownUnreadable = async ({ db, now }: Using<'db' | 'now'>, key: string): Promise<boolean> => {
  const since = now() - UNREADABLE_RETRY_MS;
  const found = db
    .select({ id: photos.id })
    .from(photos)
    .where(and(eq(photos.key, key), gt(photos.unreadableAt, since)));
  return found.then(
    (rows) => rows.length > 0,
    () => false,
  );
};

export type Shrinker = Using<'images' | 'bucket' | 'budget' | 'settings' | 'db' | 'now' | 'background'>;

/**
 * A smaller image of a stored one. Undefined if the stored one is gone, if Images is not bound, or if Images
 * refused it within the last hour.
 * @throws Error if the image cannot be made; ApiError `unavailable`
 */
export const shrinkObject = async (tools: Shrinker, key: string, to: Shrinking) => {
  const { images, bucket, budget, settings, db, now, background } = tools;
  if (!images) return undefined;
  const [original, isUnreadable] = await Promise.all([
    getObject({ bucket, budget, settings }, key),
    isKnownUnreadable(tools, key),
  ]);
  if (!original || !('body' in original)) return undefined;
  if (isUnreadable) {
    await original.body.cancel();
    return undefined;
  }
  return shrinkImage({ images, budget, settings }, original.body, to).catch((error) => {
    if (error instanceof UnreadableImage)
      background(db.update(photos).set({ unreadableAt: now() }).where(eq(photos.key, key)));
    throw error;
  });
};

const warn = (event: string, key: string, error: unknown) =>
  console.warn(
    JSON.stringify({ event, key, error: String(error instanceof Error ? (error.cause ?? error) : error) }),
  );

/** A new variant; `object` is undefined if it could not be stored. */
export type MadeVariant = { bytes: Uint8Array<ArrayBuffer>; object?: R2Object | undefined };

/**
 * Makes a variant and stores it for later requests. Simultaneous requests may each make it, because workerd
 * cannot share work between requests. Undefined if the original is gone or cannot be resized.
 * @throws ApiError `unavailable`
 */
export const makeVariant = async (
  tools: Shrinker,
  key: string,
  variant: Variant,
): Promise<MadeVariant | undefined> => {
  const name = variantKey(key, variant);
  const bytes = await shrinkObject(tools, key, variant).catch((error) => {
    if (error.code === 'unavailable') throw error;
    warn('variant_failed', name, error);
    return undefined;
  });
  if (!bytes) return undefined;
  const object = await putObject(tools, name, bytes, `image/${variant.format}`).catch((error) => {
    warn('variant_not_stored', name, error);
    return undefined;
  });
  // One call deletes an original with its variants. If it came before our put, the original is missing now.
  const original = await headObject(tools, key).catch(() => undefined);
  if (original !== null) return { bytes, object };
  await deleteObjects(tools, [name]).catch((error) => warn('object_left_to_sweep', name, error));
  return undefined;
};
