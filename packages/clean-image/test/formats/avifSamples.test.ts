import { expect, test } from 'vitest';
import { readSamples } from '../../src/formats/avifSamples.ts';
import { boxesIn } from '../../src/formats/boxes.ts';
import { box, bytes, u32 } from '../support/fixtures.ts';

const table = (type: string, ...numbers: number[]) => box(type, ...[0, ...numbers].map(u32));
const read = (...tables: Buffer[]) => {
  const all = bytes(...tables);
  return readSamples(all, new Map([...boxesIn(all, 0, all.length)].map((one) => [one.type, one])));
};

/** Two samples in each of the first two chunks, three in the others. */
const runs = table('stsc', 2, 1, 2, 1, 3, 3, 1);

test('locates samples of one size', () => {
  const { samples, ranges } = read(table('stsz', 10, 6), runs, table('stco', 3, 100, 200, 300));
  expect(samples).toBe(6);
  expect(ranges.map(({ start, end }) => [start, end])).toEqual([
    [100, 120],
    [200, 220],
    [300, 320],
  ]);
});

test('locates samples of different sizes and 64-bit offsets', () => {
  const { ranges } = read(
    table('stsz', 0, 7, 1, 2, 3, 4, 5, 6, 7),
    runs,
    table('co64', 3, 1, 0, 0, 200, 0, 300),
  );
  expect(ranges.map(({ start, end }) => [start, end])).toEqual([
    [2 ** 32, 2 ** 32 + 3],
    [200, 207],
    [300, 318],
  ]);
});

test.each([
  [
    'more samples than chunks hold',
    [table('stsz', 10, 8), runs, table('stco', 3, 1, 2, 3)],
    'samples without a location',
  ],
  [
    'billions of samples',
    [table('stsz', 1, 2 ** 32 - 1), runs, table('stco', 3, 1, 2, 3)],
    'samples without a location',
  ],
  ['missing sizes', [table('stsz', 0, 7, 1), runs, table('stco', 3, 1, 2, 3)], 'stsz box is too short'],
  ['missing offsets', [table('stsz', 10, 7), runs, table('stco', 2 ** 32 - 1)], 'stco box is too short'],
  ['missing runs', [table('stsz', 10, 7), table('stsc', 1), table('stco', 1, 1)], 'stsc box is too short'],
  ['a track without offsets', [table('stsz', 10, 7), runs], 'does not say where'],
])('refuses %s', (_, tables, message) => {
  expect(() => read(...tables)).toThrow(message);
});
