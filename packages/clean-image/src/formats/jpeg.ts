import { ascii, be, joined, u16 } from '../bytes.ts';
import { type Exif, readExif, writeExif } from '../exif.ts';
import { checkSize, type ImageInfo, invalid, type Limits } from '../imageInfo.ts';
import type { Tape, Walk } from '../streamEditor.ts';

const [EOI, SOS, DRI, DNL, COM] = [0xd9, 0xda, 0xdd, 0xdc, 0xfe];
const [DHT, JPG, DAC, DQT] = [0xc4, 0xc8, 0xcc, 0xdb];
const [APP0, APP1, APP2, APP14, APP15] = [0xe0, 0xe1, 0xe2, 0xee, 0xef];

/** Where a colour profile says that it is one (ICC.1, 7.2). */
const SIGNATURE = 36;

const isFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && marker !== DHT && marker !== JPG && marker !== DAC;
const isRestart = (marker: number) => marker >= 0xd0 && marker <= 0xd7;
const isTable = (marker: number) => marker === DHT || marker === DAC || marker === DQT || marker === DRI;
/** A DNL tells a height that the frame header must have told. */
const isMetadata = (marker: number) =>
  (marker >= APP0 && marker <= APP15) || marker === COM || marker === DNL;

/** Passes entropy-coded data up to the marker that ends it: stuffed zeros and restarts belong to it, fill bytes go (T.81, B.1.1). */
function* passScan(tape: Tape): Walk {
  for (;;) {
    if (!tape.passTo(0xff)) {
      yield;
      continue;
    }
    while (tape.lacks(2)) yield;
    const next = tape.peek(1);
    if (next === 0 || isRestart(next)) tape.pass(2);
    else if (next === 0xff) tape.skip(1);
    else return;
  }
}

const segment = (marker: number, content: Uint8Array) =>
  joined([0xff, marker], u16(2 + content.length), content);

/**
 * The metadata before the first scan: what stays in the place of a segment says how to show the pixels. That is JFIF without its
 * thumbnail, the orientation of the first Exif block, the colour profile, and Adobe's transform.
 */
const openMetadata = () => {
  let hasJfif = false;
  let hasProfile = false;
  let exif: Exif | undefined;
  return {
    exif: () => exif ?? { orientation: 1, takenAt: null },
    keep: (marker: number, whole: Uint8Array) => {
      const content = whole.subarray(4);
      if (marker === APP0 && !hasJfif && content.length >= 14 && ascii(content, 0, 5) === 'JFIF\0') {
        hasJfif = true;
        return segment(APP0, joined(content.subarray(0, 12), [0, 0]));
      }
      if (marker === APP1 && !exif && ascii(content, 0, 6) === 'Exif\0\0') {
        exif = readExif(content);
        return exif.orientation === 1
          ? undefined
          : segment(APP1, joined('Exif\0\0', writeExif(exif.orientation)));
      }
      if (marker === APP2 && ascii(content, 0, 12) === 'ICC_PROFILE\0') {
        if (content[12] === 1) hasProfile = ascii(content, 14 + SIGNATURE, 4) === 'acsp';
        return hasProfile ? whole : undefined;
      }
      if (marker === APP14 && content.length >= 12 && ascii(content, 0, 5) === 'Adobe')
        return segment(APP14, content.subarray(0, 12));
      return undefined;
    },
  };
};

/** Walks a JPEG from marker to marker (ITU-T T.81, Annex B; JFIF is T.871). @throws ImageError `invalid` */
export function* walkJpeg(tape: Tape, limits: Limits): Walk<ImageInfo> {
  let size: { width: number; height: number } | undefined;
  let hasScan = false;
  const metadata = openMetadata();

  while (tape.lacks(2)) yield;
  tape.pass(2);
  for (;;) {
    while (tape.lacks(2)) yield;
    const marker = tape.peek(1);
    const at = tape.position();
    if (tape.peek(0) !== 0xff) throw invalid(`The JPEG has no marker at byte ${at}.`);
    if (marker === 0xff) {
      tape.skip(1);
      continue;
    }
    if (marker === EOI) break;
    if (!isFrame(marker) && marker !== SOS && !isTable(marker) && !isMetadata(marker))
      throw invalid(`The JPEG has an unknown marker at byte ${at}.`);
    while (tape.lacks(4)) yield;
    const length = 2 + 256 * tape.peek(2) + tape.peek(3);
    if (length < 4) throw invalid(`The JPEG has a segment without a length at byte ${at}.`);
    while (tape.lacks(length)) yield;

    if (isMetadata(marker)) {
      const kept =
        !hasScan && marker <= APP14 && marker >= APP0 ? metadata.keep(marker, tape.ahead(length)) : undefined;
      tape.skip(length);
      if (kept) tape.put(kept);
      continue;
    }
    if (isFrame(marker)) {
      if (size) throw invalid(`The JPEG has a second frame header at byte ${at}.`);
      if (length !== 10 + 3 * tape.peek(9))
        throw invalid(`The JPEG's frame header at byte ${at} has a wrong length.`);
      const header = tape.ahead(length);
      size = { width: be(header, 7, 2), height: be(header, 5, 2) };
      checkSize(size.width, size.height, limits);
    }
    if (marker === SOS) {
      if (!size) throw invalid(`The JPEG has no frame header before its scan at byte ${at}.`);
      if (length !== 8 + 2 * tape.peek(4))
        throw invalid(`The JPEG's scan header at byte ${at} has a wrong length.`);
      hasScan = true;
    }
    tape.pass(length);
    if (marker === SOS) yield* passScan(tape);
  }
  if (!size || !hasScan) throw invalid('The JPEG has no picture: its end-of-image marker comes first.');
  tape.pass(2);
  return { ...size, frames: 1, ...metadata.exif() };
}
