import { ascii, be, joined } from '../bytes.ts';
import { EXIF_MOST, type Exif, overwriteExif } from '../exif.ts';
import { type ImageInfo, invalid, type Limits } from '../imageInfo.ts';
import { across, type Tape, type Walk } from '../streamEditor.ts';
import { cleanMeta, type Meta } from './avifMeta.ts';
import { cleanMovie } from './avifMovie.ts';
import { orderRanges, type Range } from './avifRanges.ts';
import type { Box } from './boxes.ts';

/** A `meta` or `moov` box is held whole. */
const HELD_MOST = 256 * 1024;
const FREE = joined('free');
const outside = () => invalid("The AVIF has an item that lies outside of the file's data.");

/** How long the head and the whole of the box are that lies ahead; the last may go on to the end, whatever that is. */
function* readHead(tape: Tape): Walk<{ type: string; head: number; length: number }> {
  while (tape.lacks(8)) yield;
  const size = be(tape.ahead(8), 0, 4);
  const type = ascii(tape.ahead(8), 4, 4);
  if (size === 0) return { type, head: 8, length: Number.POSITIVE_INFINITY };
  const head = size === 1 ? 16 : 8;
  while (tape.lacks(head)) yield;
  const length = size === 1 ? be(tape.ahead(16), 8, 8) : size;
  if (length < head) throw invalid(`The AVIF has a box of a wrong length at byte ${tape.position()}.`);
  return { type, head, length };
}

/** Takes the whole of the box that lies ahead off the tape. */
function* takeBox(
  tape: Tape,
  box: { type: string; head: number; length: number },
): Walk<{ bytes: Uint8Array; box: Box }> {
  while (tape.lacks(Math.min(box.length, HELD_MOST + 1))) {
    if (box.length === Number.POSITIVE_INFINITY && tape.isWhole()) break;
    yield;
  }
  const end = Math.min(box.length, tape.held());
  if (end > HELD_MOST) throw invalid(`The AVIF's ${box.type} box is longer than ${HELD_MOST} bytes.`);
  const bytes = tape.ahead(end).slice();
  tape.skip(end);
  return { bytes, box: { type: box.type, start: 0, body: box.head, end } };
}

/** Overwrites an Exif item (ISO/IEC 23008-12, A.2.1): four bytes that say where its TIFF header is, and the block. */
function* overwriteItem(tape: Tape, length: number): Walk<Exif> {
  const read = Math.min(length, EXIF_MOST);
  while (tape.lacks(read)) yield;
  const block = tape.ahead(read).slice();
  const exif = overwriteExif(block, 4);
  tape.skip(read);
  tape.put(block);
  yield* across(tape, length - read, tape.blank);
  return exif;
}

/** Passes the pictures in an `mdat` up to `past`, and blanks all else; of `ranges` it takes those away. */
function* passData(tape: Tape, past: number, ranges: Range[]): Walk<Exif | undefined> {
  let exif: Exif | undefined;
  for (let range = ranges.at(-1); range && range.start < past; range = ranges.at(-1)) {
    const { start, end, fate } = range;
    ranges.pop();
    if (start < tape.position() || end > past) throw outside();
    yield* across(tape, start - tape.position(), tape.blank);
    if (fate === 'exif') {
      const found: Exif = yield* overwriteItem(tape, end - start);
      exif ??= found;
    } else yield* across(tape, end - start, fate === 'keep' ? tape.pass : tape.blank);
  }
  yield* across(tape, past - tape.position(), tape.blank);
  return exif;
}

/**
 * Walks an AVIF from box to box (AVIF 1.1; ISO/IEC 14496-12, 4.2). Places in it are counted from its front, so no byte moves: metadata is
 * overwritten where it stands. Its rotation is a property, and stays; what its Exif says of one is not obeyed (ISO/IEC 23008-12, A.2.1).
 * @throws ImageError `invalid`
 */
export function* walkAvif(tape: Tape, limits: Limits): Walk<ImageInfo> {
  let meta: Meta | undefined;
  let frames: number | undefined;
  let ranges: Range[] = [];
  let hasData = false;
  let exif: Exif | undefined;

  const first = yield* readHead(tape);
  yield* across(tape, first.length, tape.pass);
  for (;;) {
    while (tape.lacks(1) && !tape.isWhole()) yield;
    if (tape.lacks(1)) break;
    const head = yield* readHead(tape);
    if (head.type === 'meta' || head.type === 'moov') {
      if (hasData)
        throw invalid(`The AVIF has its ${head.type} box behind its data; it must be written before.`);
      if (head.type === 'meta' ? meta : frames) throw invalid(`The AVIF has a second ${head.type} box.`);
      const { bytes, box } = yield* takeBox(tape, head);
      if (head.type === 'moov') {
        const movie = cleanMovie(bytes, box, limits);
        frames = movie.frames;
        ranges = ranges.concat(movie.ranges);
      } else {
        meta = cleanMeta(bytes, box, limits);
        exif = meta.exif;
        ranges = ranges.concat(meta.ranges);
      }
      tape.put(bytes);
    } else if (head.type === 'mdat') {
      if (!meta) throw invalid('The AVIF has its data before its meta box; that must be written first.');
      if (!hasData) ranges = orderRanges(ranges);
      hasData = true;
      const past = tape.position() + head.length;
      yield* across(tape, head.head, tape.pass);
      const found: Exif | undefined = yield* passData(tape, past, ranges);
      exif ??= found;
    } else {
      while (tape.lacks(head.head)) yield;
      const size = tape.ahead(head.head).slice();
      size.set(FREE, 4);
      tape.skip(head.head);
      tape.put(size);
      yield* across(tape, head.length - head.head, tape.blank);
    }
  }
  if (!meta) throw invalid('The AVIF has no meta box.');
  if (ranges.length) throw outside();
  const { width, height, orientation } = meta;
  return { width, height, frames: frames ?? 1, orientation, takenAt: exif?.takenAt ?? null };
}
