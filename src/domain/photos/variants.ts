import { deleteObjects, getObject, headObject, putObject } from '../../storage/objects.ts';
import { type Shrinking, shrinkImage } from '../../storage/resize.ts';
import type { Using } from '../../storage/tools.ts';

export const WIDTHS = [160, 320, 640, 1280] as const;
export const FORMATS = ['webp', 'jpeg', 'avif'] as const;

/** A smaller image of a photo, at most so many pixels wide. */
export type Variant = { width: (typeof WIDTHS)[number]; format: (typeof FORMATS)[number] };

const EVERY: Variant[] = WIDTHS.flatMap((width) => FORMATS.map((format) => ({ width, format })));

export const variantKey = (key: string, { width, format }: Variant) => `${key}/${width}.${format}`;

/** The keys of all variants that an object may have: those of a photo's, and none of another's. */
export const variantKeys = (key: string): string[] =>
  key.startsWith('photos/') ? EVERY.map((variant) => variantKey(key, variant)) : [];

/** What the edge calls a variant of a photo, or its original. */
export const nameAtEdge = (id: number, key: string, variant?: Variant) =>
  `${id}/${variant ? variantKey(key, variant) : `${key}/original`}`;

export const namesAtEdge = (id: number, key: string): string[] =>
  [undefined, ...EVERY].map((variant) => nameAtEdge(id, key, variant));

/**
 * A stored image, smaller. Undefined where it is gone, or nothing is bound that could make one.
 * @throws Error where it cannot be made, ApiError `unavailable`
 */
export const shrinkObject = async (
  { images, bucket, budget, settings }: Using<'images' | 'bucket' | 'budget' | 'settings'>,
  key: string,
  to: Shrinking,
) => {
  const original = images && (await getObject({ bucket, budget, settings }, key));
  if (!original || !('body' in original)) return undefined;
  return shrinkImage({ images, budget, settings }, original.body, to);
};

const warn = (event: string, key: string, error: unknown) =>
  console.warn(
    JSON.stringify({ event, key, error: String(error instanceof Error ? (error.cause ?? error) : error) }),
  );

/** A variant that was just made; `object` where it is stored as well. */
export type Made = { bytes: Uint8Array<ArrayBuffer>; object?: R2Object | undefined };

/**
 * Makes a variant and stores it, so that it is made once. (Requests at the same moment may each make it: work cannot be shared between
 * requests in workerd.) Undefined where the original is gone, or cannot be made smaller.
 * @throws ApiError `unavailable`
 */
export const makeVariant = async (
  tools: Using<'images' | 'bucket' | 'budget' | 'settings'>,
  key: string,
  variant: Variant,
): Promise<Made | undefined> => {
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
  // A deletion takes the original and its variants by one call: it comes after the put and takes this one too, or it is seen here.
  const original = await headObject(tools, key).catch(() => undefined);
  if (original !== null) return { bytes, object };
  await deleteObjects(tools, [name]).catch((error) => warn('object_left_to_sweep', name, error));
  return undefined;
};
