import { cleanImage } from 'clean-image';
import { expect, test } from 'vitest';
import { LIMITS } from './support/cleaning.ts';
import { bytes, pngChunk, u32 } from './support/fixtures.ts';
import { png } from './support/small.ts';

const signature = png.subarray(0, 8);
const tooLarge = pngChunk('IHDR', u32(10_001), u32(10_000), [8, 2, 0, 0, 0]);

/** Counts how many chunks were asked for, and notes whether the source was closed. */
const watch = (file: Uint8Array, chunkLength: number) => {
  const source = { asked: 0, closed: false };
  async function* chunks() {
    try {
      for (let at = 0; at < file.length; at += chunkLength) {
        source.asked++;
        yield file.subarray(at, at + chunkLength);
      }
    } finally {
      source.closed = true;
    }
  }
  return { source, chunks: chunks() };
};

test('asks for no more than the signature before it resolves, and closes the source when its reader leaves', async () => {
  const { source, chunks } = watch(png, 12);
  const { contentType, readable, info } = await cleanImage(chunks, LIMITS);
  expect([contentType, source.asked, source.closed]).toEqual(['image/png', 1, false]);
  expect(() => info()).toThrow('Read the image to its end');
  await readable.return(undefined);
  expect(source).toEqual({ asked: 1, closed: true });
});

test.each([
  ['text', bytes('nothing that anybody knows'), 1],
  ['too many pixels', bytes(signature, tooLarge, Buffer.alloc(1000)), 3],
])('closes the source as soon as it refuses a file: %s', async (_, file, asked) => {
  const { source, chunks } = watch(file, 12);
  const read = async () => {
    for await (const _piece of (await cleanImage(chunks, LIMITS)).readable);
  };
  await expect(read()).rejects.toMatchObject({ name: 'ImageError' });
  expect(source).toEqual({ asked, closed: true });
});

test('reads the source to its end, beyond the end of the image', async () => {
  const { source, chunks } = watch(bytes(png, Buffer.alloc(100_000)), 1000);
  const { readable } = await cleanImage(chunks, LIMITS);
  let size = 0;
  for await (const piece of readable) size += piece.length;
  expect(source).toEqual({ asked: Math.ceil((png.length + 100_000) / 1000), closed: true });
  expect(size).toBe(png.length);
});
