import { cleanImage } from 'clean-image';
import { expect } from 'vitest';

export const LIMITS = { maxPixels: 100_000_000 };

/** Cleans a file that arrives in these chunks, and collects the result. */
export const clean = async (chunks: Iterable<Uint8Array>, limits = LIMITS) => {
  async function* arriving() {
    yield* chunks;
  }
  const { contentType, readable, info } = await cleanImage(arriving(), limits);
  const pieces: Uint8Array[] = [];
  for await (const piece of readable) pieces.push(piece);
  return { contentType, out: Buffer.concat(pieces), info: info(), pieces: pieces.length };
};

export const expectInvalid = async (file: Uint8Array, message: string | RegExp) => {
  const refused = clean([file]);
  await expect(refused).rejects.toMatchObject({ name: 'ImageError', code: 'invalid' });
  await expect(refused).rejects.toThrow(message);
};

export function* inChunks(file: Uint8Array, length: () => number) {
  for (let at = 0; at < file.length; ) {
    const end = at + length();
    yield file.subarray(at, end);
    at = end;
  }
}

/** Whole numbers from 1 to `max`, the same in each run (mulberry32). */
export const seeded = (seed: number) => {
  let state = seed;
  return (max: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return 1 + (((mixed ^ (mixed >>> 14)) >>> 0) % max);
  };
};
