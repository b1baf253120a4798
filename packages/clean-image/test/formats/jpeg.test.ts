import sharp from 'sharp';
import { expect, test } from 'vitest';
import { clean, expectInvalid } from '../support/cleaning.ts';
import { bytes, SECRET, segment, tiff, u16 } from '../support/fixtures.ts';
import { jpeg } from '../support/small.ts';

const start = jpeg.subarray(0, 2);
const rest = jpeg.subarray(2);
const at = (marker: number) => jpeg.indexOf(bytes([0xff, marker]));
const frame = (width: number, height: number) => segment(0xc0, [8], u16(height), u16(width), [1, 1, 0x11, 0]);

test.each([1, 2, 3, 4, 5, 6, 7, 8])('keeps orientation %d in the smallest Exif block', async (value) => {
  const block = tiff({ orientation: value });
  const { out, info } = await clean([bytes(start, segment(0xe1, 'Exif\0\0', block), rest)]);
  expect(info.orientation).toBe(value);
  const { exif, orientation } = await sharp(out).metadata();
  expect(orientation).toBe(value === 1 ? undefined : value);
  expect(exif?.length).toBe(value === 1 ? undefined : 32);
});

test('cuts the JFIF thumbnail and what follows the Adobe transform', async () => {
  const jfif = segment(0xe0, 'JFIF\0', [1, 2, 1, 0, 72, 0, 96, 2, 2], Buffer.alloc(12, 7));
  const adobe = segment(0xee, 'Adobe', [0, 100, 1, 2, 3, 4, 1], SECRET);
  const { out } = await clean([bytes(start, jfif, adobe, rest)]);
  const kept = bytes(
    segment(0xe0, 'JFIF\0', [1, 2, 1, 0, 72, 0, 96, 0, 0]),
    segment(0xee, 'Adobe', [0, 100, 1, 2, 3, 4, 1]),
  );
  expect(out.subarray(2, 2 + kept.length).equals(kept)).toBe(true);
  expect(out.lastIndexOf('JFIF')).toBe(6);
});

test('keeps a colour profile and JFIF only before the first scan', async () => {
  const late = bytes(
    segment(0xe2, 'ICC_PROFILE\0', [1, 1], SECRET),
    segment(0xe0, 'JFIF\0', [1, 2, 1, 0, 72, 0, 96, 0, 0]),
  );
  const { out } = await clean([bytes(jpeg.subarray(0, -2), late, jpeg.subarray(-2))]);
  expect(out.equals((await clean([jpeg])).out)).toBe(true);
});

test('drops a colour profile without the ICC signature', async () => {
  const fake = bytes(
    segment(0xe2, 'ICC_PROFILE\0', [1, 2], SECRET.repeat(8)),
    segment(0xe2, 'ICC_PROFILE\0', [2, 2], SECRET),
  );
  const { out } = await clean([bytes(start, fake, rest)]);
  expect(out.includes(SECRET)).toBe(false);
  expect(out).toEqual((await clean([jpeg])).out);
});

test('keeps restart markers; drops fill bytes and DNL', async () => {
  const scan = at(0xda);
  const restarts = bytes([0xff, 0xd0, 1, 0xff, 0, 2, 0xff, 0xd7, 3]);
  const dnl = segment(0xdc, [0, 8]);
  const [before, after] = [jpeg.subarray(0, scan), jpeg.subarray(scan, -2)];
  const { out } = await clean([
    bytes(before, [0xff, 0xff], after, restarts, [0xff, 0xff, 0xff], dnl.subarray(1), [0xff, 0xff, 0xd9]),
  ]);
  expect(
    out.equals(bytes(start, out.subarray(2, out.length - restarts.length - 2), restarts, [0xff, 0xd9])),
  ).toBe(true);
  expect(out.includes(dnl)).toBe(false);
});

test('drops garbage between segments, as browsers do', async () => {
  const plain = (await clean([jpeg])).out;
  const scan = plain.indexOf(bytes([0xff, 0xda]));
  const [before, after] = [plain.subarray(0, scan), plain.subarray(scan)];
  for (const garbage of [SECRET, [0], [0xff, 0, 7, 0xff, 0, 0xff], Buffer.alloc(100_000)]) {
    const { out } = await clean([bytes(before, garbage, after)]);
    expect(out.equals(plain)).toBe(true);
  }
});

test.each([
  ['without a frame', bytes(start, [0xff, 0xd9]), 'contains no picture'],
  ['with a scan first', bytes(start, jpeg.subarray(at(0xda))), 'a scan before its frame header'],
  ['without a scan', bytes(jpeg.subarray(0, at(0xda)), [0xff, 0xd9]), 'contains no picture'],
  [
    'with two frames',
    bytes(jpeg.subarray(0, at(0xda)), frame(12, 8), jpeg.subarray(at(0xda))),
    'second frame header',
  ],
  ['without a height', bytes(start, frame(12, 0), [0xff, 0xd9]), 'a width or height of zero'],
  ['with too many pixels', bytes(start, frame(50_000, 2_001)), 'The image has more than 100 megapixels.'],
  [
    'with a long frame header',
    bytes(start, segment(0xc0, [8, 0, 8, 0, 8, 1, 1, 0x11, 0], 'more')),
    'frame header at byte 2 has an invalid length',
  ],
  [
    'with a long scan header',
    bytes(jpeg.subarray(0, at(0xda)), segment(0xda, [1, 1, 0, 0, 63, 0], 'more'), [0xff, 0xd9]),
    /scan header at byte \d+ has an invalid length/,
  ],
  ['of garbage', bytes(start, [0xff, 0xfe, 0, 2, 7, 7]), 'The JPEG ends before its end-of-image marker.'],
  [
    'with a segment without length',
    bytes(start, [0xff, 0xfe, 0, 1]),
    'segment at byte 2 has an invalid length',
  ],
  ['with an unknown marker', bytes(start, [0xff, 0x01, 0, 2]), 'unknown marker at byte 2'],
  ['inside a JPEG', bytes(start, jpeg), 'unknown marker at byte 2'],
  ['that is cut off', jpeg.subarray(0, -1), 'The JPEG ends before its end-of-image marker.'],
])('refuses a JPEG %s', async (_, file, message) => {
  await expectInvalid(file, message);
});
