import { expect, test } from 'vitest';
import { ispe, moov, placeSamples, still } from '../support/avif.ts';
import { clean, expectInvalid } from '../support/cleaning.ts';
import { box, bytes, dates, SECRET, secrets, TAKEN, tiff, u32, XMP } from '../support/fixtures.ts';

const PIXELS = bytes(Array.from({ length: 100 }, (_, i) => 1 + (i % 250)));
const picture = { type: 'av01', data: PIXELS, name: SECRET };
const exif = { type: 'Exif', data: bytes(u32(0), tiff({ orientation: 6, dates })) };
const xmp = { type: 'mime', mime: 'application/rdf+xml', data: bytes(XMP) };
const other = { type: 'uri ', name: 'urn:secret', mime: SECRET, data: bytes(SECRET) };

const movie = { time: 1, text: 'a', samples: 1 };

const cleaned = async (file: Buffer) => {
  const result = await clean([file]);
  expect(result.out.length).toBe(file.length);
  for (const secret of secrets) expect(result.out.includes(secret)).toBe(false);
  expect((await clean([result.out])).out.equals(result.out)).toBe(true);
  return result;
};

test.each([0, 1, 2] as const)('cleans items located by iloc version %d', async (version) => {
  const { out, info } = await cleaned(still({ items: [picture, exif, xmp, other], version }));
  expect(out.includes(PIXELS)).toBe(true);
  expect(info).toEqual({ width: 12, height: 8, frames: 1, orientation: 1, takenAt: TAKEN });
});

test('cleans items in idat', async () => {
  const items = [picture, exif, xmp, other].map((item) => ({ ...item, inIdat: true }));
  const { out, info } = await cleaned(still({ items }));
  expect(out.includes(PIXELS)).toBe(true);
  expect(info.takenAt).toBe(TAKEN);
});

test('cleans items in several extents', async () => {
  const { out } = await cleaned(
    still({
      items: [
        { ...picture, extents: 3 },
        { ...exif, extents: 2 },
        { ...xmp, extents: 4 },
      ],
    }),
  );
  expect(out.includes(PIXELS)).toBe(true);
});

test.each(['short', 'long', 'open'] as const)('cleans an mdat with a %s length', async (mdat) => {
  const { out } = await cleaned(still({ items: [picture, exif, xmp], mdat }));
  expect(out.includes(PIXELS)).toBe(true);
});

test('overwrites data that belongs to no item', async () => {
  const file = still({ items: [picture, { ...other, data: bytes(SECRET, SECRET) }] });
  const { out } = await cleaned(file);
  expect(out.includes(PIXELS)).toBe(true);
  const hidden = still({ items: [{ ...picture, data: bytes(SECRET, PIXELS) }] });
  const at = hidden.indexOf('iloc') + 4 + 4 + 2 + 2 + 2 + 2 + 2 + 2;
  hidden.writeUInt32BE(hidden.readUInt32BE(at) + SECRET.length, at);
  hidden.writeUInt32BE(PIXELS.length, at + 4);
  expect((await cleaned(hidden)).out.includes(PIXELS)).toBe(true);
});

test('overwrites descriptions, times and unknown boxes anywhere', async () => {
  const text = [
    box('udta', SECRET),
    box('uuid', Buffer.alloc(16), SECRET),
    box('skip', SECRET),
    box('what', SECRET),
  ];
  const { info } = await cleaned(
    still({
      items: [picture],
      properties: [box('udes', u32(0), SECRET), box('uuid', Buffer.alloc(16), SECRET)],
      inMeta: text,
      before: text,
      after: [...text, bytes(u32(0), 'free', SECRET)],
    }),
  );
  expect(info.width).toBe(12);
});

test('cleans a sequence', async () => {
  const track = {
    time: 4_851_123,
    text: SECRET,
    samples: 10,
    inTrack: [box('udta', SECRET), box('meta', u32(0), SECRET)],
  };
  const movie = moov([track], box('udta', SECRET), box('meta', SECRET));
  const samples = box('mdat', SECRET, PIXELS, PIXELS, SECRET);
  const file = still({ items: [picture, exif], brand: 'avis', before: [movie], after: [samples] });
  const { out, info } = await cleaned(placeSamples(file, file.length - samples.length + 8 + SECRET.length));
  expect(out.includes(bytes(PIXELS, PIXELS))).toBe(true);
  expect(info).toMatchObject({ frames: 10, takenAt: TAKEN });
});

test('cleans a sequence whose first sample is the still picture', async () => {
  const file = still({ items: [picture, exif], brand: 'avis', before: [moov([{ ...movie, samples: 5 }])] });
  const { out, info } = await cleaned(placeSamples(file, file.indexOf(PIXELS)));
  expect(out.includes(PIXELS)).toBe(true);
  expect(info.frames).toBe(5);
});

/** A sequence whose tracks have 10 samples of 20 bytes each, one after the other. */
const sequence = (handlers: string[], file: Partial<Parameters<typeof still>[0]> = {}) => {
  const tracks = handlers.map((handler) => ({ time: 4_851_123, text: SECRET, samples: 10, handler }));
  const start = still({ items: [], primary: null, brand: 'avis', before: [moov(tracks)], ...file });
  const data = bytes(PIXELS, PIXELS);
  const samples = handlers.map((handler) => (handler === 'soun' ? Buffer.alloc(data.length, 'sound') : data));
  const offsets = handlers.map((_, i) => start.length + 8 + i * data.length);
  return placeSamples(bytes(start, box('mdat', ...samples)), ...offsets);
};

test('cleans a sequence without a primary item', async () => {
  const { out, info } = await cleaned(sequence(['pict', 'auxv']));
  expect(out.includes(bytes(PIXELS, PIXELS, PIXELS, PIXELS))).toBe(true);
  expect(info).toEqual({ width: 12, height: 8, frames: 10, orientation: 1, takenAt: null });
});

test('cleans a sequence without a meta box', async () => {
  const file = sequence(['pict']);
  const meta = file.indexOf('meta') - 4;
  const metaEnd = meta + file.readUInt32BE(meta);
  const without = bytes(file.subarray(0, meta), file.subarray(metaEnd));
  const at = file.readUInt32BE(file.indexOf('stco') + 12);
  const { out, info } = await cleaned(placeSamples(without, at - (metaEnd - meta)));
  expect(out.includes(bytes(PIXELS, PIXELS))).toBe(true);
  expect(info).toMatchObject({ width: 12, height: 8, frames: 10 });
});

test('drops the audio track of a sequence', async () => {
  const { out, info } = await cleaned(sequence(['pict', 'soun', 'auxv']));
  expect([out.includes('sound'), out.includes('soun'), info.frames]).toEqual([false, false, 10]);
  expect(out.subarray(-400).equals(bytes(Buffer.alloc(200), PIXELS, PIXELS))).toBe(true);
});

test('drops an audio track beside a still picture', async () => {
  const { out, info } = await cleaned(sequence(['soun'], { items: [picture, exif], primary: 1 }));
  expect([out.includes(PIXELS), out.includes('sound'), info.frames]).toEqual([true, false, 1]);
});

test('cleans items that share metadata', async () => {
  const file = still({ items: [picture, xmp, xmp] });
  const second = file.indexOf('iloc') + 4 + 4 + 2 + 2 + 16;
  file.copyWithin(second + 16 + 8, second + 8, second + 16);
  const { out } = await cleaned(file);
  expect(out.includes(PIXELS)).toBe(true);
});

test.each([
  [
    'data before meta',
    still({ items: [picture], before: [box('mdat', SECRET)] }),
    'picture data comes before its meta box',
  ],
  ['a file without meta', bytes(box('ftyp', 'avif', u32(0))), 'no meta box'],
  ['two moov boxes', still({ items: [picture], before: [box('moov'), box('moov')] }), 'second moov'],
  [
    'moov after the data',
    still({ items: [picture], after: [box('moov')] }),
    'moov box comes after the picture data',
  ],
  ['an item that ends outside', still({ items: [picture], shift: 1 }), "outside of the file's data"],
  ['an item far outside', still({ items: [picture], shift: 1_000_000 }), "outside of the file's data"],
  ['an item that begins outside', still({ items: [picture], shift: -9 }), "outside of the file's data"],
  ['an item without length', still({ items: [{ ...picture, data: bytes() }] }), 'without a length'],
  ['a primary item that is metadata', still({ items: [xmp] }), 'primary item is not a picture'],
  ['text at the end', still({ items: [picture], after: [bytes('<html>')] }), 'ends within a box'],
  [
    'a long meta box',
    still({ items: [picture], inMeta: [box('free', Buffer.alloc(256 * 1024))] }),
    'longer than 262144 bytes',
  ],
  [
    'an HEVC track',
    still({ items: [picture], before: [moov([{ ...movie, entry: 'hvc1' }])] }),
    'does not contain AV1 pictures',
  ],
  ['samples outside', still({ items: [picture], before: [moov([movie])] }), "outside of the file's data"],
  ['a sequence of nothing but sound', sequence(['soun']), 'neither a primary item nor a track'],
  ['a fragmented sequence', still({ items: [picture], before: [box('moof')] }), 'a fragmented sequence'],
  [
    'too many pixels',
    still({ items: [picture], properties: [ispe(100_000, 1_001)] }),
    'more than 100 megapixels',
  ],
])('refuses %s', async (_, file, message) => {
  await expectInvalid(file, message);
});

test('overwrites bytes of idat that belong to no item', async () => {
  const file = still({ items: [{ ...picture, inIdat: true, data: bytes(SECRET, PIXELS, SECRET) }] });
  const at = file.indexOf('iloc') + 4 + 4 + 2 + 2 + 2 + 2 + 2 + 2;
  file.writeUInt32BE(SECRET.length, at);
  file.writeUInt32BE(PIXELS.length, at + 4);
  expect((await cleaned(file)).out.includes(PIXELS)).toBe(true);
});

test('refuses metadata that overlaps a picture', async () => {
  const file = still({ items: [picture, xmp] });
  const places = file.indexOf('iloc') + 4 + 4 + 2 + 2;
  const [first, second] = [places + 8, places + 8 + 16];
  file.writeUInt32BE(file.readUInt32BE(first) + 10, second);
  await expectInvalid(file, 'metadata inside a picture');
});
