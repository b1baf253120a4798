import { be } from '../bytes.ts';
import { invalid } from '../imageError.ts';
import { checkSize, type Limits } from '../imageInfo.ts';
import type { Range } from './avifRanges.ts';
import { readSamples, TABLES } from './avifSamples.ts';
import { type Box, boxesIn, cleanHandler, freeBox, numbersOf } from './boxes.ts';

/** The boxes to keep in a sequence's `moov`, by their parent (ISO/IEC 14496-12, 8). All others become free space. */
const CHILDREN: Record<string, string[]> = {
  moov: ['mvhd', 'trak'],
  trak: ['tkhd', 'tref', 'edts', 'mdia'],
  edts: ['elst'],
  mdia: ['mdhd', 'hdlr', 'minf'],
  minf: ['vmhd', 'nmhd', 'dinf', 'stbl'],
  dinf: ['dref'],
  stbl: ['stsd', 'stts', 'ctts', 'cslg', 'stsc', 'stsz', 'stco', 'co64', 'stss', 'sdtp', 'sbgp', 'sgpd'],
  av01: ['av1C', 'colr', 'pasp', 'clap', 'ccst', 'auxi', 'clli', 'mdcv', 'btrt'],
};
const TIMED = ['mvhd', 'tkhd', 'mdhd'];
const HANDLERS = ['pict', 'auxv', 'vide'];
/** The length of a `dref` whose one entry says that the data is in this file. */
const DREF_BYTES = 28;
/** Offsets in the content of a visual sample entry: of the size, the compressor's name and the boxes. */
const ENTRY = { size: 24, name: 42, nameEnd: 74, boxes: 78 };

const cleanEntry = (bytes: Uint8Array, entry: Box, limits: Limits) => {
  if (entry.type !== 'av01' || entry.end < entry.body + ENTRY.boxes)
    throw invalid('The AVIF has a track that does not contain AV1 pictures.');
  checkSize(be(bytes, entry.body + ENTRY.size, 2), be(bytes, entry.body + ENTRY.size + 2, 2), limits);
  bytes.fill(0, entry.body + ENTRY.name, entry.body + ENTRY.nameEnd);
  for (const box of boxesIn(bytes, entry.body + ENTRY.boxes, entry.end))
    if (!CHILDREN.av01?.includes(box.type)) freeBox(bytes, box);
};

/**
 * Overwrites the metadata in a sequence's `moov` box, in place; counts the frames of its longest track and says where they are.
 * @throws ImageError `invalid`, also for a track without pictures
 */
export const cleanMovie = (bytes: Uint8Array, moov: Box, limits: Limits) => {
  let frames = 1;
  const ranges: Range[] = [];
  const clean = (parent: Box) => {
    const tables = new Map<string, Box>();
    for (const box of boxesIn(bytes, parent.body, parent.end)) {
      if (!CHILDREN[parent.type]?.includes(box.type) || tables.has(box.type)) {
        freeBox(bytes, box);
        continue;
      }
      const next = numbersOf(bytes, box);
      if (TIMED.includes(box.type)) {
        const times = next(1) === 1 ? 16 : 8;
        next(3);
        next(times);
        bytes.fill(0, box.body + 4, box.body + 4 + times);
      } else if (box.type === 'hdlr') {
        if (!HANDLERS.includes(cleanHandler(bytes, box)))
          throw invalid('The AVIF has a track that does not contain pictures.');
      } else if (box.type === 'dref' && box.end - box.start !== DREF_BYTES)
        throw invalid('The AVIF has a track whose data is not in the file.');
      else if (TABLES.includes(box.type)) tables.set(box.type, box);
      else if (box.type === 'stsd') {
        next(8);
        for (const entry of boxesIn(bytes, box.body + 8, box.end)) cleanEntry(bytes, entry, limits);
      } else if (CHILDREN[box.type]) clean(box);
    }
    if (parent.type !== 'stbl') return;
    const track = readSamples(bytes, tables);
    frames = Math.max(frames, track.samples);
    for (const range of track.ranges) ranges.push(range);
  };
  clean(moov);
  return { frames, ranges };
};
