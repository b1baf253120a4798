import { ImageError } from './imageError.ts';

/** What an image's own structure says. Width and height are in pixels, before any orientation. */
export type ImageInfo = {
  width: number;
  height: number;
  frames: number;
  /** 1 to 8, as Exif counts (CIPA DC-008, tag 0x0112). */
  orientation: number;
  /** ISO 8601, with an offset only where the camera wrote one. */
  takenAt: string | null;
};

export type Limits = { maxPixels: number };

export const invalid = (detail: string) => new ImageError('invalid', detail);

/** @throws ImageError `invalid` for an image without size or with too many pixels */
export const checkSize = (width: number, height: number, { maxPixels }: Limits) => {
  if (!(width > 0 && height > 0)) throw invalid('The image has no size.');
  if (width * height > maxPixels)
    throw invalid(`The image has more than ${maxPixels / 1_000_000} megapixels.`);
};
