import { box, bytes } from './fixtures.ts';

type Mini = {
  width: number;
  height: number;
  orientation?: number;
  data: Buffer;
  alpha?: Buffer;
  icc?: Buffer;
  exif?: Buffer;
  xmp?: Buffer;
  isCompressed?: boolean;
  /** A gain map with its metadata, and properties of every kind. */
  gainMap?: { metadata: Buffer; data: Buffer };
};

/** An AVIF with a `mini` box (ISO/IEC 23008-12, Annex O): 4:2:0, 10 bits. */
export const mini = ({ orientation = 1, isCompressed = false, ...image }: Mini) => {
  const bits: number[] = [];
  const put = (value: number, count: number) => {
    for (let i = count - 1; i >= 0; i--) bits.push(Math.floor(value / 2 ** i) & 1);
  };
  const flag = (value: unknown) => put(value ? 1 : 0, 1);
  const config = bytes([0x81, 0x20, 0x0c, 0]);
  const { data, alpha, icc, exif, xmp, gainMap } = image;

  put(0, 2); // version
  for (const value of [false, false, true, alpha, true, gainMap, icc, exif, xmp]) flag(value);
  put(1, 2); // 4:2:0
  put(orientation - 1, 3);
  flag(true); // large dimensions
  put(image.width - 1, 15);
  put(image.height - 1, 15);
  put(2, 2); // chroma position
  put(0b1001, 4); // 10 bits
  if (alpha) flag(false);
  put(0x01_0d_06, 24); // primaries, transfer and matrix
  if (gainMap) {
    flag(true);
    put(5, 15);
    put(3, 15);
    put(6, 8); // matrix
    put(0b1_11_0_0_0_1, 7); // full range, 4:4:4, integers, 8 bits, no profile, primaries
    put(0, 25);
    for (let i = 0; i < 2; i++) {
      put(0b111111, 6);
      put(0, 32 + 8 * 16 + 2 * 32); // clli, mdcv
      put(0b00111100, 8); // cclv with all its values
      put(0, 6 * 32 + 3 * 32);
      put(0, 64 + 128 + 32); // amve, reve, ndwt
    }
  }
  if (icc || exif || xmp || gainMap) flag(true);
  flag(false); // short configurations
  flag(true); // long data
  if (icc) put(icc.length - 1, 20);
  if (gainMap) {
    put(gainMap.metadata.length, 20);
    put(gainMap.data.length, 28);
    put(0, 3);
  }
  put(config.length, 3);
  put(data.length - 1, 28);
  if (alpha) {
    put(alpha.length, 28);
    put(config.length, 3);
  }
  if (exif || xmp) flag(isCompressed);
  if (exif) put(exif.length - 1, 20);
  if (xmp) put(xmp.length - 1, 20);
  while (bits.length % 8) bits.push(0);
  const header = bytes(
    Array.from({ length: bits.length / 8 }, (_, i) =>
      Number.parseInt(bits.slice(8 * i, 8 * i + 8).join(''), 2),
    ),
  );
  const parts = [config, alpha && config, icc, gainMap?.metadata, alpha, gainMap?.data, data, exif, xmp];
  return bytes(
    box('ftyp', 'mif3', 'avif'),
    box('mini', header, ...parts.filter((part) => part !== undefined)),
  );
};
