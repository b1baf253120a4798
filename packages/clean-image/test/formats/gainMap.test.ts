import sharp, { type Sharp } from 'sharp';
import { expect, test } from 'vitest';
import { clean, expectInvalid, inChunks } from '../support/cleaning.ts';
import { bytes, SECRET, segment, tiff } from '../support/fixtures.ts';
import {
  isoNumbers,
  isoVersion,
  secondImage,
  withGainMap,
  xmpChannels,
  xmpNumbers,
  xmpVersion,
} from '../support/gainMap.ts';
import { jpeg } from '../support/small.ts';

const secret = segment(0xfe, SECRET);
const exif = segment(0xe1, 'Exif\0\0', tiff({ orientation: 6 }));
const plain = (await clean([jpeg])).out;
const iso = { before: [isoVersion], second: [isoNumbers] };
const xmp = { before: [xmpVersion], second: [xmpNumbers] };

/** What sharp can do, and its types do not say. */
type HdrSharp = Sharp & { withGainMap: () => Sharp; keepGainMap: () => Sharp };

/** The gain map as libultrahdr finds it. */
const readGainMap = async (file: Buffer) => (await sharp(file).metadata()).gainMap?.image;

test.each([
  ['ISO 21496-1', iso],
  ['XMP', xmp],
  ['both', { before: [xmpVersion, isoVersion], second: [xmpNumbers, isoNumbers] }],
  [
    'metadata around',
    { before: [exif, secret, isoVersion], after: [secret], second: [secret, isoNumbers, exif] },
  ],
  ['padding between', { ...iso, gap: Buffer.alloc(500) }],
])('keeps a gain map described by %s', async (_, parts) => {
  const file = withGainMap(parts);
  expect(await readGainMap(file)).toBeDefined();
  const { out, info } = await clean([bytes(file, SECRET)]);
  expect(out.includes(SECRET)).toBe(false);
  expect(info).toMatchObject({ width: 12, height: 8, frames: 1 });

  const gainMap = await readGainMap(out);
  expect((await sharp(gainMap).raw().toBuffer()).equals(await sharp(jpeg).raw().toBuffer())).toBe(true);
  expect(secondImage(out).subarray(0, 2).equals(jpeg.subarray(0, 2))).toBe(true);
  expect(out.indexOf(secondImage(out)) + secondImage(out).length).toBe(out.length);
  expect((await sharp(out).raw().toBuffer()).equals(await sharp(jpeg).raw().toBuffer())).toBe(true);

  expect((await clean([out])).out.equals(out)).toBe(true);
  expect((await clean(inChunks(file, () => 1))).out.equals(out)).toBe(true);
});

test('keeps all the numbers of an XMP description, and nothing else', async () => {
  const { out } = await clean([withGainMap({ ...xmp, second: [xmpChannels] })]);
  const [announcement, numbers] = out.toString('latin1').match(/<x:xmpmeta.*?<\/x:xmpmeta>/gs) ?? [];
  expect(announcement).toContain('hdrgm:Version="1.0"></rdf:Description>');
  for (const [name, value] of [
    ['GainMapMin', '0.0'],
    ['Gamma', '1.0'],
    ['OffsetSDR', '0.015625'],
    ['OffsetHDR', '0.015625'],
    ['HDRCapacityMin', '0'],
    ['HDRCapacityMax', '2.3'],
    ['BaseRenditionIsHDR', 'False'],
  ])
    expect(numbers).toContain(`hdrgm:${name}="${value}"`);
  expect(numbers).toContain(
    '<hdrgm:GainMapMax><rdf:Seq><rdf:li>1.5</rdf:li><rdf:li>1.6</rdf:li><rdf:li>2.3</rdf:li>',
  );
  expect(out.includes('dc:')).toBe(false);
});

test('keeps the gain map that libultrahdr writes', async () => {
  const pixels = Buffer.from(Array.from({ length: 64 * 48 * 3 }, (_, i) => (i * 37) % 251));
  const image = sharp(pixels, { raw: { width: 64, height: 48, channels: 3 } }) as HdrSharp;
  const file = await image.withGainMap().jpeg().toBuffer();
  const { out } = await clean([file]);
  const [before, after] = [await readGainMap(file), await readGainMap(out)];
  expect((await sharp(after).raw().toBuffer()).equals(await sharp(before).raw().toBuffer())).toBe(true);
  const encodeAgain = async (jpeg: Buffer) =>
    readGainMap(await (sharp(jpeg) as HdrSharp).keepGainMap().jpeg().toBuffer());
  expect(await encodeAgain(out)).toEqual(await encodeAgain(file));
});

test.each([
  ['that the first image does not announce', { ...iso, before: [] }],
  ['that does not describe itself', { ...iso, second: [secret] }],
  ['whose description is too short', { ...iso, second: [isoVersion] }],
  [
    'whose description is of a later version',
    { ...iso, second: [segment(0xe2, 'urn:iso:std:iso:ts:21496:-1\0', [0, 1], Buffer.alloc(100))] },
  ],
  [
    'whose description has no numbers',
    { ...xmp, second: [segment(0xe1, 'http://ns.adobe.com/xap/1.0/\0', `hdrgm:GainMapMax="${SECRET}"`)] },
  ],
  [
    'with more than 256 KiB of metadata',
    { ...iso, second: [isoNumbers, ...Array.from({ length: 5 }, () => segment(0xfe, Buffer.alloc(65_000)))] },
  ],
  ['far after the first image', { ...iso, gap: Buffer.alloc(70_000) }],
])('drops a second image %s', async (_, parts) => {
  const { out } = await clean([withGainMap(parts)]);
  expect([out.includes(SECRET), out.lastIndexOf(bytes([0xff, 0xd8]))]).toEqual([false, 0]);
  expect((await sharp(out).raw().toBuffer()).equals(await sharp(jpeg).raw().toBuffer())).toBe(true);
});

test('takes a file whose gain map was cut away, and refuses one whose gain map is cut off', async () => {
  const file = withGainMap(iso);
  const start = file.length - secondImage(file).length;
  for (const end of [start, start + 1]) {
    const { out } = await clean([file.subarray(0, end)]);
    expect(out.subarray(-100).equals(plain.subarray(-100))).toBe(true);
  }
  for (const end of [start + 2, start + 60, file.length - 1])
    await expectInvalid(file.subarray(0, end), 'ends before its end-of-image marker');
});
