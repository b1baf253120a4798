import sharp, { type Metadata } from 'sharp';
import { describe, expect, test } from 'vitest';
import { clean, inChunks, seeded } from './support/cleaning.ts';
import { makeFixtures, secrets } from './support/fixtures.ts';

const fixtures = await makeFixtures();
const pixels = (file: Buffer) => sharp(file, { animated: true }).raw().toBuffer();

describe.each(fixtures)('$name', ({ image, file, contentType, info }) => {
  test('says what it is', async () => {
    const cleaned = await clean([file]);
    expect(cleaned.contentType).toBe(contentType);
    expect(cleaned.info).toEqual(info);
  });

  test('shows the same picture', async () => {
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

  test('keeps no secret', async () => {
    expect(secrets.some((secret) => file.includes(secret))).toBe(true);
    const { out } = await clean([file]);
    for (const secret of secrets) expect(out.includes(secret), secret.toString('latin1')).toBe(false);
  });

  test('is clean once it is cleaned', async () => {
    const { out } = await clean([file]);
    const again = await clean([out]);
    expect(again.out.equals(out)).toBe(true);
    expect(again.info).toEqual({ ...info, takenAt: null });
  });

  test('comes out the same however it comes in', async () => {
    const { out } = await clean([file]);
    expect((await clean(inChunks(file, () => 1))).out.equals(out)).toBe(true);
    const random = seeded(file.length);
    for (let i = 0; i < 50; i++)
      expect((await clean(inChunks(file, () => random(i % 2 ? 9 : 300)))).out.equals(out)).toBe(true);
  });
});
