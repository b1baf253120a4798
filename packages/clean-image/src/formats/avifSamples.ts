import { invalid } from '../imageError.ts';
import type { Range } from './avifRanges.ts';
import { type Box, numbersOf } from './boxes.ts';

/** The tables that locate a track's samples. */
export const TABLES = ['stsz', 'stsc', 'stco', 'co64'];

/**
 * Counts a track's samples and locates them, one range a chunk (ISO/IEC 14496-12, 8.7.3 to 8.7.5).
 * @throws ImageError `invalid`
 */
export const readSamples = (bytes: Uint8Array, tables: Map<string, Box>) => {
  const [stsz, stsc, offsets] = [
    tables.get('stsz'),
    tables.get('stsc'),
    tables.get('stco') ?? tables.get('co64'),
  ];
  if (!stsz || !stsc || !offsets)
    throw invalid('The AVIF has a track that does not say where its samples are.');
  const [nextSize, nextRun, nextOffset] = [stsz, stsc, offsets].map((box) => numbersOf(bytes, box)) as [
    Next,
    Next,
    Next,
  ];
  nextSize(4);
  const size = nextSize(4);
  const samples = nextSize(4);
  nextRun(4);
  let runs = nextRun(4);
  let runAt = runs > 0 ? nextRun(4) : 0;
  let inChunk = 0;
  nextOffset(4);
  const chunks = nextOffset(4);
  const ranges: Range[] = [];
  let left = samples;
  for (let chunk = 1; chunk <= chunks && left > 0; chunk++) {
    if (chunk === runAt) {
      inChunk = nextRun(4);
      nextRun(4);
      runs--;
      runAt = runs > 0 ? nextRun(4) : 0;
    }
    const here = Math.min(inChunk, left);
    left -= here;
    const start = nextOffset(offsets.type === 'co64' ? 8 : 4);
    let end = start + size * here;
    if (!size) for (let sample = 0; sample < here; sample++) end += nextSize(4);
    if (end > start) ranges.push({ start, end, fate: 'keep' });
  }
  if (left > 0) throw invalid('The AVIF has samples without a location.');
  return { samples, ranges };
};

type Next = ReturnType<typeof numbersOf>;
