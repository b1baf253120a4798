import sharp from 'sharp';
import { expect, test } from 'vitest';
import { clean, expectInvalid } from '../support/cleaning.ts';
import { bytes, riff, riffChunk, SECRET, tiff, u32 } from '../support/fixtures.ts';
import { patch, webp } from '../support/small.ts';

const le24 = (n: number) => u32(n).toReversed().slice(0, 3);
const vp8x = (width: number, height: number, flags = 0) =>
  riffChunk('VP8X', [flags, 0, 0, 0], le24(width - 1), le24(height - 1));

test('keeps its length, the orientation of its first Exif chunk, and the pictures of its frames', async () => {
  const picture = webp.subarray(12);
  const text = riffChunk('TEXT', SECRET);
  const frame = riffChunk('ANMF', Buffer.alloc(16), picture, text, riffChunk('EXIF', SECRET));
  const file = riff(
    vp8x(12, 8, 0x0e),
    riffChunk('ANIM', Buffer.alloc(6)),
    frame,
    frame,
    riffChunk('EXIF', tiff({ orientation: 4 })),
    riffChunk('EXIF', SECRET),
  );
  const { out, info } = await clean([file]);
  expect(info).toMatchObject({ width: 12, height: 8, frames: 2, orientation: 4 });
  expect([out.length, out.includes(SECRET), out[20], out.readUInt32LE(4)]).toEqual([
    file.length,
    false,
    0x0a,
    out.length - 8,
  ]);
  const firstExif = file.indexOf('EXIF', file.lastIndexOf('TEXT') + 40);
  expect([out.indexOf('EXIF'), out.lastIndexOf('EXIF')]).toEqual([firstExif, firstExif]);
});

test('accepts a lossless picture of 8 bytes, and a header of 5', async () => {
  const black = riff(riffChunk('VP8L', [0x2f, 0, 0, 0, 0, 0x88, 0x88, 0x08]));
  expect(await sharp(black).raw().toBuffer()).toEqual(Buffer.alloc(3));
  const { out, info } = await clean([black]);
  expect([out.equals(black), info.width, info.height]).toEqual([true, 1, 1]);
  await clean([riff(riffChunk('VP8L', [0x2f, 0, 0, 0, 0]))]);
});

test.each([
  ['of 9 bytes', riff(riffChunk('VP8 ', webp.subarray(20, 29))), 'is too short'],
  ['of 4 lossless bytes', riff(riffChunk('VP8L', [0x2f, 0, 0, 0])), 'is too short'],
  ['of nothing', riff(), 'The WebP ends before the length in its header.'],
  ['without a picture', riff(vp8x(12, 8)), 'contains no picture'],
  ['with text first', riff(riffChunk('TEXT', 'nothing'), webp.subarray(12)), 'must begin with a picture'],
  ['with too many pixels', riff(vp8x(20_000, 5_001)), 'The image has more than 100 megapixels.'],
  ['larger than its canvas', riff(vp8x(11, 8), webp.subarray(12)), 'larger than its canvas'],
  ['with a long chunk', patch(webp, 16, 255), 'longer than what contains it'],
  ['with an invalid picture', patch(webp, 23, 0), 'no valid header'],
  ['that is cut off', bytes(webp.subarray(0, -1)), 'The WebP ends before the length in its header.'],
])('refuses a WebP %s', async (_, file, message) => {
  await expectInvalid(file, message);
});
