import { cleanImage } from 'clean-image';
import { expect, test } from 'vitest';
import { png } from '../../support/images.ts';

// packages/clean-image/test has the other tests and runs in Node. Only the checksums differ in workerd.
test('cleans an image in workerd', async () => {
  const file = png(30, 20);
  async function* chunks() {
    for (let at = 0; at < file.length; at += 100) yield file.subarray(at, at + 100);
  }
  const { contentType, readable, info } = await cleanImage(chunks(), { maxPixels: 600 });
  const out: number[] = [];
  for await (const piece of readable) out.push(...piece);
  expect(out).toEqual([...file]);
  expect(contentType).toBe('image/png');
  expect(info()).toEqual({ width: 30, height: 20, frames: 1, orientation: 1, takenAt: null });
});
