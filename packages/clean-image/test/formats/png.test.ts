import { randomBytes } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { clean, expectInvalid } from '../support/cleaning.ts';
import { bytes, pngChunk, tiff, u32 } from '../support/fixtures.ts';
import { patch, png } from '../support/small.ts';

const signature = png.subarray(0, 8);
const start = png.subarray(0, 33); // with IHDR
const rest = png.subarray(33);
const ihdr = (width: number, height: number) => pngChunk('IHDR', u32(width), u32(height), [8, 2, 0, 0, 0]);
const withHeader = (...values: number[]) => bytes(signature, pngChunk('IHDR', u32(1), u32(1), values));

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'keeps orientation %d in the smallest Exif block',
  async (orientation) => {
    const { out } = await clean([bytes(start, pngChunk('eXIf', tiff({ orientation })), rest)]);
    expect(out.includes('eXIf')).toBe(orientation !== 1);
    expect((await sharp(out).metadata()).orientation ?? 1).toBe(orientation);
  },
);

test('counts the frames of an animated PNG', async () => {
  const control = pngChunk('acTL', u32(3), u32(0));
  const { out, info } = await clean([bytes(start, control, rest)]);
  expect(info.frames).toBe(3);
  expect(out.includes(control)).toBe(true);
});

test('puts many short chunks out in few pieces', async () => {
  const mixed = Buffer.concat(
    Array.from({ length: 20_000 }, () => bytes(pngChunk('tEXt'), pngChunk('gAMA', u32(1)))),
  );
  const { out, pieces } = await clean([bytes(start, mixed, rest)]);
  expect(out.length).toBe(png.length + 20_000 * 16);
  expect(pieces).toBeLessThan(2 + out.length / (16 * 1024));
});

/** The same chunk with a wrong checksum. */
const damage = (chunk: Buffer) => patch(chunk, chunk.length - 1, (chunk.at(-1) ?? 0) ^ 1);
const plain = (await clean([png])).out;
const [plainStart, plainRest] = [plain.subarray(0, 33), plain.subarray(33)];

test.each([
  ['pHYs', u32(72), u32(72), [1]],
  ['gAMA', u32(45_455)],
  ['iCCP', 'name\0\0', deflateSync(Buffer.alloc(200_000))],
  ['iCCP', 'name\0\0', randomBytes(200_000)],
  ['acTL', u32(3), u32(0)],
  ['eXIf', tiff({ orientation: 6 })],
  ['tEXt', 'Comment\0text'],
])('drops an %s chunk with a wrong checksum', async (type, ...data) => {
  const chunk = pngChunk(type, ...data);
  const { out, info } = await clean([bytes(plainStart, damage(chunk), plainRest)]);
  expect(out.equals(plain)).toBe(true);
  expect(info).toMatchObject({ frames: 1, orientation: 1 });
});

test('corrects the checksum of an animation frame, as browsers ignore it', async () => {
  const frame = pngChunk('fdAT', u32(1), Buffer.alloc(100_000, 'pixels'));
  const { out } = await clean([bytes(plain.subarray(0, -12), damage(frame), plain.subarray(-12))]);
  expect(out.equals(bytes(plain.subarray(0, -12), frame, plain.subarray(-12)))).toBe(true);
});

test.each([
  [
    'with damaged pixels',
    bytes(plainStart, damage(pngChunk('IDAT', 'x')), plainRest),
    "PNG's IDAT chunk at byte 33 is wrong",
  ],
  ['with a damaged end', damage(png), /PNG's IEND chunk at byte \d+ is wrong/],
  [
    'with a damaged profile that is too long to be checked before it is copied',
    bytes(plainStart, damage(pngChunk('iCCP', 'name\0\0', Buffer.alloc(300_000))), plainRest),
    "PNG's iCCP chunk at byte 33 is wrong",
  ],
  ['of 3 bits', withHeader(3, 0, 0, 0, 0), 'IHDR chunk has invalid values'],
  ['of an unknown colour type', withHeader(8, 7, 0, 0, 0), 'IHDR chunk has invalid values'],
  ['with an unknown interlace method', withHeader(8, 2, 0, 0, 7), 'IHDR chunk has invalid values'],
  [
    'without its palette',
    bytes(withHeader(8, 3, 0, 0, 0), pngChunk('IDAT'), pngChunk('IEND')),
    'no palette (PLTE)',
  ],
  ['without a header', bytes(signature, pngChunk('IDAT')), 'must begin with exactly one IHDR chunk'],
  ['with two headers', bytes(start, png.subarray(8)), 'this one has IHDR at byte 33'],
  ['without pixels', bytes(start, pngChunk('IEND')), 'no IDAT chunk'],
  ['without width', bytes(signature, ihdr(0, 8)), 'a width or height of zero'],
  ['with too many pixels', bytes(signature, ihdr(10_001, 10_000)), 'The image has more than 100 megapixels.'],
  [
    'with an unknown critical chunk',
    bytes(start, pngChunk('ABCD'), rest),
    'unsupported ABCD chunk at byte 33',
  ],
  ['with garbage between chunks', bytes(start, u32(4), '<b>', [0]), 'expected a chunk at byte 33'],
  [
    'with a palette of 257 colours',
    bytes(start, pngChunk('PLTE', Buffer.alloc(771))),
    'unsupported PLTE chunk at byte 33',
  ],
  ['that is cut off', png.subarray(0, -1), 'The PNG ends before its IEND chunk.'],
])('refuses a PNG %s', async (_, file, message) => {
  await expectInvalid(file, message);
});
