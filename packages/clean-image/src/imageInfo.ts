import { invalid } from './imageError.ts';

/** What the image's own structure says. Width and height are in pixels, before the orientation is applied. */
export type ImageInfo = {
  width: number;
  height: number;
  frames: number;
  /** 1 to 8, as in Exif (CIPA DC-008, tag 0x0112). */
  orientation: number;
  /** When the photo was taken, in ISO 8601; with a UTC offset only if the camera wrote one. */
  takenAt: string | null;
};

export type Limits = {
  /** Width times height. */
  maxPixels: number;
};

/** @throws ImageError `invalid` if a side is zero or the image has too many pixels */
export const checkSize = (width: number, height: number, { maxPixels }: Limits) => {
  if (!(width > 0 && height > 0)) throw invalid('The image has a width or height of zero.');
  if (width * height > maxPixels)
    throw invalid(`The image has more than ${maxPixels / 1_000_000} megapixels.`);
};
