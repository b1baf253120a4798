import { be } from '../bytes.ts';
import { invalid } from '../imageError.ts';
import { checkSize, type Limits } from '../imageInfo.ts';
import type { Range } from './avifRanges.ts';
import { readSamples, TABLES } from './avifSamples.ts';
import { type Box, boxesIn, cleanHandler, findBox, freeBox, numbersOf, readHandler } from './boxes.ts';

export type Movie = {
  /** The size of the first track that is not alpha; nothing if no track has pictures. */
  size?: { width: number; height: number };
  /** Of the longest track. */
  frames: number;
  ranges: Range[];
};

/** The boxes to keep in a sequence's `moov`, by their parent (ISO/IEC 14496-12, 8). All others become free space. */
const CHILDREN: Record<string, string[]> = {
  trak: ['tkhd', 'tref', 'edts', 'mdia'],
  edts: ['elst'],
  mdia: ['mdhd', 'hdlr', 'minf'],
  minf: ['vmhd', 'nmhd', 'dinf', 'stbl'],
  dinf: ['dref'],
  stbl: ['stsd', 'stts', 'ctts', 'cslg', 'stsc', 'stsz', 'stco', 'co64', 'stss', 'sdtp', 'sbgp', 'sgpd'],
  av01: ['av1C', 'colr', 'pasp', 'clap', 'ccst', 'auxi', 'clli', 'mdcv', 'btrt'],
};
const TIMED = ['mvhd', 'tkhd', 'mdhd'];
const PICTURES = ['pict', 'vide'];
const ALPHA = 'auxv';
/** The length of a `dref` whose one entry says that the data is in this file. */
const DREF_BYTES = 28;
/** Offsets in the content of a visual sample entry: of the size, the compressor's name and the boxes. */
const ENTRY = { size: 24, name: 42, nameEnd: 74, boxes: 78 };

const cleanEntry = (bytes: Uint8Array, entry: Box, limits: Limits) => {
  if (entry.type !== 'av01' || entry.end < entry.body + ENTRY.boxes)
    throw invalid('The AVIF has a track that does not contain AV1 pictures.');
  const at = entry.body + ENTRY.size;
  const size = { width: be(bytes, at, 2), height: be(bytes, at + 2, 2) };
  checkSize(size.width, size.height, limits);
  bytes.fill(0, entry.body + ENTRY.name, entry.body + ENTRY.nameEnd);
  for (const box of boxesIn(bytes, entry.body + ENTRY.boxes, entry.end))
    if (!CHILDREN.av01?.includes(box.type)) freeBox(bytes, box);
  return size;
};

/**
 * Cleans a track of pictures in place.
 * @returns its samples' sizes and locations
 */
const cleanTrack = (bytes: Uint8Array, track: Box, limits: Limits) => {
  const tables = new Map<string, Box>();
  let size: Movie['size'];
  const clean = (parent: Box) => {
    for (const box of boxesIn(bytes, parent.body, parent.end)) {
      const next = numbersOf(bytes, box);
      if (!CHILDREN[parent.type]?.includes(box.type) || tables.has(box.type)) freeBox(bytes, box);
      else if (TIMED.includes(box.type)) cleanTimes(bytes, box);
      else if (box.type === 'hdlr') cleanHandler(bytes, box);
      else if (box.type === 'dref' && box.end - box.start !== DREF_BYTES)
        throw invalid('The AVIF has a track whose data is not in the file.');
      else if (TABLES.includes(box.type)) tables.set(box.type, box);
      else if (box.type === 'stsd') {
        next(8);
        for (const entry of boxesIn(bytes, box.body + 8, box.end)) {
          const entrySize = cleanEntry(bytes, entry, limits);
          size ??= entrySize;
        }
      } else if (CHILDREN[box.type]) clean(box);
    }
  };
  clean(track);
  return { size, ...readSamples(bytes, tables) };
};

/** Overwrites when a movie, a track or its media were created and changed. */
const cleanTimes = (bytes: Uint8Array, box: Box) => {
  const next = numbersOf(bytes, box);
  const length = next(1) === 1 ? 16 : 8;
  next(3);
  next(length);
  bytes.fill(0, box.body + 4, box.body + 4 + length);
};

/**
 * Overwrites everything in a sequence's `moov` box but its tracks of pictures, in place.
 * @throws ImageError `invalid`
 */
export const cleanMovie = (bytes: Uint8Array, moov: Box, limits: Limits): Movie => {
  const movie: Movie = { frames: 1, ranges: [] };
  for (const box of boxesIn(bytes, moov.body, moov.end)) {
    if (box.type === 'mvhd') cleanTimes(bytes, box);
    const hdlr = box.type === 'trak' && findBox(bytes, box, ['mdia', 'hdlr']);
    const handler = hdlr ? readHandler(bytes, hdlr) : '';
    const isShown = PICTURES.includes(handler);
    if (isShown || handler === ALPHA) {
      const track = cleanTrack(bytes, box, limits);
      movie.frames = Math.max(movie.frames, track.samples);
      for (const range of track.ranges) movie.ranges.push(range);
      if (isShown && track.size && track.samples) movie.size ??= track.size;
    } else if (box.type !== 'mvhd') freeBox(bytes, box);
  }
  return movie;
};
