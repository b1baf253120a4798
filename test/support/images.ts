/** Images made by hand, as small as they can be; where nothing decodes them, a header is all there is. */

const bytes = (...parts: (number[] | Uint8Array | string)[]) =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...new TextEncoder().encode(part)] : [...part])));

const u32 = (n: number) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
const u16 = (n: number) => [n >>> 8, n & 255];
const u16le = (n: number) => [n & 255, n >>> 8];

const crc32 = (data: Uint8Array) => {
  let crc = ~0;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
};

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

/** A whole grey PNG; `seed` makes it unlike others of its size. */
export const png = (width: number, height: number, seed = 0): Uint8Array => {
  const raw = new Uint8Array((width + 1) * height).map((_, i) => (i % (width + 1) === 0 ? 0 : (i + seed) & 255));
  const stored = bytes([0x78, 1, 1], u16le(raw.length), u16le(~raw.length & 0xffff), raw, u32(adler32(raw)));
  const header = bytes(u32(width), u32(height), [8, 0, 0, 0, 0]);
  return bytes([137], 'PNG\r\n', [26, 10], chunk('IHDR', header), chunk('IDAT', stored), chunk('IEND', bytes()));
};

/** The header of a PNG with any size. */
export const pngHeader = (width: number, height: number) =>
  bytes([137], 'PNG\r\n', [26, 10], chunk('IHDR', bytes(u32(width), u32(height), [8, 2, 0, 0, 0])));

export const jpeg = (width: number, height: number) =>
  bytes([0xff, 0xd8, 0xff, 0xc0], u16(11), [8], u16(height), u16(width), [1, 1, 0x11, 0], [0xff, 0xd9]);

export const gif = (width: number, height: number) => bytes('GIF89a', u16le(width), u16le(height), [0, 0, 0, 0x3b]);

export const webp = (width: number, height: number) => {
  const less = (n: number) => [...u16le((n - 1) & 0xffff), (n - 1) >>> 16];
  const vp8x = bytes('VP8X', [10, 0, 0, 0, 0, 0, 0, 0], less(width), less(height));
  return bytes('RIFF', [vp8x.length + 4, 0, 0, 0], 'WEBP', vp8x);
};

const box = (type: string, ...content: Uint8Array[]) => {
  const inner = bytes(...content);
  return bytes(u32(inner.length + 8), type, inner);
};

export const avif = (width: number, height: number) => {
  const ispe = box('ispe', bytes(u32(0), u32(width), u32(height)));
  const ipma = box('ipma', bytes(u32(0), u32(1), u16(1), [1, 0x81]));
  const iprp = box('iprp', box('ipco', ispe), ipma);
  const pitm = box('pitm', bytes(u32(0), u16(1)));
  return bytes(box('ftyp', bytes('avif', u32(0), 'avifmif1')), box('meta', bytes(u32(0)), pitm, iprp));
};
