import { ascii, be, joined, le } from '../bytes.ts';
import { EXIF_MOST, type Exif, overwriteExif } from '../exif.ts';
import { checkSize, type ImageInfo, invalid, type Limits } from '../imageInfo.ts';
import { across, type Tape, type Walk } from '../streamEditor.ts';

const [EXIF_FLAG, XMP_FLAG] = [0x08, 0x04];
const KEPT = ['VP8 ', 'VP8L', 'ALPH', 'ANIM', 'ICCP'];
const KEPT_IN_FRAME = ['VP8 ', 'VP8L', 'ALPH'];
const JUNK = joined('JUNK');

type Size = { width: number; height: number };
type Seen = { canvas?: Size; picture?: Size; flags: number; frames: number; exif?: Exif };

/** The size in the first bytes of an image's data (RFC 6386, 9.1; RFC 9649, 3.4); ten bytes of the data behind the chunk's head. */
const sizeOf = (type: string, head: Uint8Array): Size | undefined => {
  if (type === 'VP8L') {
    if (head[8] !== 0x2f) return undefined;
    const bits = le(head, 9, 4);
    return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
  }
  if (be(head, 11, 3) !== 0x9d012a) return undefined;
  return { width: le(head, 14, 2) & 0x3fff, height: le(head, 16, 2) & 0x3fff };
};

/** Walks over the chunks up to `past`, a position in the file. */
function* walkChunks(tape: Tape, past: number, inFrame: boolean, seen: Seen, limits: Limits): Walk {
  while (tape.position() < past) {
    while (tape.lacks(8)) yield;
    const head = tape.ahead(8);
    const type = ascii(head, 0, 4);
    const size = le(head, 4, 4);
    const at = tape.position();
    const room = past - tape.position() - 8;
    if (size > room) throw invalid(`The WebP's chunk at byte ${at} is longer than what holds it.`);
    const length = Math.min(size + (size & 1), room);
    const isPicture = type === 'VP8 ' || type === 'VP8L';

    if (isPicture) {
      if (size < 10) throw invalid(`The WebP's picture at byte ${at} is too short.`);
      while (tape.lacks(18)) yield;
      const picture = sizeOf(type, tape.ahead(18));
      if (!picture) throw invalid(`The WebP's picture at byte ${at} has no header.`);
      checkSize(picture.width, picture.height, limits);
      if (seen.canvas && (picture.width > seen.canvas.width || picture.height > seen.canvas.height))
        throw invalid(`The WebP's picture at byte ${at} is larger than its canvas.`);
      seen.picture ??= picture;
    }
    if (type === 'ANMF' && !inFrame && size >= 16) {
      const end = tape.position() + 8 + length;
      yield* across(tape, 24, tape.pass);
      yield* walkChunks(tape, end, true, seen, limits);
      seen.frames++;
    } else if (type === 'EXIF' && !inFrame && !seen.exif && seen.flags & EXIF_FLAG) {
      const read = Math.min(size, EXIF_MOST);
      while (tape.lacks(8 + read)) yield;
      const block = tape.ahead(8 + read).slice(8);
      seen.exif = overwriteExif(block, 0);
      tape.pass(8);
      tape.skip(read);
      tape.put(block);
      yield* across(tape, length - read, tape.blank);
    } else if ((inFrame ? KEPT_IN_FRAME : KEPT).includes(type)) yield* across(tape, 8 + length, tape.pass);
    else {
      tape.skip(4);
      tape.put(JUNK);
      tape.pass(4);
      yield* across(tape, length, tape.blank);
    }
  }
}

/** The extended header (RFC 9649, 2.7.1), without the flag of XMP. */
function* passHeader(tape: Tape, seen: Seen, limits: Limits): Walk {
  while (tape.lacks(18)) yield;
  const head = tape.ahead(18).slice();
  if (le(head, 4, 4) !== 10) throw invalid('The WebP has a header of a wrong length.');
  seen.canvas = { width: 1 + le(head, 12, 3), height: 1 + le(head, 15, 3) };
  checkSize(seen.canvas.width, seen.canvas.height, limits);
  seen.flags = head[8] ?? 0;
  head[8] = seen.flags & ~XMP_FLAG;
  tape.skip(18);
  tape.put(head);
}

/**
 * Walks a WebP from chunk to chunk (RFC 9649, 2). Its length stands at its front, so nothing gets shorter: metadata becomes a chunk
 * JUNK of zeros, and Exif, which the header has promised by then, the least block with its orientation.
 * @throws ImageError `invalid`
 */
export function* walkWebp(tape: Tape, limits: Limits): Walk<ImageInfo> {
  while (tape.lacks(16)) yield;
  const head = tape.ahead(16);
  const past = 8 + le(head, 4, 4);
  const first = ascii(head, 12, 4);
  const seen: Seen = { flags: 0, frames: 0 };
  tape.pass(12);
  if (first === 'VP8X') yield* passHeader(tape, seen, limits);
  else if (first !== 'VP8 ' && first !== 'VP8L')
    throw invalid('The WebP does not begin with a picture or a header.');
  yield* walkChunks(tape, past, false, seen, limits);

  const { canvas, picture, exif } = seen;
  const size = canvas ?? picture;
  if (!picture || !size) throw invalid('The WebP has no picture.');
  return {
    ...size,
    frames: Math.max(1, seen.frames),
    orientation: exif?.orientation ?? 1,
    takenAt: exif?.takenAt ?? null,
  };
}
