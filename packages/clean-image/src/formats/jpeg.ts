import { ascii, be, concat, u16 } from '../bytes.ts';
import { type Exif, readExif, writeExif } from '../exif.ts';
import { invalid } from '../imageError.ts';
import { checkSize, type ImageInfo, type Limits } from '../imageInfo.ts';
import type { Steps, StreamEditor } from '../streamEditor.ts';

const [EOI, SOS, DRI, DNL, COM] = [0xd9, 0xda, 0xdd, 0xdc, 0xfe];
const [DHT, JPG, DAC, DQT] = [0xc4, 0xc8, 0xcc, 0xdb];
const [APP0, APP1, APP2, APP14, APP15] = [0xe0, 0xe1, 0xe2, 0xee, 0xef];

/** Where an ICC profile has its signature, `acsp` (ICC.1, 7.2). */
const ICC_SIGNATURE = 36;

const isFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && marker !== DHT && marker !== JPG && marker !== DAC;
const isRestart = (marker: number) => marker >= 0xd0 && marker <= 0xd7;
const isTable = (marker: number) => marker === DHT || marker === DAC || marker === DQT || marker === DRI;
/** DNL repeats a height that the frame header must have. */
const isMetadata = (marker: number) =>
  (marker >= APP0 && marker <= APP15) || marker === COM || marker === DNL;

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

const segment = (marker: number, content: Uint8Array) =>
  concat([0xff, marker], u16(2 + content.length), content);

/**
 * Chooses what to keep of the metadata before the first scan: what a decoder needs to show the pixels. That is JFIF without its
 * thumbnail, the orientation from the first Exif block, the colour profile, and Adobe's colour transform.
 */
const createMetadataFilter = () => {
  let hasJfif = false;
  let hasProfile = false;
  let exif: Exif | undefined;
  return {
    exif: () => exif ?? { orientation: 1, takenAt: null },
    /** What replaces a segment; nothing if it goes. */
    filter: (marker: number, whole: Uint8Array) => {
      const content = whole.subarray(4);
      if (marker === APP0 && !hasJfif && content.length >= 14 && ascii(content, 0, 5) === 'JFIF\0') {
        hasJfif = true;
        return segment(APP0, concat(content.subarray(0, 12), [0, 0]));
      }
      if (marker === APP1 && !exif && ascii(content, 0, 6) === 'Exif\0\0') {
        exif = readExif(content);
        return exif.orientation === 1
          ? undefined
          : segment(APP1, concat('Exif\0\0', writeExif(exif.orientation)));
      }
      if (marker === APP2 && ascii(content, 0, 12) === 'ICC_PROFILE\0') {
        if (content[12] === 1) hasProfile = ascii(content, 14 + ICC_SIGNATURE, 4) === 'acsp';
        return hasProfile ? whole : undefined;
      }
      if (marker === APP14 && content.length >= 12 && ascii(content, 0, 5) === 'Adobe')
        return segment(APP14, content.subarray(0, 12));
      return undefined;
    },
  };
};

/** Cleans a JPEG segment by segment (ITU-T T.81, Annex B; JFIF is T.871). @throws ImageError `invalid` */
export function* cleanJpeg(editor: StreamEditor, limits: Limits): Steps<ImageInfo> {
  let size: { width: number; height: number } | undefined;
  let hasScan = false;
  const metadata = createMetadataFilter();

  while (editor.needs(2)) yield;
  editor.copy(2);
  for (;;) {
    while (editor.needs(2)) yield;
    const marker = editor.peekByte(1);
    const at = editor.position();
    if (editor.peekByte(0) !== 0xff) {
      editor.dropUntil(0xff); // decoders skip garbage
      continue;
    }
    if (marker === 0xff || marker === 0) {
      editor.drop(marker === 0 ? 2 : 1);
      continue;
    }
    if (marker === EOI) break;
    if (!isFrame(marker) && marker !== SOS && !isTable(marker) && !isMetadata(marker))
      throw invalid(`The JPEG has an unknown marker at byte ${at}.`);
    while (editor.needs(4)) yield;
    const length = 2 + 256 * editor.peekByte(2) + editor.peekByte(3);
    if (length < 4) throw invalid(`The JPEG segment at byte ${at} has an invalid length.`);
    while (editor.needs(length)) yield;

    if (isMetadata(marker)) {
      const isHeader = !hasScan && marker <= APP14 && marker >= APP0;
      const kept = isHeader ? metadata.filter(marker, editor.peek(length)) : undefined;
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
  return { ...size, frames: 1, ...metadata.exif() };
}
