import { ascii, be } from './bytes.ts';
import { cleanAvif } from './formats/avif.ts';
import { cleanGif } from './formats/gif.ts';
import { cleanJpeg } from './formats/jpeg.ts';
import { cleanPng } from './formats/png.ts';
import { cleanWebp } from './formats/webp.ts';
import { ImageError } from './imageError.ts';
import type { ImageInfo, Limits } from './imageInfo.ts';
import type { Steps, StreamEditor } from './streamEditor.ts';

export type Format = {
  contentType: string;
  clean: (editor: StreamEditor, limits: Limits) => Steps<ImageInfo>;
  /** The message for a file that ends too early. */
  cutOff: string;
};

const JPEG: Format = {
  contentType: 'image/jpeg',
  clean: cleanJpeg,
  cutOff: 'The JPEG ends before its end-of-image marker.',
};
const PNG: Format = {
  contentType: 'image/png',
  clean: cleanPng,
  cutOff: 'The PNG ends before its IEND chunk.',
};
const GIF: Format = { contentType: 'image/gif', clean: cleanGif, cutOff: 'The GIF ends within a block.' };
const WEBP: Format = {
  contentType: 'image/webp',
  clean: cleanWebp,
  cutOff: 'The WebP ends before the length in its header.',
};
const AVIF: Format = {
  contentType: 'image/avif',
  clean: cleanAvif,
  cutOff: 'The AVIF ends within a box.',
};

/** AVIF's first box lists brands of four bytes each. */
const MAX_FTYP_BYTES = 1024;

export const unsupported = () =>
  new ImageError('unsupported', 'The file is not a JPEG, PNG, GIF, WebP or AVIF image.');

const HEIC_BRANDS = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs'];
const heic = () =>
  new ImageError(
    'unsupported',
    'The file is a HEIC image, which most browsers cannot show. Share it as a JPEG: an iPhone converts it when it is chosen in a ' +
      'file field of a web page, and takes new photos as JPEG with Settings > Camera > Formats > Most Compatible.',
  );

/** Detects the format by the first bytes. @throws ImageError `unsupported` */
export function* detectFormat(editor: StreamEditor): Steps<Format> {
  while (editor.needs(3)) yield;
  if (be(editor.peek(3), 0, 3) === 0xffd8ff) return JPEG;
  while (editor.needs(12)) yield;
  const start = editor.peek(12);
  const text = ascii(start, 0, 12);
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return PNG;
  if (/^GIF8[79]a/.test(text)) return GIF;
  if (/^RIFF....WEBP/s.test(text)) return WEBP;
  const length = be(start, 0, 4);
  if (text.slice(4, 8) !== 'ftyp' || length < 16 || length > MAX_FTYP_BYTES) throw unsupported();
  while (editor.needs(length)) yield;
  const [major = '', minor, ...compatible] = ascii(editor.peek(length), 8, length - 8).match(/.{4}/gs) ?? [];
  const brands = [major, ...compatible];
  if (brands.includes('avif') || brands.includes('avis')) return AVIF;
  if (major === 'mif3' && minor === 'avif') return AVIF; // a file with a mini box has its codec there
  if (brands.some((brand) => HEIC_BRANDS.includes(brand)) || (major === 'mif3' && minor === 'heic'))
    throw heic();
  throw unsupported();
}
