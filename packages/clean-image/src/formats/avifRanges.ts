import { invalid } from '../imageError.ts';

/** Where an item's or a track's bytes are, and what to do with them: keep, clean as an Exif block, or overwrite with zeros. */
export type Range = { start: number; end: number; fate: 'keep' | 'exif' | 'zero' };

/**
 * Sorts ranges, the first at the end, and merges those that overlap.
 * @throws ImageError `invalid` if metadata overlaps a picture
 */
export const orderRanges = (ranges: Range[]): Range[] => {
  const ordered: Range[] = [];
  for (const range of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = ordered.at(-1);
    if (!last || range.start >= last.end) {
      ordered.push({ ...range });
      continue;
    }
    if ((last.fate === 'keep') !== (range.fate === 'keep'))
      throw invalid('The AVIF has metadata inside a picture.');
    const isSame = range.start === last.start && range.end === last.end && range.fate === last.fate;
    if (!isSame && last.fate !== 'keep') last.fate = 'zero';
    last.end = Math.max(last.end, range.end);
  }
  return ordered.reverse();
};
