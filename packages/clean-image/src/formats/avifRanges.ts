import { invalid } from '../imageError.ts';

/** Where an item's or a track's bytes are in the file, and what to do with them. */
export type Range = { start: number; end: number; fate: 'keep' | 'exif' | 'blank' };

/** Merges overlapping ranges of pictures and sorts them, the first at the end. @throws ImageError `invalid` if metadata overlaps */
export const orderRanges = (ranges: Range[]): Range[] => {
  const ordered: Range[] = [];
  for (const range of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = ordered.at(-1);
    if (!last || range.start >= last.end) ordered.push({ ...range });
    else if (last.fate === 'keep' && range.fate === 'keep') last.end = Math.max(last.end, range.end);
    else throw invalid("The AVIF's items overlap.");
  }
  return ordered.reverse();
};
