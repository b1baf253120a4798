import { concat } from '../bytes.ts';
import type { ImageInfo, Limits } from '../imageInfo.ts';
import type { Steps, StreamEditor } from '../streamEditor.ts';
import { isMetadata, SOI } from './jpegMarkers.ts';
import { createGainMapFilter, createMetadataFilter, type GainMapPlace } from './jpegMetadata.ts';
import { cleanPicture, findMarker, readSegment } from './jpegPicture.ts';

/** How many zeros may stand for what was dropped before or after a gain map. */
const MAX_PADDING_BYTES = 64 * 1024;
/** How much of a gain map's metadata is buffered until it has described itself. */
const MAX_HEADER_BYTES = 256 * 1024;

/** Writes zeros up to a position in the output; says whether it could. */
const padTo = (editor: StreamEditor, position: number) => {
  const length = position - editor.outputPosition();
  if (length < 0 || length > MAX_PADDING_BYTES) return false;
  editor.insert(new Uint8Array(length));
  return true;
};

/** Drops everything before a position in the file; says whether it was reached. */
function* dropTo(editor: StreamEditor, position: number): Steps<boolean> {
  while (editor.position() < position) {
    while (editor.needs(1)) {
      if (editor.hasEnded()) return false;
      yield;
    }
    editor.drop(Math.min(editor.buffered(), position - editor.position()));
  }
  return editor.position() === position;
}

/**
 * Cleans the second JPEG of a file, the gain map, so that it is where the first one says. Without a description as a gain map it is
 * dropped: it may be any other picture.
 */
function* cleanGainMap(editor: StreamEditor, place: GainMapPlace, limits: Limits): Steps {
  if (!(yield* dropTo(editor, place.input))) return;
  while (editor.needs(2)) {
    if (editor.hasEnded()) return;
    yield;
  }
  if (editor.peekByte(0) !== 0xff || editor.peekByte(1) !== SOI) return;
  editor.drop(2);
  const { filter, isDescribed } = createGainMapFilter();
  const kept: Uint8Array[] = [];
  const end = editor.position() + MAX_HEADER_BYTES;
  for (let marker = yield* findMarker(editor); isMetadata(marker); marker = yield* findMarker(editor)) {
    const length = yield* readSegment(editor);
    const segment = filter(marker, editor.peek(length), { input: 0, output: 0 });
    if (segment) kept.push(segment.slice());
    editor.drop(length);
    if (editor.position() > end) return;
  }
  if (!isDescribed() || !padTo(editor, place.output)) return;
  editor.insert(concat([0xff, SOI], ...kept));
  yield* cleanPicture(editor, filter, limits);
  if (yield* dropTo(editor, place.input + place.length)) padTo(editor, place.output + place.length);
}

/** Cleans a JPEG and its gain map, if it announces one. @throws ImageError `invalid` */
export function* cleanJpeg(editor: StreamEditor, limits: Limits): Steps<ImageInfo> {
  const metadata = createMetadataFilter();
  while (editor.needs(2)) yield;
  editor.copy(2);
  const size = yield* cleanPicture(editor, metadata.filter, limits);
  const gainMap = metadata.gainMap();
  if (gainMap) yield* cleanGainMap(editor, gainMap, limits);
  return { ...size, frames: 1, ...metadata.exif() };
}
