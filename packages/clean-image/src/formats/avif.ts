import { ascii, be, concat } from '../bytes.ts';
import { type Exif, MAX_EXIF_BYTES, overwriteExif } from '../exif.ts';
import { invalid } from '../imageError.ts';
import type { ImageInfo, Limits } from '../imageInfo.ts';
import { forBytes, type Steps, type StreamEditor } from '../streamEditor.ts';
import { cleanMeta, type Meta } from './avifMeta.ts';
import { cleanMovie } from './avifMovie.ts';
import { orderRanges, type Range } from './avifRanges.ts';
import type { Box } from './boxes.ts';

/** A `meta` or `moov` box is buffered whole. */
const MAX_BOX_BYTES = 256 * 1024;
const FREE = concat('free');
const outside = () => invalid("The AVIF has an item outside of the file's data.");

/** Reads the head of the next box. The last box of a file may have no length; then it is infinite. */
function* readHead(editor: StreamEditor): Steps<{ type: string; head: number; length: number }> {
  while (editor.needs(8)) yield;
  const size = be(editor.peek(8), 0, 4);
  const type = ascii(editor.peek(8), 4, 4);
  if (size === 0) return { type, head: 8, length: Number.POSITIVE_INFINITY };
  const head = size === 1 ? 16 : 8;
  while (editor.needs(head)) yield;
  const length = size === 1 ? be(editor.peek(16), 8, 8) : size;
  if (length < head) throw invalid(`The AVIF box at byte ${editor.position()} has an invalid length.`);
  return { type, head, length };
}

/** Takes a whole box out of the stream. */
function* takeBox(
  editor: StreamEditor,
  box: { type: string; head: number; length: number },
): Steps<{ bytes: Uint8Array; box: Box }> {
  while (editor.needs(Math.min(box.length, MAX_BOX_BYTES + 1))) {
    if (box.length === Number.POSITIVE_INFINITY && editor.hasEnded()) break;
    yield;
  }
  const end = Math.min(box.length, editor.buffered());
  if (end > MAX_BOX_BYTES) throw invalid(`The AVIF's ${box.type} box is longer than ${MAX_BOX_BYTES} bytes.`);
  const bytes = editor.peek(end).slice();
  editor.drop(end);
  return { bytes, box: { type: box.type, start: 0, body: box.head, end } };
}

/** Overwrites an Exif item: four bytes with the offset of the TIFF header, then the block (ISO/IEC 23008-12, A.2.1). */
function* overwriteItem(editor: StreamEditor, length: number): Steps<Exif> {
  const read = Math.min(length, MAX_EXIF_BYTES);
  while (editor.needs(read)) yield;
  const block = editor.peek(read).slice();
  const exif = overwriteExif(block, 4);
  editor.drop(read);
  editor.insert(block);
  yield* forBytes(editor, length - read, editor.zero);
  return exif;
}

/** Copies the pictures in an `mdat` up to `end` and overwrites the rest with zeros. It removes from `ranges` what it has done. */
function* cleanData(editor: StreamEditor, boxEnd: number, ranges: Range[]): Steps<Exif | undefined> {
  let exif: Exif | undefined;
  for (let range = ranges.at(-1); range && range.start < boxEnd; range = ranges.at(-1)) {
    const { start, end, fate } = range;
    ranges.pop();
    if (start < editor.position() || end > boxEnd) throw outside();
    yield* forBytes(editor, start - editor.position(), editor.zero);
    if (fate === 'exif') {
      const found: Exif = yield* overwriteItem(editor, end - start);
      exif ??= found;
    } else yield* forBytes(editor, end - start, fate === 'keep' ? editor.copy : editor.zero);
  }
  yield* forBytes(editor, boxEnd - editor.position(), editor.zero);
  return exif;
}

/**
 * Cleans an AVIF box by box (AVIF 1.1; ISO/IEC 14496-12, 4.2). Offsets count from the start of the file, so no byte may move: metadata is
 * overwritten in place. The rotation is a property and stays; readers ignore the orientation in the Exif (ISO/IEC 23008-12, A.2.1).
 * @throws ImageError `invalid`
 */
export function* cleanAvif(editor: StreamEditor, limits: Limits): Steps<ImageInfo> {
  let meta: Meta | undefined;
  let frames: number | undefined;
  let ranges: Range[] = [];
  let hasData = false;
  let exif: Exif | undefined;

  const first = yield* readHead(editor);
  yield* forBytes(editor, first.length, editor.copy);
  for (;;) {
    while (editor.needs(1) && !editor.hasEnded()) yield;
    if (editor.needs(1)) break;
    const head = yield* readHead(editor);
    if (head.type === 'meta' || head.type === 'moov') {
      if (hasData)
        throw invalid(`The AVIF's ${head.type} box comes after the picture data; it must come first.`);
      if (head.type === 'meta' ? meta : frames) throw invalid(`The AVIF has a second ${head.type} box.`);
      const { bytes, box } = yield* takeBox(editor, head);
      if (head.type === 'moov') {
        const movie = cleanMovie(bytes, box, limits);
        frames = movie.frames;
        ranges = ranges.concat(movie.ranges);
      } else {
        meta = cleanMeta(bytes, box, limits);
        exif = meta.exif;
        ranges = ranges.concat(meta.ranges);
      }
      editor.insert(bytes);
    } else if (head.type === 'mdat') {
      if (!meta)
        throw invalid("The AVIF's picture data comes before its meta box; the meta box must come first.");
      if (!hasData) ranges = orderRanges(ranges);
      hasData = true;
      const boxEnd = editor.position() + head.length;
      yield* forBytes(editor, head.head, editor.copy);
      const found: Exif | undefined = yield* cleanData(editor, boxEnd, ranges);
      exif ??= found;
    } else {
      while (editor.needs(head.head)) yield;
      const size = editor.peek(head.head).slice();
      size.set(FREE, 4);
      editor.drop(head.head);
      editor.insert(size);
      yield* forBytes(editor, head.length - head.head, editor.zero);
    }
  }
  if (!meta) throw invalid('The AVIF has no meta box.');
  if (ranges.length) throw outside();
  const { width, height, orientation } = meta;
  return { width, height, frames: frames ?? 1, orientation, takenAt: exif?.takenAt ?? null };
}
