import { crc32 } from 'node:zlib';

/** PNGs that are written byte by byte. */

const bytes = (...parts: (number[] | Uint8Array | string)[]) => {
  const pieces = parts.map((part) =>
    typeof part === 'string' ? new TextEncoder().encode(part) : new Uint8Array(part),
  );
  const whole = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
};

const u32 = (n: number) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
const u16le = (n: number) => [n & 255, n >>> 8];

const adler32 = (data: Uint8Array) => {
  let [a, b] = [1, 0];
  for (const byte of data) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return ((b << 16) | a) >>> 0;
};

const chunk = (type: string, data: Uint8Array) => {
  const named = bytes(type, data);
  return bytes(u32(data.length), named, u32(crc32(named)));
};

/** A complete grey PNG. `seed` makes it different from others of its size. */
export const png = (width: number, height: number, seed = 0): Uint8Array => {
  const raw = new Uint8Array((width + 1) * height).map((_, i) =>
    i % (width + 1) === 0 ? 0 : (i + seed) & 255,
  );
  const stored = bytes([0x78, 1, 1], u16le(raw.length), u16le(~raw.length & 0xffff), raw, u32(adler32(raw)));
  const header = bytes(u32(width), u32(height), [8, 0, 0, 0, 0]);
  return bytes(
    [137],
    'PNG\r\n',
    [26, 10],
    chunk('IHDR', header),
    chunk('IDAT', stored),
    chunk('IEND', bytes()),
  );
};

/** The header of a PNG of this size in pixels. */
export const pngHeader = (width: number, height: number) =>
  bytes([137], 'PNG\r\n', [26, 10], chunk('IHDR', bytes(u32(width), u32(height), [8, 2, 0, 0, 0])));

/** A complete PNG of one pixel and exactly this many bytes, most of them in a chunk of pixels that nobody reads. */
export const pngOf = (size: number): Uint8Array => {
  const small = png(1, 1);
  const end = small.length - 12;
  const padding = chunk('IDAT', new Uint8Array(size - small.length - 12));
  return bytes(small.subarray(0, end), padding, small.subarray(end));
};
