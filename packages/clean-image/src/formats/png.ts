import { crc32 } from 'node:zlib';
import { ascii, be, joined, u32 } from '../bytes.ts';
import { EXIF_MOST, type Exif, readExif, writeExif } from '../exif.ts';
import { checkSize, type ImageInfo, invalid, type Limits } from '../imageInfo.ts';
import { across, type Tape, type Walk } from '../streamEditor.ts';

const MOST = 2 ** 31 - 1;

/** The bit depths that each colour type may have (11.2.1). */
const DEPTHS: Record<number, number[]> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

/** What says how to show the pixels, and how long it may be: a text does not fit into what is left. */
const KEPT = new Map([
  ['PLTE', 768],
  ['IDAT', MOST],
  ['IEND', 0],
  ['tRNS', 256],
  ['cHRM', 32],
  ['gAMA', 4],
  ['iCCP', MOST],
  ['sRGB', 1],
  ['sBIT', 4],
  ['bKGD', 6],
  ['hIST', 512],
  ['pHYs', 9],
  ['sPLT', MOST],
  ['cICP', 4],
  ['mDCV', 24],
  ['cLLI', 8],
  ['acTL', 8],
  ['fcTL', 26],
  ['fdAT', MOST],
]);

/** Takes `step` through a whole chunk whose head lies ahead, and holds it against its checksum. */
function* acrossChunk(tape: Tape, type: string, length: number, step: (length: number) => void): Walk {
  const at = tape.position();
  let sum = 0;
  step(4);
  yield* across(tape, 4 + length, (now) => {
    sum = crc32(tape.ahead(now), sum);
    step(now);
  });
  while (tape.lacks(4)) yield;
  if (be(tape.ahead(4), 0, 4) !== sum)
    throw invalid(`The PNG's ${type} chunk at byte ${at} has a wrong checksum.`);
  step(4);
}

/** A chunk with its length before it and its checksum behind (PNG, 5.3). */
const writeChunk = (type: string, data: Uint8Array) => {
  const checked = joined(type, data);
  return joined(u32(data.length), checked, u32(crc32(checked)));
};

/** Walks a PNG or APNG from chunk to chunk (W3C PNG, third edition, 5). @throws ImageError `invalid` */
export function* walkPng(tape: Tape, limits: Limits): Walk<ImageInfo> {
  let size: { width: number; height: number } | undefined;
  let frames = 1;
  let exif: Exif | undefined;
  let hasData = false;
  let needsPalette = false;

  while (tape.lacks(8)) yield;
  tape.pass(8);
  for (;;) {
    while (tape.lacks(8)) yield;
    const head = tape.ahead(8);
    const length = be(head, 0, 4);
    const type = ascii(head, 4, 4);
    const at = tape.position();
    if (length > MOST || !/^[A-Za-z]{4}$/.test(type)) throw invalid(`The PNG has no chunk at byte ${at}.`);
    if ((type === 'IHDR') === (size !== undefined) || (type === 'IHDR' && length !== 13))
      throw invalid(`The PNG does not begin with its one IHDR chunk, but has ${type} at byte ${at}.`);

    if (type === 'IHDR') {
      while (tape.lacks(21)) yield;
      const header = tape.ahead(21);
      size = { width: be(header, 8, 4), height: be(header, 12, 4) };
      const [depth, colour, compression, filter, interlace] = header.subarray(16) as unknown as [
        number,
        number,
        number,
        number,
        number,
      ];
      if (!DEPTHS[colour]?.includes(depth) || compression || filter || interlace > 1)
        throw invalid('The PNG has an IHDR chunk that says no kind of picture.');
      needsPalette = colour === 3;
      checkSize(size.width, size.height, limits);
      yield* acrossChunk(tape, type, length, tape.pass);
      continue;
    }
    if (type === 'acTL' && length === 8 && !hasData) {
      while (tape.lacks(12)) yield;
      frames = Math.max(1, be(tape.ahead(12), 8, 4));
    }
    if (type === 'eXIf' && !exif) {
      const read = 8 + Math.min(length, EXIF_MOST);
      while (tape.lacks(read)) yield;
      exif = readExif(tape.ahead(read).subarray(8));
      yield* acrossChunk(tape, type, length, tape.skip);
      if (exif.orientation !== 1) tape.put(writeChunk(type, writeExif(exif.orientation)));
      continue;
    }
    if (type === 'PLTE') needsPalette = false;
    if (type === 'IDAT' && needsPalette) throw invalid('The PNG has no palette before its picture.');
    const isKept = length <= (KEPT.get(type) ?? -1);
    const isCritical = type.charAt(0) < 'a';
    if (isCritical && !isKept)
      throw invalid(`The PNG has a ${type} chunk at byte ${at} that cannot be read.`);
    yield* acrossChunk(tape, type, length, isKept ? tape.pass : tape.skip);
    hasData ||= type === 'IDAT';
    if (type === 'IEND') break;
  }
  if (!size || !hasData) throw invalid('The PNG has no picture: it has no IDAT chunk.');
  return { ...size, frames, orientation: exif?.orientation ?? 1, takenAt: exif?.takenAt ?? null };
}
