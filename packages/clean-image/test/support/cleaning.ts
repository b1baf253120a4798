import { cleanImage } from 'clean-image';

export const LIMITS = { maxPixels: 100_000_000 };

/** Cleans what comes in these chunks, and holds all that comes out. */
export const clean = async (chunks: Iterable<Uint8Array>, limits = LIMITS) => {
  async function* arriving() {
    yield* chunks;
  }
  const { contentType, readable, info } = await cleanImage(arriving(), limits);
  const pieces: Uint8Array[] = [];
  for await (const piece of readable) pieces.push(piece);
  return { contentType, out: Buffer.concat(pieces), info: info(), pieces: pieces.length };
};

export function* inChunks(file: Uint8Array, length: () => number) {
  for (let at = 0; at < file.length; ) {
    const past = at + length();
    yield file.subarray(at, past);
    at = past;
  }
}

/** Whole numbers from 1 to `most`, the same at each run (mulberry32). */
export const seeded = (seed: number) => {
  let state = seed;
  return (most: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return 1 + (((mixed ^ (mixed >>> 14)) >>> 0) % most);
  };
};
