import { crc32 } from 'node:zlib';
import { ascii, be, concat, u32 } from '../bytes.ts';
import { type Exif, MAX_EXIF_BYTES, readExif, writeExif } from '../exif.ts';
import { invalid } from '../imageError.ts';
import { checkSize, type ImageInfo, type Limits } from '../imageInfo.ts';
import { forBytes, type Steps, type StreamEditor } from '../streamEditor.ts';

const MAX_CHUNK_BYTES = 2 ** 31 - 1;

/** The bit depths allowed for each colour type (11.2.1). */
const BIT_DEPTHS: Record<number, number[]> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

/** The chunks that affect the picture, and how long each may be, so that a text does not fit in as well. */
const KEPT = new Map([
  ['PLTE', 768],
  ['IDAT', MAX_CHUNK_BYTES],
  ['IEND', 0],
  ['tRNS', 256],
  ['cHRM', 32],
  ['gAMA', 4],
  ['iCCP', MAX_CHUNK_BYTES],
  ['sRGB', 1],
  ['sBIT', 4],
  ['bKGD', 6],
  ['hIST', 512],
  ['pHYs', 9],
  ['sPLT', MAX_CHUNK_BYTES],
  ['cICP', 4],
  ['mDCV', 24],
  ['cLLI', 8],
  ['acTL', 8],
  ['fcTL', 26],
  ['fdAT', MAX_CHUNK_BYTES],
]);

/** Applies `edit` to a whole chunk and verifies its checksum. */
function* editChunk(
  editor: StreamEditor,
  type: string,
  length: number,
  edit: (length: number) => void,
): Steps {
  const at = editor.position();
  let sum = 0;
  edit(4);
  yield* forBytes(editor, 4 + length, (part) => {
    sum = crc32(editor.peek(part), sum);
    edit(part);
  });
  while (editor.needs(4)) yield;
  if (be(editor.peek(4), 0, 4) !== sum)
    throw invalid(`The checksum of the PNG's ${type} chunk at byte ${at} is wrong.`);
  edit(4);
}

/** A chunk with its length and checksum (PNG, 5.3). */
const writeChunk = (type: string, data: Uint8Array) => {
  const checked = concat(type, data);
  return concat(u32(data.length), checked, u32(crc32(checked)));
};

/** Reads the IHDR chunk (PNG, 11.2.1). */
const readHeader = (chunk: Uint8Array, limits: Limits) => {
  const size = { width: be(chunk, 8, 4), height: be(chunk, 12, 4) };
  const [depth = 0, colour = 0, compression = 0, filter = 0, interlace = 0] = chunk.subarray(16, 21);
  if (!BIT_DEPTHS[colour]?.includes(depth) || compression || filter || interlace > 1)
    throw invalid("The PNG's IHDR chunk has invalid values.");
  checkSize(size.width, size.height, limits);
  return { ...size, needsPalette: colour === 3 };
};

/** Cleans a PNG or APNG chunk by chunk (W3C PNG, third edition, 5). @throws ImageError `invalid` */
export function* cleanPng(editor: StreamEditor, limits: Limits): Steps<ImageInfo> {
  let header: ReturnType<typeof readHeader> | undefined;
  let frames = 1;
  let exif: Exif | undefined;
  let hasPalette = false;
  let hasData = false;

  while (editor.needs(8)) yield;
  editor.copy(8);
  for (;;) {
    while (editor.needs(8)) yield;
    const length = be(editor.peek(8), 0, 4);
    const type = ascii(editor.peek(8), 4, 4);
    const at = editor.position();
    if (length > MAX_CHUNK_BYTES || !/^[A-Za-z]{4}$/.test(type))
      throw invalid(`The PNG is damaged: expected a chunk at byte ${at}.`);
    if ((type === 'IHDR') === (header !== undefined) || (type === 'IHDR' && length !== 13))
      throw invalid(`A PNG must begin with exactly one IHDR chunk; this one has ${type} at byte ${at}.`);

    if (type === 'IHDR') {
      while (editor.needs(21)) yield;
      header = readHeader(editor.peek(21), limits);
      yield* editChunk(editor, type, length, editor.copy);
      continue;
    }
    if (type === 'acTL' && length === 8 && !hasData) {
      while (editor.needs(12)) yield;
      frames = Math.max(1, be(editor.peek(12), 8, 4));
    }
    if (type === 'eXIf' && !exif) {
      const read = 8 + Math.min(length, MAX_EXIF_BYTES);
      while (editor.needs(read)) yield;
      exif = readExif(editor.peek(read).subarray(8));
      yield* editChunk(editor, type, length, editor.drop);
      if (exif.orientation !== 1) editor.insert(writeChunk(type, writeExif(exif.orientation)));
      continue;
    }
    hasPalette ||= type === 'PLTE';
    if (type === 'IDAT' && header?.needsPalette && !hasPalette)
      throw invalid('The PNG has no palette (PLTE) before its picture.');
    const isKept = length <= (KEPT.get(type) ?? -1);
    const isCritical = type.charAt(0) < 'a';
    if (isCritical && !isKept) throw invalid(`The PNG has an unsupported ${type} chunk at byte ${at}.`);
    yield* editChunk(editor, type, length, isKept ? editor.copy : editor.drop);
    hasData ||= type === 'IDAT';
    if (type === 'IEND') break;
  }
  if (!header || !hasData) throw invalid('The PNG contains no picture: it has no IDAT chunk.');
  const { width, height } = header;
  return { width, height, frames, orientation: exif?.orientation ?? 1, takenAt: exif?.takenAt ?? null };
}
