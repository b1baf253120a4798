import { ascii, be } from './bytes.ts';
import { walkAvif } from './formats/avif.ts';
import { walkGif } from './formats/gif.ts';
import { walkJpeg } from './formats/jpeg.ts';
import { walkPng } from './formats/png.ts';
import { walkWebp } from './formats/webp.ts';
import { ImageError } from './imageError.ts';
import { type ImageInfo, invalid, type Limits } from './imageInfo.ts';
import { openTape, type Tape, type Walk } from './streamEditor.ts';

export { ImageError } from './imageError.ts';
export type { ImageInfo, Limits } from './imageInfo.ts';

type Format = { contentType: string; walk: (tape: Tape, limits: Limits) => Walk<ImageInfo>; cut: string };

const JPEG: Format = {
  contentType: 'image/jpeg',
  walk: walkJpeg,
  cut: 'The JPEG ends before its end-of-image marker.',
};
const PNG: Format = { contentType: 'image/png', walk: walkPng, cut: 'The PNG ends before its IEND chunk.' };
const GIF: Format = { contentType: 'image/gif', walk: walkGif, cut: 'The GIF ends before its trailer.' };
const WEBP: Format = {
  contentType: 'image/webp',
  walk: walkWebp,
  cut: 'The WebP ends before the length that it says it has.',
};
const AVIF: Format = { contentType: 'image/avif', walk: walkAvif, cut: 'The AVIF ends within a box.' };

/** How long AVIF's first box may be: it lists brands of four bytes. */
const BRANDS = 1024;
const NOTHING = new Uint8Array(0);

const unknown = () =>
  new ImageError('unsupported', 'The file is not a JPEG, PNG, GIF, WebP or AVIF image that can be read.');

/** What a file is by its first bytes; a walk, because it may need more of them. @throws ImageError `unsupported` */
function* recognise(tape: Tape): Walk<Format> {
  while (tape.lacks(3)) yield;
  if (be(tape.ahead(3), 0, 3) === 0xffd8ff) return JPEG;
  while (tape.lacks(12)) yield;
  const head = tape.ahead(12);
  const text = ascii(head, 0, 12);
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return PNG;
  if (/^GIF8[79]a/.test(text)) return GIF;
  if (/^RIFF....WEBP/s.test(text)) return WEBP;
  const length = be(head, 0, 4);
  if (text.slice(4, 8) !== 'ftyp' || length < 16 || length > BRANDS) throw unknown();
  while (tape.lacks(length)) yield;
  const brands = ascii(tape.ahead(length), 8, length - 8).match(/.{4}/gs) ?? [];
  if (!brands.some((brand, i) => i !== 1 && (brand === 'avif' || brand === 'avis'))) throw unknown();
  return AVIF;
}

/**
 * Opens an image that arrives: what it is by its own bytes, never by its name or its label; the same picture without the metadata that
 * it came with, pixel for pixel, with its colour profile and its orientation; and, once that has ended, the info. Nothing is held whole.
 * What follows the image is read and thrown away. The pieces of `readable` share memory with the chunks and with what is still to come:
 * nobody may write into them or transfer them.
 * @throws ImageError `unsupported` for what is no image of ours; `invalid` for one that is broken, cut, or has no size or too many
 * pixels, which `readable` throws too
 */
export const cleanImage = async (chunks: AsyncIterable<Uint8Array>, limits: Limits) => {
  const tape = openTape();
  const known: { format?: Format; info?: ImageInfo } = {};

  function* walk(): Walk {
    known.format = yield* recognise(tape);
    yield;
    known.info = yield* known.format.walk(tape, limits);
    return undefined;
  }
  async function* clean(): AsyncGenerator<Uint8Array> {
    const walking = walk();
    for await (const chunk of chunks) {
      if (known.info) continue;
      tape.feed(chunk);
      if (!known.format) {
        walking.next();
        if (!known.format) continue;
        yield NOTHING; // cleanImage waits for it
      }
      walking.next();
      yield* tape.drain();
    }
    tape.finish();
    if (!known.format) throw tape.held() ? unknown() : invalid('The file is empty.');
    walking.next();
    if (!known.info) throw invalid(known.format.cut);
    yield* tape.drain();
  }

  const cleaned = clean();
  await cleaned.next();
  if (!known.format) throw unknown();
  return {
    contentType: known.format.contentType,
    readable: cleaned,
    info: (): ImageInfo => {
      if (!known.info) throw new Error('The image is not read to its end yet.');
      return known.info;
    },
  };
};
