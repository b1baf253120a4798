import type { Photo } from 'darkroom-client';
import { imageUrl, WIDTHS } from 'darkroom-client';

/** As it is seen: cameras store some pictures turned. */
export const uprightSize = ({ width, height, orientation }: Photo) =>
  orientation >= 5 ? { width: height, height: width } : { width, height };

export const ratioOf = (photo: Photo): number => {
  const { width, height } = uprightSize(photo);
  return width / height;
};

/** The app asks its own origin for bytes, whatever name the API calls itself by. */
const here = (url: string) => {
  const { pathname, search } = new URL(url);
  return pathname + search;
};

/** An original up to this size is offered to large screens: bytes. */
const LIGHT = 4_000_000;

/** The variants of a photo for `srcset`, and the original where it is light enough. */
export const srcSet = (photo: Photo, { withOriginal = false } = {}): string => {
  const { width } = uprightSize(photo);
  const smaller = WIDTHS.filter((_, i) => i === 0 || (WIDTHS[i - 1] ?? 0) < width);
  const variants = smaller.map((one) => `${here(imageUrl(photo, one))} ${Math.min(one, width)}w`);
  const original = withOriginal && photo.bytes <= LIGHT && width > (WIDTHS.at(-1) ?? 0);
  return [...variants, ...(original ? [`${here(photo.url)} ${width}w`] : [])].join(', ');
};

export const smallest = (photo: Photo): string => here(imageUrl(photo, 320));

export const originalUrl = (photo: Photo): string => here(photo.url);

/** What a screen reader calls a photo. */
export const nameOf = ({ caption, username }: Photo): string =>
  `${caption?.trim() || 'Untitled'}, photo by ${username}`;
