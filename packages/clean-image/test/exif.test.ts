import { expect, test } from 'vitest';
import { readExif } from '../src/exif.ts';
import { bytes, TAKEN, tiff, u32 } from './support/fixtures.ts';

const original = (text: string) => ({ tag: 0x9003, text });
const offset = (text: string) => ({ tag: 0x9011, text });
const taken = '2024:05:06 07:08:09';

test.each([
  ['DateTimeOriginal', [original(taken)], '2024-05-06T07:08:09'],
  ['DateTimeOriginal with its offset', [original(taken), offset('+02:00')], TAKEN],
  ['an offset west of Greenwich', [original(taken), offset('-09:30')], '2024-05-06T07:08:09-09:30'],
  ['an impossible offset', [original(taken), offset('+99:00')], '2024-05-06T07:08:09'],
  [
    'DateTimeDigitized with its offset',
    [{ tag: 0x9004, text: taken }, { tag: 0x9012, text: '+01:00' }, offset('+02:00')],
    '2024-05-06T07:08:09+01:00',
  ],
  [
    'the date of the file',
    [
      { tag: 0x0132, text: taken, inMain: true },
      { tag: 0x9010, text: '+03:00' },
    ],
    '2024-05-06T07:08:09+03:00',
  ],
  [
    'DateTimeOriginal before the others',
    [{ tag: 0x9004, text: '2001:01:01 00:00:00' }, original(taken)],
    '2024-05-06T07:08:09',
  ],
  [
    'another date if DateTimeOriginal is invalid',
    [original('0000:00:00 00:00:00'), { tag: 0x9004, text: taken }],
    '2024-05-06T07:08:09',
  ],
  ['zeros', [original('0000:00:00 00:00:00')], null],
  ['month 13', [original('2024:13:06 07:08:09')], null],
  ['30 February', [original('2024:02:30 07:08:09')], null],
  ['29 February of a leap year', [original('2024:02:29 07:08:09')], '2024-02-29T07:08:09'],
  ['hour 24', [original('2024:05:06 24:00:00')], null],
  ['spaces', [original('    :  :     :  :  ')], null],
  ['no date', [], null],
])('reads when a photo was taken from %s', (_, dates, expected) => {
  for (const little of [false, true])
    expect(readExif(tiff({ little, dates, orientation: 7 }))).toEqual({ orientation: 7, takenAt: expected });
});

test.each([
  ['big-endian BYTE', 1, false],
  ['little-endian BYTE', 1, true],
  ['big-endian LONG', 4, false],
  ['little-endian LONG', 4, true],
])('reads an orientation stored as a %s', (_, type, little) => {
  const block = tiff({ orientation: 6, little });
  const [entry, value] = [10, 18];
  block.fill(0, value, value + 4);
  block[entry + (little ? 2 : 3)] = type;
  block[value + (little || type === 1 ? 0 : 3)] = 6;
  expect(readExif(block).orientation).toBe(6);
});

test.each([0, 9, 65_535])('ignores the invalid orientation %d', (orientation) => {
  expect(readExif(tiff({ orientation })).orientation).toBe(1);
});

test('reads directories that point to themselves or beyond the end only once', () => {
  const loop = bytes('MM', [0, 42], u32(8), [0, 1], [0x87, 0x69, 0, 4], u32(1), u32(8), u32(8));
  const far = bytes('II*\0', [255, 255, 255, 255]);
  const many = bytes('MM', [0, 42], u32(8), [255, 255], Buffer.alloc(100, 255));
  for (const block of [loop, far, many, bytes('MM\0*'), bytes()])
    expect(readExif(block)).toEqual({ orientation: 1, takenAt: null });
});
