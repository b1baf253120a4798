import { be } from '../bytes.ts';
import { invalid } from '../imageError.ts';
import { checkSize, type Limits } from '../imageInfo.ts';
import type { Steps, StreamEditor } from '../streamEditor.ts';
import { APP0, APP14, EOI, isFrame, isMetadata, isRestart, isTable, SOS } from './jpegMarkers.ts';
import type { Filter } from './jpegMetadata.ts';

/** Copies compressed data up to the next marker. Stuffed zeros and restart markers are part of it; fill bytes are dropped (T.81, B.1.1). */
function* copyScan(editor: StreamEditor): Steps {
  for (;;) {
    if (!editor.copyUntil(0xff)) {
      yield;
      continue;
    }
    while (editor.needs(2)) yield;
    const next = editor.peekByte(1);
    if (next === 0 || isRestart(next)) editor.copy(2);
    else if (next === 0xff) editor.drop(1);
    else return;
  }
}

/** Goes to the next marker; drops fill bytes, and garbage as decoders do. */
export function* findMarker(editor: StreamEditor): Steps<number> {
  for (;;) {
    while (editor.needs(2)) yield;
    const marker = editor.peekByte(1);
    if (editor.peekByte(0) !== 0xff) editor.dropUntil(0xff);
    else if (marker === 0xff) editor.drop(1);
    else if (marker === 0) editor.drop(2);
    else return marker;
  }
}

/** Buffers the next segment, and returns its length with its marker. */
export function* readSegment(editor: StreamEditor): Steps<number> {
  while (editor.needs(4)) yield;
  const length = 2 + 256 * editor.peekByte(2) + editor.peekByte(3);
  if (length < 4) throw invalid(`The JPEG segment at byte ${editor.position()} has an invalid length.`);
  while (editor.needs(length)) yield;
  return length;
}

/** Cleans a JPEG from after its start-of-image marker to its end (ITU-T T.81, Annex B; JFIF is T.871). @throws ImageError `invalid` */
export function* cleanPicture(
  editor: StreamEditor,
  filter: Filter,
  limits: Limits,
): Steps<{ width: number; height: number }> {
  let size: { width: number; height: number } | undefined;
  let hasScan = false;
  for (;;) {
    const marker = yield* findMarker(editor);
    const at = editor.position();
    if (marker === EOI) break;
    if (!isFrame(marker) && marker !== SOS && !isTable(marker) && !isMetadata(marker))
      throw invalid(`The JPEG has an unknown marker at byte ${at}.`);
    const length = yield* readSegment(editor);

    if (isMetadata(marker)) {
      const isHeader = !hasScan && marker <= APP14 && marker >= APP0;
      const position = { input: at, output: editor.outputPosition() };
      const kept = isHeader ? filter(marker, editor.peek(length), position) : undefined;
      editor.drop(length);
      if (kept) editor.insert(kept);
      continue;
    }
    if (isFrame(marker)) {
      if (size) throw invalid(`The JPEG has a second frame header at byte ${at}.`);
      if (length !== 10 + 3 * editor.peekByte(9))
        throw invalid(`The JPEG frame header at byte ${at} has an invalid length.`);
      const header = editor.peek(length);
      size = { width: be(header, 7, 2), height: be(header, 5, 2) };
      checkSize(size.width, size.height, limits);
    }
    if (marker === SOS) {
      if (!size) throw invalid(`The JPEG has a scan before its frame header, at byte ${at}.`);
      if (length !== 8 + 2 * editor.peekByte(4))
        throw invalid(`The JPEG scan header at byte ${at} has an invalid length.`);
      hasScan = true;
    }
    editor.copy(length);
    if (marker === SOS) yield* copyScan(editor);
  }
  if (!size || !hasScan) throw invalid('The JPEG contains no picture.');
  editor.copy(2);
  return size;
}
