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

/** How long an ancillary chunk may be to be checked before it is copied. */
const MAX_CHECKED_BYTES = 256 * 1024;

/** The chunks of an animation's frames. */
const FRAME = ['fcTL', 'fdAT'];

const isCritical = (type: string) => type.charAt(0) < 'a';

/** Applies `edit` to a chunk up to its checksum, and says what that should be. */
function* editChunk(editor: StreamEditor, length: number, edit: (length: number) => void): Steps<number> {
  let sum = 0;
  edit(4);
  yield* forBytes(editor, 4 + length, (part) => {
    sum = crc32(editor.peek(part), sum);
    edit(part);
  });
  while (editor.needs(4)) yield;
  return sum;
}

/** Copies a chunk while it streams. @throws ImageError `invalid` if its checksum is wrong */
function* copyChunk(editor: StreamEditor, type: string, length: number): Steps {
  const at = editor.position();
  const sum = yield* editChunk(editor, length, editor.copy);
  const isIntact = be(editor.peek(4), 0, 4) === sum;
  if (isIntact) editor.copy(4);
  else if (FRAME.includes(type)) {
    // without it the animation would end; browsers ignore the checksum
    editor.drop(4);
    editor.insert(concat(u32(sum)));
  } else throw invalid(`The checksum of the PNG's ${type} chunk at byte ${at} is wrong.`);
}

/** Copies a chunk that the picture can do without and returns its data; drops it if its checksum is wrong, as browsers do. */
function* copyIfIntact(editor: StreamEditor, length: number): Steps<Uint8Array | undefined> {
  while (editor.needs(12 + length)) yield;
  const chunk = editor.peek(12 + length);
  const isIntact = crc32(chunk.subarray(4, 8 + length)) === be(chunk, 8 + length, 4);
  (isIntact ? editor.copy : editor.drop)(12 + length);
  return isIntact ? chunk.subarray(8, 8 + length) : undefined;
}

/** Replaces an `eXIf` chunk by the smallest one with its orientation. Says nothing if its checksum is wrong. */
function* cleanExif(editor: StreamEditor, length: number): Steps<Exif | undefined> {
  const read = 8 + Math.min(length, MAX_EXIF_BYTES);
  while (editor.needs(read)) yield;
  const exif = readExif(editor.peek(read).subarray(8));
  const sum = yield* editChunk(editor, length, editor.drop);
  const isIntact = be(editor.peek(4), 0, 4) === sum;
  editor.drop(4);
  if (!isIntact) return undefined;
  if (exif.orientation !== 1) editor.insert(writeChunk('eXIf', writeExif(exif.orientation)));
  return exif;
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
      yield* copyChunk(editor, type, length);
      continue;
    }
    hasPalette ||= type === 'PLTE';
    if (type === 'IDAT' && header?.needsPalette && !hasPalette)
      throw invalid('The PNG has no palette (PLTE) before its picture.');
    const isKept = length <= (KEPT.get(type) ?? -1);
    if (isCritical(type) && !isKept) throw invalid(`The PNG has an unsupported ${type} chunk at byte ${at}.`);

    if (type === 'eXIf' && !exif) exif = yield* cleanExif(editor, length);
    else if (!isKept) yield* forBytes(editor, 12 + length, editor.drop);
    else if (isCritical(type) || FRAME.includes(type) || length > MAX_CHECKED_BYTES)
      yield* copyChunk(editor, type, length);
    else {
      const data = yield* copyIfIntact(editor, length);
      if (type === 'acTL' && data?.length === 8 && !hasData) frames = Math.max(1, be(data, 0, 4));
    }
    hasData ||= type === 'IDAT';
    if (type === 'IEND') break;
  }
  if (!header || !hasData) throw invalid('The PNG contains no picture: it has no IDAT chunk.');
  const { width, height } = header;
  return { width, height, frames, orientation: exif?.orientation ?? 1, takenAt: exif?.takenAt ?? null };
}
