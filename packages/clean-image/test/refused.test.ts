import sharp from 'sharp';
import { expect, test } from 'vitest';
import { cleanImage } from '../src/cleanImage.ts';
import { clean, LIMITS } from './support/cleaning.ts';
import { bytes, pngChunk, riff, riffChunk, segment, u16, u32 } from './support/fixtures.ts';

const blank = sharp({ create: { width: 12, height: 8, channels: 3, background: 'teal' } });
const jpeg = await blank.jpeg().toBuffer();
const png = await blank.png().toBuffer();
const gif = await blank.gif().toBuffer();
const webp = await blank.webp().toBuffer();

const frame = (width: number, height: number) => segment(0xc0, [8], u16(height), u16(width), [1, 1, 0x11, 0]);
const start = jpeg.subarray(0, 2);
const pngStart = png.subarray(0, 8);
const ihdr = (width: number, height: number) => pngChunk('IHDR', u32(width), u32(height), [8, 2, 0, 0, 0]);
const patched = (file: Buffer, at: number, byte: number) => {
  const other = Buffer.from(file);
  other[at] = byte;
  return other;
};
const at = (marker: number) => jpeg.indexOf(bytes([0xff, marker]));
const vp8x = (width: number, height: number) =>
  riffChunk(
    'VP8X',
    u32(0),
    u32(width - 1)
      .toReversed()
      .slice(0, 3),
    u32(height - 1)
      .toReversed()
      .slice(0, 3),
  );

test.each([
  ['nothing', bytes(), 'The file is empty.'],
  ['jpeg without a frame', bytes(start, [0xff, 0xd9]), 'no picture'],
  ['png of 3 bits', bytes(pngStart, pngChunk('IHDR', u32(1), u32(1), [3, 0, 0, 0, 0])), 'no kind of picture'],
  [
    'png of colours of no type',
    bytes(pngStart, pngChunk('IHDR', u32(1), u32(1), [8, 7, 0, 0, 0])),
    'no kind of picture',
  ],
  [
    'png interlaced otherwise',
    bytes(pngStart, pngChunk('IHDR', u32(1), u32(1), [8, 2, 0, 0, 7])),
    'no kind of picture',
  ],
  [
    'png without its palette',
    bytes(pngStart, pngChunk('IHDR', u32(1), u32(1), [8, 3, 0, 0, 0]), pngChunk('IDAT'), pngChunk('IEND')),
    'no palette',
  ],
  ['jpeg with a scan first', bytes(start, jpeg.subarray(at(0xda))), 'no frame header before its scan'],
  ['jpeg without a scan', bytes(jpeg.subarray(0, at(0xda)), [0xff, 0xd9]), 'no picture'],
  [
    'jpeg with two frames',
    bytes(jpeg.subarray(0, at(0xda)), frame(12, 8), jpeg.subarray(at(0xda))),
    'second frame header',
  ],
  ['jpeg without height', bytes(start, frame(12, 0), [0xff, 0xd9]), 'The image has no size.'],
  ['jpeg too large', bytes(start, frame(50_000, 2_001)), 'The image has more than 100 megapixels.'],
  [
    'jpeg with a long frame header',
    bytes(start, segment(0xc0, [8, 0, 8, 0, 8, 1, 1, 0x11, 0], 'more')),
    'wrong length',
  ],
  [
    'jpeg with a long scan header',
    bytes(jpeg.subarray(0, at(0xda)), segment(0xda, [1, 1, 0, 0, 63, 0], 'more'), [0xff, 0xd9]),
    'wrong length',
  ],
  ['jpeg with rubbish', bytes(start, [0xff, 0xfe, 0, 2, 7, 7]), 'no marker at byte 6'],
  ['jpeg of segments without length', bytes(start, [0xff, 0xfe, 0, 1]), 'without a length at byte 2'],
  ['jpeg with a stray marker', bytes(start, [0xff, 0x01, 0, 2]), 'unknown marker at byte 2'],
  ['jpeg within a jpeg', bytes(start, jpeg), 'unknown marker at byte 2'],
  ['jpeg that is cut', jpeg.subarray(0, -1), 'The JPEG ends before its end-of-image marker.'],
  [
    'png with a wrong checksum',
    patched(png, 45, 255),
    /The PNG's \w{4} chunk at byte 33 has a wrong checksum\./,
  ],
  ['png without a header', bytes(pngStart, pngChunk('IDAT')), 'does not begin with its one IHDR chunk'],
  ['png with two headers', bytes(png.subarray(0, 33), png.subarray(8)), 'has IHDR at byte 33'],
  ['png without pixels', bytes(png.subarray(0, 33), pngChunk('IEND')), 'no IDAT chunk'],
  ['png without size', bytes(pngStart, ihdr(0, 8)), 'The image has no size.'],
  ['png too large', bytes(pngStart, ihdr(10_001, 10_000)), 'The image has more than 100 megapixels.'],
  [
    'png with an unknown critical chunk',
    bytes(png.subarray(0, 33), pngChunk('ABCD'), png.subarray(33)),
    'a ABCD chunk at byte 33',
  ],
  ['png with no chunk', bytes(png.subarray(0, 33), u32(4), '<b>', [0]), 'no chunk at byte 33'],
  [
    'png with a long palette',
    bytes(png.subarray(0, 33), pngChunk('PLTE', Buffer.alloc(771))),
    'a PLTE chunk at byte 33',
  ],
  ['png that is cut', png.subarray(0, -1), 'The PNG ends before its IEND chunk.'],
  ['gif without a frame', bytes(gif.subarray(0, 10), [0, 0, 0], ';'), 'no picture'],
  ['gif without size', bytes('GIF89a', Buffer.alloc(7), ';'), 'The image has no size.'],
  [
    'gif with a large frame',
    bytes('GIF89a', [1, 0, 1, 0, 0, 0, 0, 0x2c], Buffer.alloc(4), [255, 255, 255, 255, 0]),
    'megapixels',
  ],
  ['gif with rubbish', bytes('GIF89a', [1, 0, 1, 0, 0, 0, 0], '<'), 'no block at byte 13'],
  ['gif that is cut', gif.subarray(0, -1), 'The GIF ends before its trailer.'],
  ['webp of nothing', riff(), 'The WebP ends before'],
  ['webp of no picture', riff(vp8x(12, 8)), 'no picture'],
  ['webp with text first', riff(riffChunk('TEXT', 'nothing'), webp.subarray(12)), 'does not begin with'],
  ['webp too large', riff(vp8x(20_000, 5_001)), 'The image has more than 100 megapixels.'],
  ['webp larger than its canvas', riff(vp8x(11, 8), webp.subarray(12)), 'larger than its canvas'],
  ['webp with a long chunk', patched(webp, 16, 255), 'longer than what holds it'],
  ['webp with no picture in its picture', patched(webp, 23, 0), 'has no header'],
  ['webp that is cut', webp.subarray(0, -1), 'The WebP ends before the length that it says it has.'],
])('%s', async (_, file, sentence) => {
  const refused = clean([file]);
  await expect(refused).rejects.toMatchObject({
    name: 'ImageError',
    code: 'invalid',
  });
  await expect(refused).rejects.toThrow(sentence);
});

test.each([
  ['one byte', bytes([0xff])],
  ['text', bytes('<html>nothing but text</html>')],
  ['a HEIC', bytes(u32(24), 'ftypheic', u32(0), 'mif1heic')],
  ['brands without an end', bytes(u32(2 ** 31), 'ftypavif', u32(0), 'avif', Buffer.alloc(5000))],
  ['avif for a version', bytes(u32(20), 'ftypheic', 'avif', 'heic')],
  ['a WAVE', bytes('RIFF', u32(0), 'WAVEfmt ')],
])('is no image of ours: %s', async (_, file) => {
  await expect(clean([file])).rejects.toMatchObject({ code: 'unsupported' });
});

/** Says how often it was asked, and whether it was closed. */
const watched = (file: Uint8Array, step: number) => {
  const seen = { asked: 0, closed: false };
  async function* chunks() {
    try {
      for (let at = 0; at < file.length; at += step) {
        seen.asked++;
        yield file.subarray(at, at + step);
      }
    } finally {
      seen.closed = true;
    }
  }
  return { seen, chunks: chunks() };
};

test('no more is asked for than the magic needs, and a reader that goes closes the source', async () => {
  const { seen, chunks } = watched(png, 12);
  const { contentType, readable, info } = await cleanImage(chunks, LIMITS);
  expect([contentType, seen.asked, seen.closed]).toEqual(['image/png', 1, false]);
  expect(() => info()).toThrow('not read to its end');
  await readable.return(undefined);
  expect(seen).toEqual({ asked: 1, closed: true });
});

test.each([
  ['no image', bytes('nothing that anybody knows'), 1],
  ['too many pixels', bytes(pngStart, ihdr(10_001, 10_000), Buffer.alloc(1000)), 3],
])('a refusal closes the source at once: %s', async (_, file, asked) => {
  const { seen, chunks } = watched(file, 12);
  const reading = async () => {
    for await (const _piece of (await cleanImage(chunks, LIMITS)).readable);
  };
  await expect(reading()).rejects.toMatchObject({ name: 'ImageError' });
  expect(seen).toEqual({ asked, closed: true });
});

test('what follows the image is read, so that the source comes to its own end', async () => {
  const { seen, chunks } = watched(bytes(png, Buffer.alloc(100_000)), 1000);
  const { readable } = await cleanImage(chunks, LIMITS);
  let size = 0;
  for await (const piece of readable) size += piece.length;
  expect(seen).toEqual({ asked: Math.ceil((png.length + 100_000) / 1000), closed: true });
  expect(size).toBe(png.length);
});

test('many small things come out in few pieces', async () => {
  const mixed = Buffer.concat(
    Array.from({ length: 20_000 }, () => bytes(pngChunk('tEXt'), pngChunk('gAMA', u32(1)))),
  );
  const { out, pieces } = await clean([bytes(png.subarray(0, 33), mixed, png.subarray(33))]);
  expect(out.length).toBe(png.length + 20_000 * 16);
  expect(pieces).toBeLessThan(2 + out.length / (16 * 1024));
});
