import sharp, { type Metadata } from 'sharp';
import { describe, expect, test } from 'vitest';
import { clean, expectInvalid, inChunks, seeded } from './support/cleaning.ts';
import { bytes, makeFixtures, secrets, u32 } from './support/fixtures.ts';

const fixtures = await makeFixtures();
const pixels = (file: Buffer) => sharp(file, { animated: true }).raw().toBuffer();

describe.each(fixtures)('$name', ({ image, file, contentType, info }) => {
  test('has its content type and info detected', async () => {
    const cleaned = await clean([file]);
    expect(cleaned.contentType).toBe(contentType);
    expect(cleaned.info).toEqual(info);
  });

  test('looks the same', async () => {
    const { out } = await clean([file]);
    expect((await pixels(out)).equals(await pixels(image))).toBe(true);
    const [before, after] = [await sharp(image).metadata(), await sharp(out).metadata()];
    expect(after.icc).toEqual(before.icc);
    expect(after.orientation ?? 1).toBe(before.orientation ?? 1);
    const shown = ({ format, width, height, pages, loop, delay }: Metadata) => ({
      format,
      width,
      height,
      pages,
      loop,
      delay,
    });
    expect(shown(after)).toEqual(shown(before));
    expect(after.xmp).toBeUndefined();
  });

  test('keeps no metadata', async () => {
    expect(secrets.some((secret) => file.includes(secret))).toBe(true);
    const { out } = await clean([file]);
    for (const secret of secrets) expect(out.includes(secret), secret.toString('latin1')).toBe(false);
  });

  test('does not change when it is cleaned again', async () => {
    const { out } = await clean([file]);
    const again = await clean([out]);
    expect(again.out.equals(out)).toBe(true);
    expect(again.info).toEqual({ ...info, takenAt: null });
  });

  test('comes out the same in chunks of any length', async () => {
    const { out } = await clean([file]);
    expect((await clean(inChunks(file, () => 1))).out.equals(out)).toBe(true);
    const random = seeded(file.length);
    for (let i = 0; i < 50; i++)
      expect((await clean(inChunks(file, () => random(i % 2 ? 9 : 300)))).out.equals(out)).toBe(true);
  });
});

test('the chunks that are passed in are not changed', async () => {
  for (const { name, file } of await makeFixtures()) {
    const copy = Buffer.from(file);
    await clean([file]);
    expect(file.equals(copy), name).toBe(true);
  }
});

test('an empty file is invalid', async () => {
  await expectInvalid(bytes(), 'The file is empty.');
});

test.each([
  ['one byte', bytes([0xff])],
  ['a page', bytes('<html>nothing but text</html>')],
  ['an endless list of brands', bytes(u32(2 ** 31), 'ftypavif', u32(0), 'avif', Buffer.alloc(5000))],
  ['a video', bytes(u32(24), 'ftypmp42', u32(0), 'isommp42')],
  ['a WAVE', bytes('RIFF', u32(0), 'WAVEfmt ')],
])('%s is unsupported', async (_, file) => {
  await expect(clean([file])).rejects.toMatchObject({ name: 'ImageError', code: 'unsupported' });
});

test.each([
  ['heic', bytes(u32(24), 'ftypheic', u32(0), 'mif1heic')],
  ['ten bits', bytes(u32(24), 'ftypheix', u32(0), 'mif1heix')],
  ['a sequence', bytes(u32(24), 'ftypmsf1', u32(0), 'msf1hevc')],
  ['mif1 first', bytes(u32(24), 'ftypmif1', u32(0), 'mif1heic')],
  ['avif as its version', bytes(u32(20), 'ftypheic', 'avif', 'heic')],
  ['a mini box', bytes(u32(16), 'ftypmif3', 'heic')],
])('a HEIC image is unsupported, and the message says what to do: %s', async (_, file) => {
  const refused = clean([file]);
  await expect(refused).rejects.toMatchObject({ name: 'ImageError', code: 'unsupported' });
  await expect(refused).rejects.toThrow(/is a HEIC image.* Share it as a JPEG/);
});
