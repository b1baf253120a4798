import { invalid } from '../imageError.ts';
import type { Reference } from './avifItems.ts';
import type { Range } from './avifRanges.ts';
import { type Box, numbersOf } from './boxes.ts';

const [IN_FILE, IN_IDAT, IN_ITEM] = [0, 1, 2];

type Location = { id: number; method: number; isElsewhere: boolean; extents: Range[] };

/** Reads the entries of an `iloc` box (ISO/IEC 14496-12, 8.11.3). */
function* readLocations(bytes: Uint8Array, iloc: Box): Generator<Location> {
  const next = numbersOf(bytes, iloc);
  const version = next(1);
  next(3);
  if (version > 2) throw invalid("The AVIF's iloc box has an unknown version.");
  const sizes = next(1);
  const [offsetSize, lengthSize] = [sizes >> 4, sizes & 15];
  const moreSizes = next(1);
  const [baseSize, indexSize] = [moreSizes >> 4, version ? moreSizes & 15 : 0];
  for (let items = next(version < 2 ? 2 : 4); items > 0; items--) {
    const id = next(version < 2 ? 2 : 4);
    const method = version ? next(2) & 15 : IN_FILE;
    const isElsewhere = next(2) !== 0;
    const base = next(baseSize);
    const extents: Range[] = [];
    for (let count = next(2); count > 0; count--) {
      next(indexSize);
      const start = base + next(offsetSize);
      extents.push({ start, end: start + next(lengthSize), fate: 'zero' });
    }
    yield { id, method, isElsewhere, extents };
  }
}

type Items = {
  types: Map<number, string>;
  references: Reference[];
  primary: number | undefined;
  kept: Set<number>;
};

/** Locates the items' bytes, in the file and in `idat`, and decides what to do with them. @throws ImageError `invalid` */
export const locateItems = (bytes: Uint8Array, iloc: Box, { types, references, primary, kept }: Items) => {
  const [inFile, inIdat]: [Range[], Range[]] = [[], []];
  const sources = new Map<number, number[]>();
  for (const { type, from, to } of references) if (type === 'iloc') sources.set(from, to);
  let hasPrimary = primary === undefined || types.get(primary) === 'iden';

  for (const { id, method, isElsewhere, extents } of readLocations(bytes, iloc)) {
    const type = types.get(id);
    const isKept = kept.has(id);
    if (isKept && (isElsewhere || method > IN_ITEM || (method === IN_ITEM && !sources.has(id))))
      throw invalid('The AVIF has a picture whose data is not in the file.');
    hasPrimary ||= id === primary;
    if (isElsewhere) continue;
    if (method === IN_ITEM) {
      if (!isKept && sources.get(id)?.some((source) => kept.has(source)))
        throw invalid('The AVIF has metadata inside a picture.');
      continue; // its bytes are those of its sources
    }
    for (const extent of extents) {
      if (extent.end === extent.start) {
        if (type === 'av01') throw invalid('The AVIF has a picture without a length.');
        continue;
      }
      const other = type === 'Exif' && extents.length === 1 ? 'exif' : 'zero';
      (method === IN_IDAT ? inIdat : inFile).push({ ...extent, fate: isKept ? 'keep' : other });
    }
  }
  if (!hasPrimary) throw invalid("The AVIF's primary item has no data.");
  return { inFile, inIdat };
};
