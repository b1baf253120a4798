import { imageDimensionsFromData } from 'image-dimensions';
import type { Using } from '../env.ts';
import { Refusal } from '../refusal.ts';

const CONTENT_TYPES: Record<string, string> = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
};

export type Image = { contentType: string; width: number; height: number };

const BOXES = 256 * 1024;

/** Of AVIF only the beginning is looked at: the reader's work grows with the number of boxes, which a hostile file has millions of. */
const readHeader = (bytes: Uint8Array) => {
  const isBoxed = String.fromCharCode(...bytes.subarray(4, 8)) === 'ftyp';
  try {
    return imageDimensionsFromData(isBoxed ? bytes.subarray(0, BOXES) : bytes);
  } catch {
    return undefined;
  }
};

/**
 * What an image is by its own bytes, never by its name or its label. Width and height are in pixels, before any orientation.
 * @throws Refusal `unsupported_type` for what is no image of ours, `invalid` for one without size or with too many pixels
 */
export const judgeImage = ({ settings }: Using<'settings'>, bytes: Uint8Array): Image => {
  const header = readHeader(bytes);
  const contentType = header && CONTENT_TYPES[header.type];
  if (!contentType)
    throw new Refusal('unsupported_type', 'The file is not a JPEG, PNG, GIF, WebP or AVIF image that can be read.');
  const { width, height } = header;
  const refuse = (detail: string) => new Refusal('invalid', detail, { errors: [{ pointer: '#/file', detail }] });
  if (!(width > 0 && height > 0)) throw refuse('The image has no size.');
  if (width * height > settings.PHOTO_MAX_MEGAPIXELS * 1_000_000)
    throw refuse(`The image has more than ${settings.PHOTO_MAX_MEGAPIXELS} megapixels.`);
  return { contentType, width, height };
};
