import { invalid } from '../imageInfo.ts';

/** Where an item's or a track's bytes lie, and what becomes of them. */
export type Range = { start: number; end: number; fate: 'keep' | 'exif' | 'blank' };

/** Each byte once, the first last: items and samples may share a picture's bytes, but not those of metadata. @throws ImageError `invalid` */
export const orderRanges = (ranges: Range[]): Range[] => {
  const ordered: Range[] = [];
  for (const range of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = ordered.at(-1);
    if (!last || range.start >= last.end) ordered.push({ ...range });
    else if (last.fate === 'keep' && range.fate === 'keep') last.end = Math.max(last.end, range.end);
    else throw invalid("The AVIF's items lie in each other.");
  }
  return ordered.reverse();
};
