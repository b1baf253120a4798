import { type Exif, MAX_EXIF_BYTES, overwriteExif } from '../exif.ts';
import { invalid } from '../imageError.ts';
import { forBytes, type Steps, type StreamEditor } from '../streamEditor.ts';
import type { Range } from './avifRanges.ts';

export const outside = () => invalid("The AVIF has an item outside of the file's data.");

/** Overwrites an Exif block that begins `tiffAt` bytes after the cursor. */
export function* cleanExif(editor: StreamEditor, length: number, tiffAt: number): Steps<Exif> {
  const read = Math.min(length, MAX_EXIF_BYTES);
  while (editor.needs(read)) yield;
  const block = editor.peek(read).slice();
  const exif = overwriteExif(block, tiffAt);
  editor.drop(read);
  editor.insert(block);
  yield* forBytes(editor, length - read, editor.zero);
  return exif;
}

/**
 * Copies the pictures in an `mdat` up to `end` and overwrites the rest with zeros. It removes from `ranges` what it has done.
 * @throws ImageError `invalid`
 */
export function* cleanData(editor: StreamEditor, end: number, ranges: Range[]): Steps<Exif | undefined> {
  let exif: Exif | undefined;
  for (let range = ranges.at(-1); range && range.start < end; range = ranges.at(-1)) {
    ranges.pop();
    if (range.start < editor.position() || range.end > end) throw outside();
    const length = range.end - range.start;
    yield* forBytes(editor, range.start - editor.position(), editor.zero);
    if (range.fate === 'exif') {
      const found: Exif = yield* cleanExif(editor, length, 4); // after the offset of the TIFF header (ISO/IEC 23008-12, A.2.1)
      exif ??= found;
    } else yield* forBytes(editor, length, range.fate === 'keep' ? editor.copy : editor.zero);
  }
  yield* forBytes(editor, end - editor.position(), editor.zero);
  return exif;
}
