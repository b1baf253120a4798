import { describe, expect, test } from 'vitest';
import { Refusal } from '../../src/refusal.ts';
import { clean, inChunks, seeded } from '../support/cleaning.ts';
import { makeFixtures } from '../support/fixtures.ts';

const fixtures = await makeFixtures();

/** What comes out, or the refusal; anything else thrown is a fault of ours. */
const outcome = async (chunks: Iterable<Uint8Array>) => {
  try {
    return await clean(chunks);
  } catch (error) {
    if (error instanceof Refusal && ['invalid', 'unsupported_type'].includes(error.code)) return undefined;
    throw error;
  }
};

describe.each(fixtures)('$name', ({ image, file, contentType }) => {
  test('is refused wherever it is cut', async () => {
    const whole = await clean([file]);
    for (let length = 0; length < file.length; length++) {
      const cut = await outcome([file.subarray(0, length)]);
      if (length >= image.length) expect(cut?.out.equals(whole.out), `${length} bytes`).toBe(true);
      else if (contentType !== 'image/avif') expect(cut, `${length} bytes`).toBeUndefined();
      else if (cut)
        expect(cut.out.equals(whole.out.subarray(0, length)) && image.indexOf('mdat') < length, `${length} bytes`).toBe(true);
    }
  });

  test('is refused or passes whatever byte is another', async () => {
    const random = seeded(7);
    for (let i = 0; i < 3_000; i++) {
      const other = Buffer.from(file);
      const at = random(image.length) - 1;
      other[at] = (other[at] ?? 0) ^ random(255);
      const result = await outcome(i % 3 ? [other] : inChunks(other, () => random(200)));
      if (result) expect(result.out.length).toBeLessThanOrEqual(file.length);
    }
  });

  test('is refused or passes whatever piece of it is missing or twice there', async () => {
    const random = seeded(11);
    for (let i = 0; i < 500; i++) {
      const [from, past] = [random(image.length) - 1, random(image.length)].toSorted((a, b) => a - b);
      await outcome([file.subarray(0, from), file.subarray(past)]);
      await outcome([file.subarray(0, past), file.subarray(from)]);
    }
  });
});
