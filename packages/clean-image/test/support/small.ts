import sharp from 'sharp';

/** One picture of 12 × 8 pixels in each format that sharp writes without metadata. */

const image = sharp({ create: { width: 12, height: 8, channels: 3, background: 'teal' } });
export const jpeg = await image.jpeg().toBuffer();
export const png = await image.png().toBuffer();
export const gif = await image.gif().toBuffer();
export const webp = await image.webp().toBuffer();

/** A copy of the file with one byte changed. */
export const patch = (file: Buffer, at: number, byte: number) => {
  const patched = Buffer.from(file);
  patched[at] = byte;
  return patched;
};
