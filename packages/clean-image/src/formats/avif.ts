import { ascii, be, concat } from '../bytes.ts';
import type { Exif } from '../exif.ts';
import { invalid } from '../imageError.ts';
import type { ImageInfo, Limits } from '../imageInfo.ts';
import { forBytes, type Steps, type StreamEditor } from '../streamEditor.ts';
import { cleanData, outside } from './avifData.ts';
import { cleanMeta, type Meta } from './avifMeta.ts';
import { cleanMini } from './avifMini.ts';
import { cleanMovie, type Movie } from './avifMovie.ts';
import { orderRanges, type Range } from './avifRanges.ts';

/** A `meta` or `moov` box is buffered whole. */
const MAX_BOX_BYTES = 256 * 1024;
const FREE = concat('free');

type Head = { type: string; head: number; length: number };

/** Reads the head of the next box. The last box of a file may have no length; then it is infinite. */
function* readHead(editor: StreamEditor): Steps<Head> {
  while (editor.needs(8)) yield;
  const size = be(editor.peek(8), 0, 4);
  const type = ascii(editor.peek(8), 4, 4);
  const head = size === 1 ? 16 : 8;
  while (editor.needs(head)) yield;
  if (size === 0) return { type, head, length: Number.POSITIVE_INFINITY };
  const length = size === 1 ? be(editor.peek(16), 8, 8) : size;
  if (length < head) throw invalid(`The AVIF box at byte ${editor.position()} has an invalid length.`);
  return { type, head, length };
}

/** Takes a whole box out of the stream. */
function* takeBox(editor: StreamEditor, { type, length }: Head): Steps<Uint8Array> {
  while (editor.needs(Math.min(length, MAX_BOX_BYTES + 1))) {
    if (length === Number.POSITIVE_INFINITY && editor.hasEnded()) break;
    yield;
  }
  const end = Math.min(length, editor.buffered());
  if (end > MAX_BOX_BYTES) throw invalid(`The AVIF's ${type} box is longer than ${MAX_BOX_BYTES} bytes.`);
  const bytes = editor.peek(end).slice();
  editor.drop(end);
  return bytes;
}

/** Replaces a box by free space. */
function* freeNext(editor: StreamEditor, { head, length }: Head): Steps {
  const bytes = editor.peek(head).slice();
  bytes.set(FREE, 4);
  editor.drop(head);
  editor.insert(bytes);
  yield* forBytes(editor, length - head, editor.zero);
}

type Found = {
  meta?: Meta;
  movie?: Movie;
  mini?: ImageInfo;
  exif?: Exif | undefined;
  /** The parts of the data that are still to come, the first at the end. */
  ranges: Range[];
  hasData: boolean;
};

/** Cleans a `meta` or `moov` box, which says what the data contains. */
function* cleanIndex(editor: StreamEditor, box: Head, found: Found, limits: Limits): Steps {
  const { type, head } = box;
  if (found.hasData)
    throw invalid(`The AVIF's ${type} box comes after the picture data; it must come first.`);
  const bytes = yield* takeBox(editor, box);
  const whole = { type, start: 0, body: head, end: bytes.length };
  if (type === 'meta') {
    found.meta = cleanMeta(bytes, whole, limits);
    found.exif = found.meta.exif;
  } else found.movie = cleanMovie(bytes, whole, limits);
  found.ranges = orderRanges([...(found.meta?.ranges ?? []), ...(found.movie?.ranges ?? [])]);
  editor.insert(bytes);
}

const describe = ({ meta, movie, mini, exif }: Found): ImageInfo => {
  if (mini) return mini;
  const shape = meta?.shape ?? (movie?.size && { ...movie.size, orientation: 1 });
  if (!shape)
    throw invalid(meta ? 'The AVIF has neither a primary item nor a track.' : 'The AVIF has no meta box.');
  return { ...shape, frames: movie?.frames ?? 1, takenAt: exif?.takenAt ?? null };
};

/**
 * Cleans an AVIF box by box (AVIF 1.1; ISO/IEC 14496-12, 4.2). Offsets count from the start of the file, so no byte may move: metadata is
 * overwritten in place. The rotation is a property and stays; readers ignore the orientation in the Exif (ISO/IEC 23008-12, A.2.1).
 * @throws ImageError `invalid`
 */
export function* cleanAvif(editor: StreamEditor, limits: Limits): Steps<ImageInfo> {
  const found: Found = { ranges: [], hasData: false };
  const ftyp = yield* readHead(editor);
  yield* forBytes(editor, ftyp.length, editor.copy);
  for (;;) {
    while (editor.needs(1) && !editor.hasEnded()) yield;
    if (editor.needs(1)) break;
    const box = yield* readHead(editor);
    const { type, head, length } = box;
    if (
      (type === 'meta' && found.meta) ||
      (type === 'moov' && found.movie) ||
      (type === 'mini' && found.mini)
    )
      throw invalid(`The AVIF has a second ${type} box.`);
    if (type === 'meta' || type === 'moov') yield* cleanIndex(editor, box, found, limits);
    else if (type === 'mini') {
      yield* forBytes(editor, head, editor.copy);
      found.mini = yield* cleanMini(editor, length - head, limits);
    } else if (type === 'mdat') {
      if (!found.meta && !found.movie)
        throw invalid("The AVIF's picture data comes before its meta box; the meta box must come first.");
      found.hasData = true;
      const end = editor.position() + length;
      yield* forBytes(editor, head, editor.copy);
      const exif: Exif | undefined = yield* cleanData(editor, end, found.ranges);
      found.exif ??= exif;
    } else if (type === 'moof') throw invalid('The AVIF is a fragmented sequence, which is not supported.');
    else yield* freeNext(editor, box);
  }
  const info = describe(found);
  if (found.ranges.length) throw outside();
  return info;
}
