import sharp from 'sharp';
import { expect, test } from 'vitest';
import { readExif } from '../src/exif.ts';
import { clean } from './support/cleaning.ts';
import { bytes, pngChunk, riff, riffChunk, SECRET, segment, TAKEN, tiff, u32 } from './support/fixtures.ts';

const blank = sharp({ create: { width: 12, height: 8, channels: 3, background: 'teal' } });
const jpeg = await blank.jpeg().toBuffer();
const png = await blank.png().toBuffer();
const gif = await blank.gif().toBuffer();
const webp = await blank.webp().toBuffer();

const original = (text: string) => ({ tag: 0x9003, text });
const offset = (text: string) => ({ tag: 0x9011, text });
const taken = '2024:05:06 07:08:09';

test.each([
  ['the original', [original(taken)], '2024-05-06T07:08:09'],
  ['the original with its offset', [original(taken), offset('+02:00')], TAKEN],
  ['west of Greenwich', [original(taken), offset('-09:30')], '2024-05-06T07:08:09-09:30'],
  ['an offset of nonsense', [original(taken), offset('+99:00')], '2024-05-06T07:08:09'],
  [
    'the digitized',
    [{ tag: 0x9004, text: taken }, { tag: 0x9012, text: '+01:00' }, offset('+02:00')],
    '2024-05-06T07:08:09+01:00',
  ],
  [
    'the file date',
    [
      { tag: 0x0132, text: taken, inMain: true },
      { tag: 0x9010, text: '+03:00' },
    ],
    '2024-05-06T07:08:09+03:00',
  ],
  [
    'the original before the others',
    [{ tag: 0x9004, text: '2001:01:01 00:00:00' }, original(taken)],
    '2024-05-06T07:08:09',
  ],
  [
    'another where the original is nonsense',
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
])('taken at: %s', (_, dates, expected) => {
  for (const little of [false, true])
    expect(readExif(tiff({ little, dates, orientation: 7 }))).toEqual({ orientation: 7, takenAt: expected });
});

test.each([
  ['BYTE', 1, false],
  ['BYTE', 1, true],
  ['LONG', 4, false],
  ['LONG', 4, true],
])('an orientation that is a %s counts too', (_, type, little) => {
  const block = tiff({ orientation: 6, little });
  const [entry, value] = [10, 18];
  block.fill(0, value, value + 4);
  block[entry + (little ? 2 : 3)] = type;
  block[value + (little || type === 1 ? 0 : 3)] = 6;
  expect(readExif(block).orientation).toBe(6);
});

test.each([0, 9, 65_535])('an orientation of %d is none', (orientation) => {
  expect(readExif(tiff({ orientation })).orientation).toBe(1);
});

test('directories that point at themselves or far away are read once', () => {
  const loop = bytes('MM', [0, 42], u32(8), [0, 1], [0x87, 0x69, 0, 4], u32(1), u32(8), u32(8));
  const far = bytes('II*\0', [255, 255, 255, 255]);
  const many = bytes('MM', [0, 42], u32(8), [255, 255], Buffer.alloc(100, 255));
  for (const block of [loop, far, many, bytes('MM\0*'), bytes()])
    expect(readExif(block)).toEqual({ orientation: 1, takenAt: null });
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'orientation %d stays, and as little Exif as can be',
  async (orientation) => {
    const block = tiff({ orientation });
    const { out, info } = await clean([
      bytes(jpeg.subarray(0, 2), segment(0xe1, 'Exif\0\0', block), jpeg.subarray(2)),
    ]);
    expect(info.orientation).toBe(orientation);
    const { exif, orientation: kept } = await sharp(out).metadata();
    expect(kept).toBe(orientation === 1 ? undefined : orientation);
    expect(exif?.length).toBe(orientation === 1 ? undefined : 32);

    const inPng = await clean([bytes(png.subarray(0, 33), pngChunk('eXIf', block), png.subarray(33))]);
    expect(inPng.out.includes('eXIf')).toBe(orientation !== 1);
    expect((await sharp(inPng.out).metadata()).orientation ?? 1).toBe(orientation);
  },
);

test('a JFIF thumbnail is cut out, and Adobe stays as long as it should be', async () => {
  const jfif = segment(0xe0, 'JFIF\0', [1, 2, 1, 0, 72, 0, 96, 2, 2], Buffer.alloc(12, 7));
  const adobe = segment(0xee, 'Adobe', [0, 100, 1, 2, 3, 4, 1], SECRET);
  const { out } = await clean([bytes(jpeg.subarray(0, 2), jfif, adobe, jpeg.subarray(2))]);
  const kept = bytes(
    segment(0xe0, 'JFIF\0', [1, 2, 1, 0, 72, 0, 96, 0, 0]),
    segment(0xee, 'Adobe', [0, 100, 1, 2, 3, 4, 1]),
  );
  expect(out.subarray(2, 2 + kept.length).equals(kept)).toBe(true);
  expect(out.lastIndexOf('JFIF')).toBe(6);
});

test('what says how to show a JPEG counts before its first scan alone', async () => {
  const late = bytes(
    segment(0xe2, 'ICC_PROFILE\0', [1, 1], SECRET),
    segment(0xe0, 'JFIF\0', [1, 2, 1, 0, 72, 0, 96, 0, 0]),
  );
  const { out } = await clean([bytes(jpeg.subarray(0, -2), late, jpeg.subarray(-2))]);
  expect(out.equals((await clean([jpeg])).out)).toBe(true);
});

test('a JPEG with restarts, fill bytes and DNL', async () => {
  const scan = jpeg.indexOf(bytes([0xff, 0xda]));
  const end = jpeg.length - 2;
  const restarts = bytes([0xff, 0xd0, 1, 0xff, 0, 2, 0xff, 0xd7, 3]);
  const dnl = segment(0xdc, [0, 8]);
  const [before, after] = [jpeg.subarray(0, scan), jpeg.subarray(scan, end)];
  const { out } = await clean([
    bytes(before, [0xff, 0xff], after, restarts, [0xff, 0xff, 0xff], dnl.subarray(1), [0xff, 0xff, 0xd9]),
  ]);
  expect(
    out.equals(
      bytes(jpeg.subarray(0, 2), out.subarray(2, out.length - restarts.length - 2), restarts, [0xff, 0xd9]),
    ),
  ).toBe(true);
  expect(out.includes(dnl)).toBe(false);
});

test('an animated PNG', async () => {
  const control = pngChunk('acTL', u32(3), u32(0));
  const { out, info } = await clean([bytes(png.subarray(0, 33), control, png.subarray(33))]);
  expect(info.frames).toBe(3);
  expect(out.includes(control)).toBe(true);
});

test("a GIF's loop and profile stay; other programs' data and long sub-blocks go", async () => {
  const screen = 13 + 3 * 2 ** (((gif[10] ?? 0) & 7) + 1);
  const program = (name: string, data: string) => bytes('!\xff\x0b', name, [data.length], data, [0]);
  const kept = bytes(
    program('NETSCAPE2.0', '\x01\x05\0'),
    program('ANIMEXTS1.0', '\x01\x05\0'),
    program('ICCRGBG1012', 'not a profile'),
  );
  const gone = bytes(program('NETSCAPE2.1', SECRET), '!\xce', [SECRET.length], SECRET, [0]);
  const long = program('NETSCAPE2.0', SECRET);
  const { out } = await clean([bytes(gif.subarray(0, screen), gone, kept, long, gif.subarray(screen))]);
  expect(
    out.equals(bytes(gif.subarray(0, screen), kept, '!\xff\x0bNETSCAPE2.0\0', gif.subarray(screen))),
  ).toBe(true);
});

test('a WebP keeps its length, its first Exif as the orientation, and of its frames the pictures', async () => {
  const vp8x = riffChunk('VP8X', [0x0e, 0, 0, 0, 11, 0, 0, 7, 0, 0]);
  const picture = webp.subarray(12);
  const frame = riffChunk(
    'ANMF',
    Buffer.alloc(16),
    picture,
    riffChunk('TEXT', SECRET),
    riffChunk('EXIF', SECRET),
  );
  const file = riff(
    vp8x,
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
  expect([out.indexOf('EXIF'), out.lastIndexOf('EXIF')]).toEqual(
    [1, 1].map(() => file.indexOf('EXIF', file.lastIndexOf('TEXT') + 40)),
  );
});

test('a colour profile of a JPEG that is none does not stay', async () => {
  const fake = bytes(
    jpeg.subarray(0, 2),
    segment(0xe2, 'ICC_PROFILE\0', [1, 2], SECRET.repeat(8)),
    segment(0xe2, 'ICC_PROFILE\0', [2, 2], SECRET),
  );
  const { out } = await clean([bytes(fake, jpeg.subarray(2))]);
  expect(out.includes(SECRET)).toBe(false);
  expect(out).toEqual((await clean([jpeg])).out);
});
