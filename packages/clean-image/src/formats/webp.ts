import { ascii, be, concat, le } from '../bytes.ts';
import { type Exif, MAX_EXIF_BYTES, overwriteExif } from '../exif.ts';
import { invalid } from '../imageError.ts';
import { checkSize, type ImageInfo, type Limits } from '../imageInfo.ts';
import { forBytes, type Steps, type StreamEditor } from '../streamEditor.ts';

const [EXIF_FLAG, XMP_FLAG] = [0x08, 0x04];
const KEPT = ['VP8 ', 'VP8L', 'ALPH', 'ANIM', 'ICCP'];
const KEPT_IN_FRAME = ['VP8 ', 'VP8L', 'ALPH'];
/** The shortest header of a picture in each codec (RFC 6386, 9.1; RFC 9649, 3.4). */
const MIN_PICTURE_BYTES = new Map([
  ['VP8 ', 10],
  ['VP8L', 5],
]);
const JUNK = concat('JUNK');

type Size = { width: number; height: number };
type Found = { canvas?: Size; picture?: Size; flags: number; frames: number; exif?: Exif };

/** The picture's size, from the start of its chunk. */
const readSize = (type: string, chunk: Uint8Array): Size | undefined => {
  if (type === 'VP8L') {
    if (chunk[8] !== 0x2f) return undefined;
    const bits = le(chunk, 9, 4);
    return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
  }
  if (be(chunk, 11, 3) !== 0x9d012a) return undefined;
  return { width: le(chunk, 14, 2) & 0x3fff, height: le(chunk, 16, 2) & 0x3fff };
};

/** Cleans the chunks up to `end`, a position in the file. */
function* cleanChunks(
  editor: StreamEditor,
  end: number,
  inFrame: boolean,
  found: Found,
  limits: Limits,
): Steps {
  while (editor.position() < end) {
    while (editor.needs(8)) yield;
    const type = ascii(editor.peek(8), 0, 4);
    const size = le(editor.peek(8), 4, 4);
    const at = editor.position();
    const room = end - at - 8;
    if (size > room) throw invalid(`The WebP chunk at byte ${at} is longer than what contains it.`);
    const length = Math.min(size + (size & 1), room);

    const minimum = MIN_PICTURE_BYTES.get(type);
    if (minimum) {
      if (size < minimum) throw invalid(`The WebP picture at byte ${at} is too short.`);
      while (editor.needs(8 + minimum)) yield;
      const picture = readSize(type, editor.peek(8 + minimum));
      if (!picture) throw invalid(`The WebP picture at byte ${at} has no valid header.`);
      checkSize(picture.width, picture.height, limits);
      if (found.canvas && (picture.width > found.canvas.width || picture.height > found.canvas.height))
        throw invalid(`The WebP picture at byte ${at} is larger than its canvas.`);
      found.picture ??= picture;
    }
    if (type === 'ANMF' && !inFrame && size >= 16) {
      yield* forBytes(editor, 24, editor.copy);
      yield* cleanChunks(editor, at + 8 + length, true, found, limits);
      found.frames++;
    } else if (type === 'EXIF' && !inFrame && !found.exif && found.flags & EXIF_FLAG) {
      const read = Math.min(size, MAX_EXIF_BYTES);
      while (editor.needs(8 + read)) yield;
      const block = editor.peek(8 + read).slice(8);
      found.exif = overwriteExif(block, 0);
      editor.copy(8);
      editor.drop(read);
      editor.insert(block);
      yield* forBytes(editor, length - read, editor.zero);
    } else if ((inFrame ? KEPT_IN_FRAME : KEPT).includes(type))
      yield* forBytes(editor, 8 + length, editor.copy);
    else {
      editor.drop(4);
      editor.insert(JUNK);
      editor.copy(4);
      yield* forBytes(editor, length, editor.zero);
    }
  }
}

/** Copies the extended header without its XMP flag (RFC 9649, 2.7.1). */
function* cleanHeader(editor: StreamEditor, found: Found, limits: Limits): Steps {
  while (editor.needs(18)) yield;
  const chunk = editor.peek(18).slice();
  if (le(chunk, 4, 4) !== 10) throw invalid("The WebP's VP8X chunk has an invalid length.");
  found.canvas = { width: 1 + le(chunk, 12, 3), height: 1 + le(chunk, 15, 3) };
  checkSize(found.canvas.width, found.canvas.height, limits);
  found.flags = chunk[8] ?? 0;
  chunk[8] = found.flags & ~XMP_FLAG;
  editor.drop(18);
  editor.insert(chunk);
}

/**
 * Cleans a WebP chunk by chunk (RFC 9649, 2). The file's length comes first, so the file keeps it: metadata becomes a JUNK chunk of
 * zeros. The header has already announced an Exif chunk, so that one becomes the smallest Exif block with the orientation.
 * @throws ImageError `invalid`
 */
export function* cleanWebp(editor: StreamEditor, limits: Limits): Steps<ImageInfo> {
  while (editor.needs(16)) yield;
  const start = editor.peek(16);
  const end = 8 + le(start, 4, 4);
  const first = ascii(start, 12, 4);
  const found: Found = { flags: 0, frames: 0 };
  editor.copy(12);
  if (first === 'VP8X') yield* cleanHeader(editor, found, limits);
  else if (first !== 'VP8 ' && first !== 'VP8L')
    throw invalid('A WebP must begin with a picture or a VP8X chunk.');
  yield* cleanChunks(editor, end, false, found, limits);

  const { canvas, picture, exif } = found;
  const size = canvas ?? picture;
  if (!picture || !size) throw invalid('The WebP contains no picture.');
  return {
    ...size,
    frames: Math.max(1, found.frames),
    orientation: exif?.orientation ?? 1,
    takenAt: exif?.takenAt ?? null,
  };
}
