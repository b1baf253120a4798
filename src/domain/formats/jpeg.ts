import { checkSize, type Facts, invalid, type Limits } from '../facts.ts';
import { ascii, be, joined, u16 } from './bytes.ts';
import { type Exif, readExif, writeExif } from './exif.ts';
import type { Tape, Walk } from './tape.ts';

const [EOI, SOS, DRI, DNL, COM] = [0xd9, 0xda, 0xdd, 0xdc, 0xfe];
const [DHT, JPG, DAC, DQT] = [0xc4, 0xc8, 0xcc, 0xdb];
const [APP0, APP1, APP2, APP14, APP15] = [0xe0, 0xe1, 0xe2, 0xee, 0xef];

const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && marker !== DHT && marker !== JPG && marker !== DAC;
const isRestart = (marker: number) => marker >= 0xd0 && marker <= 0xd7;
const isTable = (marker: number) => marker === DHT || marker === DAC || marker === DQT || marker === DRI;
const isMetadata = (marker: number) => (marker >= APP0 && marker <= APP15) || marker === COM || marker === DNL;

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

/** The segments before the first scan that say how to show the pixels: JFIF without its thumbnail, the colour profile, Adobe's transform. */
const keepsOf = () => {
  let hasJfif = false;
  return (marker: number, segment: Uint8Array) => {
    if (marker === APP0 && !hasJfif && segment.length >= 18 && ascii(segment, 4, 5) === 'JFIF\0') {
      hasJfif = true;
      return joined([0xff, APP0], u16(16), segment.subarray(4, 16), [0, 0]);
    }
    if (marker === APP2 && ascii(segment, 4, 12) === 'ICC_PROFILE\0') return segment;
    if (marker === APP14 && segment.length >= 16 && ascii(segment, 4, 5) === 'Adobe')
      return joined([0xff, APP14], u16(14), segment.subarray(4, 16));
    return undefined;
  };
};

/** Walks a JPEG from marker to marker (ITU-T T.81, Annex B; JFIF is T.871). @throws Refusal `invalid` */
export function* walkJpeg(tape: Tape, limits: Limits): Walk<Facts> {
  let size: { width: number; height: number } | undefined;
  let exif: Exif | undefined;
  let hasScan = false;
  const keep = keepsOf();

  while (tape.lacks(2)) yield;
  tape.pass(2);
  for (;;) {
    while (tape.lacks(2)) yield;
    const marker = tape.peek(1);
    const place = `at byte ${tape.position()}`;
    if (tape.peek(0) !== 0xff) throw invalid(`The JPEG has no marker ${place}.`);
    if (marker === 0xff) {
      tape.skip(1);
      continue;
    }
    if (marker === EOI) break;
    while (tape.lacks(4)) yield;
    const length = 2 + 256 * tape.peek(2) + tape.peek(3);
    if (length < 4) throw invalid(`The JPEG has a segment without a length ${place}.`);
    while (tape.lacks(length)) yield;

    if (isFrame(marker)) {
      if (size) throw invalid(`The JPEG has a second frame header ${place}.`);
      const header = tape.ahead(length);
      if (length !== 10 + 3 * tape.peek(9)) throw invalid(`The JPEG's frame header ${place} has a wrong length.`);
      size = { height: be(header, 5, 2), width: be(header, 7, 2) };
      checkSize(size.width, size.height, limits);
      tape.pass(length);
    } else if (marker === SOS) {
      if (!size) throw invalid(`The JPEG has no frame header before its scan ${place}.`);
      if (length !== 8 + 2 * tape.peek(4)) throw invalid(`The JPEG's scan header ${place} has a wrong length.`);
      tape.pass(length);
      yield* passScan(tape);
      hasScan = true;
    } else if (isTable(marker)) tape.pass(length);
    else if (isMetadata(marker)) {
      const isNoted = !hasScan && (marker === APP0 || marker === APP1 || marker === APP2 || marker === APP14);
      const segment = isNoted ? tape.ahead(length) : undefined;
      tape.skip(length);
      if (segment && marker === APP1) {
        if (exif || ascii(segment, 4, 6) !== 'Exif\0\0') continue;
        exif = readExif(segment.subarray(4));
        if (exif.orientation === 1) continue;
        const least = joined('Exif\0\0', writeExif(exif.orientation));
        tape.put(joined([0xff, APP1], u16(2 + least.length), least));
      } else if (segment) {
        const kept = keep(marker, segment);
        if (kept) tape.put(kept);
      }
    } else throw invalid(`The JPEG has an unknown marker ${place}.`);
  }
  if (!size || !hasScan) throw invalid('The JPEG has no picture: its end-of-image marker comes first.');
  tape.pass(2);
  return { ...size, frames: 1, orientation: exif?.orientation ?? 1, takenAt: exif?.takenAt ?? null };
}
