import { ascii, be } from '../bytes.ts';
import { type Exif, overwriteExif } from '../exif.ts';
import { invalid } from '../imageError.ts';
import { checkSize, type Limits } from '../imageInfo.ts';
import { orderRanges, type Range } from './avifRanges.ts';
import { type Box, boxesIn, cleanHandler, freeBox, numbersOf } from './boxes.ts';

export type Meta = {
  width: number;
  height: number;
  orientation: number;
  ranges: Range[];
  exif: Exif | undefined;
};

const KEPT = ['hdlr', 'pitm', 'iinf', 'iref', 'iprp', 'iloc', 'idat', 'grpl'];
/** Items that are pictures, or describe how to derive one from others. */
const PICTURES = ['av01', 'grid', 'iovl', 'iden', 'tmap'];
/** Properties that affect how a picture is shown; descriptions and times do not. */
const PROPERTIES = [
  ...['ispe', 'pixi', 'colr', 'av1C', 'auxC', 'irot', 'imir', 'clap', 'pasp', 'clli', 'mdcv', 'cclv', 'amve'],
  ...['a1op', 'a1lx', 'lsel', 'rloc', 'reve', 'ndwt'],
];

const SPACE = 0x20;

/** Reads each item's type by its id. Names and content types, which may be any text, become spaces (ISO/IEC 14496-12, 8.11.6). */
const readItems = (bytes: Uint8Array, iinf: Box) => {
  const types = new Map<number, string>();
  const first = iinf.body + (be(bytes, iinf.body, 1) === 0 ? 6 : 8);
  for (const infe of boxesIn(bytes, first, iinf.end)) {
    const next = numbersOf(bytes, infe);
    const version = next(1);
    if (infe.type !== 'infe' || (version !== 2 && version !== 3))
      throw invalid('The AVIF has an item entry of an unknown version.');
    next(3);
    const id = next(version === 2 ? 2 : 4);
    next(6);
    const texts = infe.body + (version === 2 ? 12 : 14);
    types.set(id, ascii(bytes, texts - 4, 4));
    for (let at = texts; at < infe.end; at++) if (bytes[at]) bytes[at] = SPACE;
  }
  return types;
};

/** Reads where each item's bytes are, in the file and in `idat` (ISO/IEC 14496-12, 8.11.3). */
const readLocations = (bytes: Uint8Array, iloc: Box, types: Map<number, string>) => {
  const [inFile, inIdat]: [Range[], Range[]] = [[], []];
  const next = numbersOf(bytes, iloc);
  const version = next(1);
  next(3);
  if (version > 2) throw invalid("The AVIF's iloc box has an unknown version.");
  const sizes = next(1);
  const [offsetSize, lengthSize] = [sizes >> 4, sizes & 15];
  const more = next(1);
  const [baseSize, indexSize] = [more >> 4, version ? more & 15 : 0];
  for (let items = next(version < 2 ? 2 : 4); items > 0; items--) {
    const type = types.get(next(version < 2 ? 2 : 4)) ?? '';
    const method = version ? next(2) & 15 : 0;
    if (method > 1 || next(2) !== 0) throw invalid('The AVIF has an item whose data is not in the file.');
    const base = next(baseSize);
    const extents = next(2);
    for (let extent = 0; extent < extents; extent++) {
      next(indexSize);
      const start = base + next(offsetSize);
      const length = next(lengthSize);
      if (!length) throw invalid('The AVIF has an item without a length.');
      const other = type === 'Exif' && extents === 1 ? 'exif' : 'blank';
      (method ? inIdat : inFile).push({
        start,
        end: start + length,
        fate: PICTURES.includes(type) ? 'keep' : other,
      });
    }
  }
  return { inFile, inIdat };
};

/** The Exif orientation for each number of quarter turns anticlockwise, as `irot` counts them. */
const TURNS = [1, 8, 3, 6];

/** Reads the primary item's size and orientation. Other properties than those of pictures become free space (ISO/IEC 23008-12, 9.3). */
const readSize = (bytes: Uint8Array, iprp: Box, primary: number, limits: Limits) => {
  const properties: { size?: { width: number; height: number } | undefined; turn?: number | undefined }[] =
    [];
  let size: { width: number; height: number } | undefined;
  let orientation = 1;
  for (const box of boxesIn(bytes, iprp.body, iprp.end)) {
    if (box.type === 'ipco') {
      for (const property of boxesIn(bytes, box.body, box.end)) {
        if (!PROPERTIES.includes(property.type)) freeBox(bytes, property);
        const next = numbersOf(bytes, property);
        const ispe =
          property.type === 'ispe' && next(4) === 0 ? { width: next(4), height: next(4) } : undefined;
        if (ispe) checkSize(ispe.width, ispe.height, limits);
        properties.push({ size: ispe, turn: property.type === 'irot' ? TURNS[next(1) & 3] : undefined });
      }
    } else if (box.type === 'ipma') {
      const next = numbersOf(bytes, box);
      const version = next(1);
      const indexSize = next(3) & 1 ? 2 : 1;
      for (let entries = next(4); entries > 0; entries--) {
        const id = next(version < 1 ? 2 : 4);
        for (let count = next(1); count > 0; count--) {
          const index = next(indexSize) & (indexSize === 2 ? 0x7fff : 0x7f);
          if (id !== primary) continue;
          size ??= properties[index - 1]?.size;
          orientation = properties[index - 1]?.turn ?? orientation;
        }
      }
    } else freeBox(bytes, box);
  }
  if (!size) throw invalid("The AVIF's primary item has no size.");
  return { ...size, orientation };
};

/** Overwrites everything but pictures in `idat`. */
const cleanIdat = (bytes: Uint8Array, idat: Box | undefined, ranges: Range[]) => {
  const data = idat ? bytes.subarray(idat.body, idat.end) : new Uint8Array(0);
  let exif: Exif | undefined;
  let at = 0;
  for (const { start, end, fate } of orderRanges(ranges).reverse()) {
    if (end > data.length) throw invalid("The AVIF has an item outside of the file's data.");
    data.fill(0, at, start);
    if (fate === 'blank') data.fill(0, start, end);
    if (fate === 'exif') {
      const found = overwriteExif(data.subarray(start, end), 4);
      exif ??= found;
    }
    at = end;
  }
  data.fill(0, at);
  return exif;
};

/**
 * Reads a whole `meta` box and overwrites everything in it but pictures, in place (ISO/IEC 14496-12, 8.11; AVIF, 2).
 * @throws ImageError `invalid`
 */
export const cleanMeta = (bytes: Uint8Array, meta: Box, limits: Limits): Meta => {
  const boxes = new Map<string, Box>();
  for (const box of boxesIn(bytes, meta.body + 4, meta.end)) {
    if (!KEPT.includes(box.type) || boxes.has(box.type)) freeBox(bytes, box);
    else boxes.set(box.type, box);
  }
  const find = (type: string) => {
    const box = boxes.get(type);
    if (!box) throw invalid(`The AVIF has no ${type} box.`);
    return box;
  };
  if (cleanHandler(bytes, find('hdlr')) !== 'pict')
    throw invalid("The AVIF's meta box does not describe a picture.");
  const next = numbersOf(bytes, find('pitm'));
  const primary = next(next(4) < 2 ** 24 ? 2 : 4);
  const types = readItems(bytes, find('iinf'));
  if (!PICTURES.includes(types.get(primary) ?? ''))
    throw invalid("The AVIF's primary item is not a picture.");
  const size = readSize(bytes, find('iprp'), primary, limits);
  const { inFile, inIdat } = readLocations(bytes, find('iloc'), types);
  const exif = cleanIdat(bytes, boxes.get('idat'), inIdat);
  return { ...size, ranges: inFile, exif };
};
