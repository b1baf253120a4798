import { expect, test } from 'vitest';
import { mini } from '../support/avifMini.ts';
import { clean, expectInvalid } from '../support/cleaning.ts';
import { bytes, dates, SECRET, TAKEN, tiff, XMP } from '../support/fixtures.ts';

const data = Buffer.alloc(300, 'picture');
const parts = { alpha: Buffer.alloc(90, 'alpha'), icc: Buffer.alloc(80, 'profile') };
const gainMap = { metadata: Buffer.alloc(40, 'curve'), data: Buffer.alloc(70, 'gain map') };
const metadata = { exif: tiff({ orientation: 3, dates }), xmp: bytes(XMP) };
const small = { width: 12, height: 8, data };

test('cleans a mini box without moving a byte', async () => {
  const file = mini({ ...small, orientation: 6, ...parts, ...metadata, gainMap });
  const { out, info, contentType } = await clean([file]);
  expect(contentType).toBe('image/avif');
  expect(info).toEqual({ width: 12, height: 8, frames: 1, orientation: 6, takenAt: TAKEN });
  const pictureEnd = file.indexOf(data) + data.length;
  expect(out.subarray(0, pictureEnd).equals(file.subarray(0, pictureEnd))).toBe(true);
  expect([out.length, out.includes(SECRET), out.includes('xmpmeta')]).toEqual([file.length, false, false]);
  expect((await clean([out])).out.equals(out)).toBe(true);
});

test('cleans a mini box with nothing but a picture', async () => {
  const file = mini(small);
  const { out, info } = await clean([file]);
  expect(out.equals(file)).toBe(true);
  expect(info).toMatchObject({ width: 12, height: 8, orientation: 1, takenAt: null });
});

test('overwrites compressed metadata, and says that it is not compressed', async () => {
  const file = mini({ ...small, ...metadata, isCompressed: true });
  const plain = mini({ ...small, ...metadata });
  const { out, info } = await clean([file]);
  const pictureEnd = file.indexOf(data) + data.length;
  expect(out.subarray(0, pictureEnd).equals(plain.subarray(0, pictureEnd))).toBe(true);
  expect(out.includes(SECRET)).toBe(false);
  expect(info.orientation).toBe(1);
});

test.each([
  [
    'with bytes that it does not announce',
    bytes(mini(small).subarray(0, 16), [0, 0, 2, 0], mini(small).subarray(20), Buffer.alloc(200)),
    'unexpected length',
  ],
  ['with too many pixels', mini({ ...small, width: 20_000, height: 6_000 }), 'megapixels'],
  ['twice', bytes(mini(small), mini(small).subarray(16)), 'a second mini box'],
  ['that is cut off', mini(small).subarray(0, -1), 'ends within a box'],
])('refuses a mini box %s', async (_, file, message) => {
  await expectInvalid(file, message);
});
