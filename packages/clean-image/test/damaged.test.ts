import { describe, expect, test } from 'vitest';
import { ImageError } from '../src/imageError.ts';
import { moov, placeSamples, still } from './support/avif.ts';
import { clean, inChunks, seeded } from './support/cleaning.ts';
import { box, bytes, dates, makeFixtures, SECRET, tiff, u32, XMP } from './support/fixtures.ts';
import {
  isoNumbers,
  isoVersion,
  secondImage,
  withGainMap,
  xmpNumbers,
  xmpVersion,
} from './support/gainMap.ts';

const PIXELS = Buffer.alloc(100, 'pixels');
const items = [
  { type: 'av01', data: PIXELS },
  { type: 'Exif', data: bytes(u32(0), tiff({ dates })) },
  { type: 'mime', mime: 'application/rdf+xml', data: bytes(XMP) },
];
const track = moov([{ time: 1, text: SECRET, samples: 5 }], box('udta', SECRET));
const sequence = still({ items, brand: 'avis', before: [track], after: [box('free', SECRET)] });
const inIdat = still({ items: items.map((item) => ({ ...item, inIdat: true })) });
const byHand = [
  { name: 'avif, sequence', image: placeSamples(sequence, sequence.indexOf(PIXELS)) },
  { name: 'avif, all in idat', image: inIdat.subarray(0, -8) },
].map((one) => ({ ...one, file: one.image, contentType: 'image/avif' }));
const hdr = withGainMap({ before: [xmpVersion, isoVersion], second: [xmpNumbers, isoNumbers] });
const gainMap = { name: 'jpeg, gain map', image: hdr, file: hdr, contentType: 'image/jpeg' };
const fixtures = [...(await makeFixtures()), ...byHand, gainMap];
/** Whether a file cut off here may be taken, without its gain map. */
const isBeforeGainMap = (file: Buffer, length: number) =>
  file === hdr &&
  hdr.length - secondImage(hdr).length <= length &&
  length < hdr.length - secondImage(hdr).length + 2;

/** The result; nothing if the file is refused. Any other error is a fault of ours. */
const outcome = async (chunks: Iterable<Uint8Array>) => {
  try {
    return await clean(chunks);
  } catch (error) {
    if (error instanceof ImageError) return undefined;
    throw error;
  }
};

describe.each(fixtures)('$name', ({ image, file, contentType }) => {
  test('is refused wherever it is cut off', async () => {
    const whole = await clean([file]);
    for (let length = 0; length < file.length; length++) {
      const cut = await outcome([file.subarray(0, length)]);
      if (length >= image.length) expect(cut?.out.equals(whole.out), `${length} bytes`).toBe(true);
      else if (contentType === 'image/gif' && cut)
        expect(
          cut.out.at(-1) === 0x3b &&
            whole.out.subarray(0, cut.out.length - 1).equals(cut.out.subarray(0, -1)),
          `${length} bytes`,
        ).toBe(true);
      else if (isBeforeGainMap(file, length)) expect(cut?.out.length).toBeLessThan(length);
      else if (contentType !== 'image/avif') expect(cut, `${length} bytes`).toBeUndefined();
      else if (cut)
        expect(
          cut.out.equals(whole.out.subarray(0, length)) &&
            Math.max(image.indexOf('mdat'), image.indexOf('idat')) < length,
          `${length} bytes`,
        ).toBe(true);
    }
  });

  test('is cleaned or refused with any byte changed', async () => {
    const random = seeded(7);
    for (let i = 0; i < 3_000; i++) {
      const other = Buffer.from(file);
      const at = random(image.length) - 1;
      other[at] = (other[at] ?? 0) ^ random(255);
      const result = await outcome(i % 3 ? [other] : inChunks(other, () => random(200)));
      if (result) expect(result.out.length).toBeLessThanOrEqual(file.length);
    }
  });

  test('is cleaned or refused with any part missing or doubled', async () => {
    const random = seeded(11);
    for (let i = 0; i < 500; i++) {
      const [from, to] = [random(image.length) - 1, random(image.length)].toSorted((a, b) => a - b);
      await outcome([file.subarray(0, from), file.subarray(to)]);
      await outcome([file.subarray(0, to), file.subarray(from)]);
    }
  });
});
