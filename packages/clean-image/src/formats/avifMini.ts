import type { Exif } from '../exif.ts';
import { invalid } from '../imageError.ts';
import { checkSize, type ImageInfo, type Limits } from '../imageInfo.ts';
import { forBytes, type Steps, type StreamEditor } from '../streamEditor.ts';
import { cleanExif } from './avifData.ts';
import { createBitReader } from './bits.ts';

type Bits = ReturnType<typeof createBitReader>;

/** More than the bit fields of a `mini` box can take. */
const MAX_HEADER_BYTES = 512;

/** Whether chroma is centred: 4:2:0 says it for both directions, 4:2:2 for one. */
const skipChromaPosition = (bits: Bits, subsampling: number) => bits.skip([0, 2, 1, 0][subsampling] ?? 0);

const skipBitDepth = (bits: Bits, isFloat: boolean) => {
  if (isFloat) bits.skip(2);
  else if (bits.flag()) bits.skip(3);
};

/** Light levels, colour volumes and viewing environments. */
const skipHdrProperties = (bits: Bits) => {
  const [clli, mdcv, cclv, amve, reve, ndwt] = Array.from({ length: 6 }, bits.flag);
  if (clli) bits.skip(32);
  if (mdcv) bits.skip(8 * 16 + 2 * 32);
  if (cclv) {
    bits.skip(2);
    const [primaries, min, max, average] = Array.from({ length: 4 }, bits.flag);
    bits.skip(2 + (primaries ? 6 * 32 : 0) + 32 * [min, max, average].filter(Boolean).length);
  }
  if (amve) bits.skip(64);
  if (reve) bits.skip(128);
  if (ndwt) bits.skip(32);
};

const clearBit = (bytes: Uint8Array, at: number) => {
  bytes[at >> 3] = (bytes[at >> 3] ?? 0) & ~(0x80 >> (at & 7));
};

/** Reads the size, the orientation, and how many bytes follow before and in the metadata. */
const readHeader = (bytes: Uint8Array) => {
  const bits = createBitReader(bytes);
  if (bits.read(2) !== 0) throw invalid("The AVIF's mini box has an unknown version.");
  const [hasTypes, isFloat, , hasAlpha, hasCicp, hasHdr, hasIcc, hasExif, hasXmp] = Array.from(
    { length: 9 },
    bits.flag,
  );
  const subsampling = bits.read(2);
  const orientation = 1 + bits.read(3);
  const sideBits = bits.flag() ? 15 : 7;
  const [width, height] = [1 + bits.read(sideBits), 1 + bits.read(sideBits)];
  skipChromaPosition(bits, subsampling);
  skipBitDepth(bits, isFloat === true);
  if (hasAlpha) bits.skip(1);
  if (hasCicp) bits.skip(subsampling ? 24 : 16);
  if (hasTypes) bits.skip(64);

  const hasGainMap = hasHdr === true && bits.flag();
  let hasGainMapIcc = false;
  if (hasGainMap) {
    bits.skip(2 * sideBits + 8 + 1);
    skipChromaPosition(bits, bits.read(2));
    skipBitDepth(bits, bits.flag());
    hasGainMapIcc = bits.flag();
    if (bits.flag()) bits.skip(25);
  }
  if (hasHdr) skipHdrProperties(bits);
  if (hasGainMap) skipHdrProperties(bits);

  const hasMetadata = hasIcc || hasExif || hasXmp || hasGainMap;
  const metadataBits = hasMetadata && bits.flag() ? 20 : 10;
  const configBits = bits.flag() ? 12 : 3;
  const dataBits = bits.flag() ? 28 : 15;
  let before = 0; // bytes between the header and the Exif block
  if (hasIcc) before += 1 + bits.read(metadataBits);
  if (hasGainMapIcc) before += 1 + bits.read(metadataBits);
  if (hasGainMap) {
    before += bits.read(metadataBits);
    const data = bits.read(dataBits);
    before += data + (data ? bits.read(configBits) : 0);
  }
  before += bits.read(configBits);
  before += 1 + bits.read(dataBits);
  if (hasAlpha) {
    const data = bits.read(dataBits);
    before += data + (data ? bits.read(configBits) : 0);
  }
  const compressedAt = bits.position();
  if (hasExif || hasXmp) bits.skip(1);
  const exif = hasExif ? 1 + bits.read(metadataBits) : 0;
  const xmp = hasXmp ? 1 + bits.read(metadataBits) : 0;
  if (exif || xmp) clearBit(bytes, compressedAt); // what remains of them is not compressed
  return { width, height, orientation, header: Math.ceil(bits.position() / 8), before, exif, xmp };
};

/**
 * Cleans the content of a `mini` box, which replaces `meta` in small files (ISO/IEC 23008-12, Annex O). Exif and XMP come last, so
 * everything before them is copied.
 * @throws ImageError `invalid`
 */
export function* cleanMini(editor: StreamEditor, length: number, limits: Limits): Steps<ImageInfo> {
  const read = Math.min(length, MAX_HEADER_BYTES);
  while (editor.needs(read)) yield;
  const start = editor.peek(read).slice();
  const { width, height, orientation, header, before, exif, xmp } = readHeader(start);
  if (header + before + exif + xmp !== length) throw invalid("The AVIF's mini box has an unexpected length.");
  checkSize(width, height, limits);
  editor.drop(header);
  editor.insert(start.subarray(0, header));
  yield* forBytes(editor, before, editor.copy);
  const found: Exif | undefined = exif ? yield* cleanExif(editor, exif, 0) : undefined;
  yield* forBytes(editor, xmp, editor.zero);
  return { width, height, frames: 1, orientation, takenAt: found?.takenAt ?? null };
}
