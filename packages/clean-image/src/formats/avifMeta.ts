import { type Exif, overwriteExif } from '../exif.ts';
import { invalid } from '../imageError.ts';
import type { Limits } from '../imageInfo.ts';
import { isPicture, readGroups, readReferences, readTypes, selectItems } from './avifItems.ts';
import { locateItems } from './avifLocations.ts';
import { cleanProperties } from './avifProperties.ts';
import { orderRanges, type Range } from './avifRanges.ts';
import { type Box, boxesIn, cleanHandler, freeBox, numbersOf, readHandler } from './boxes.ts';

export type Meta = {
  /** Of the primary item; a sequence needs none. */
  shape: { width: number; height: number; orientation: number } | undefined;
  ranges: Range[];
  exif: Exif | undefined;
};

const KEPT = ['hdlr', 'pitm', 'iinf', 'iref', 'iprp', 'iloc', 'idat', 'grpl'];

/** Overwrites everything but pictures in `idat`. */
const cleanIdat = (bytes: Uint8Array, idat: Box | undefined, ranges: Range[]) => {
  const data = idat ? bytes.subarray(idat.body, idat.end) : new Uint8Array(0);
  let exif: Exif | undefined;
  let at = 0;
  for (const { start, end, fate } of orderRanges(ranges).reverse()) {
    if (end > data.length) throw invalid("The AVIF has an item outside of the file's data.");
    data.fill(0, at, start);
    if (fate === 'zero') data.fill(0, start, end);
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
  const hdlr = boxes.get('hdlr');
  if (!hdlr || readHandler(bytes, hdlr) !== 'pict')
    throw invalid("The AVIF's meta box does not describe a picture.");
  cleanHandler(bytes, hdlr);

  const [pitm, iinf, iref, iprp, iloc, grpl] = ['pitm', 'iinf', 'iref', 'iprp', 'iloc', 'grpl'].map((type) =>
    boxes.get(type),
  );
  const next = pitm && numbersOf(bytes, pitm);
  const primary = next?.(next(4) < 2 ** 24 ? 2 : 4);
  const types = iinf ? readTypes(bytes, iinf) : new Map<number, string>();
  if (primary !== undefined && !isPicture(types.get(primary)))
    throw invalid("The AVIF's primary item is not a picture of a known type.");
  const references = iref ? readReferences(bytes, iref) : [];
  const kept = selectItems(types, references, grpl ? readGroups(bytes, grpl) : []);
  const shape = iprp && cleanProperties(bytes, iprp, { primary, kept }, limits);
  if (primary !== undefined && !shape) throw invalid("The AVIF's primary item has no size.");
  if (primary !== undefined && !iloc) throw invalid("The AVIF's primary item has no data.");
  const { inFile, inIdat } = iloc
    ? locateItems(bytes, iloc, { types, references, primary, kept })
    : { inFile: [], inIdat: [] };
  const exif = cleanIdat(bytes, boxes.get('idat'), inIdat);
  return { shape, ranges: inFile, exif };
};
