import { bytes, SECRET, segment, u16, u32 } from './fixtures.ts';
import { jpeg } from './small.ts';

const ISO = 'urn:iso:std:iso:ts:21496:-1\0';
const XMP = 'http://ns.adobe.com/xap/1.0/\0';
const one = [...u32(1), ...u32(1)];
const zero = [...u32(0), ...u32(1)];

export const isoVersion = segment(0xe2, ISO, u32(0));
/** Flags, the headroom of both pictures, then minimum, maximum, gamma and offsets. */
export const isoNumbers = segment(
  0xe2,
  ISO,
  u32(0),
  [0x40],
  zero,
  [...u32(2), ...u32(1)],
  zero,
  one,
  one,
  zero,
  zero,
);

const description = (attributes: string, elements = '') =>
  segment(
    0xe1,
    XMP,
    `<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Adobe XMP Core 5.1.2"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:creator="${SECRET}" dc:rights="${SECRET}" ${attributes}>${elements}</rdf:Description></rdf:RDF></x:xmpmeta>`,
  );
export const xmpVersion = description('hdrgm:Version="1.0"');
const numbers =
  'hdrgm:Version="1.0" hdrgm:GainMapMin="0.0" hdrgm:Gamma="1.0" hdrgm:OffsetSDR="0.015625" hdrgm:OffsetHDR="0.015625" hdrgm:HDRCapacityMin="0" hdrgm:HDRCapacityMax="2.3" hdrgm:BaseRenditionIsHDR="False"';
export const xmpNumbers = description(`${numbers} hdrgm:GainMapMax="2.3"`);
/** One maximum a channel, which libultrahdr does not read. */
export const xmpChannels = description(
  numbers,
  `<hdrgm:GainMapMax><rdf:Seq><rdf:li>1.5</rdf:li><rdf:li>1.6</rdf:li><rdf:li>2.3</rdf:li></rdf:Seq></hdrgm:GainMapMax><dc:title>${SECRET}</dc:title>`,
);

const mpf = (firstLength: number, offset: number, length: number) =>
  segment(
    0xe2,
    ...['MPF\0', 'MM\0*', u32(8), u16(3)],
    ...[u16(0xb000), u16(7), u32(4), '0100', u16(0xb001), u16(4), u32(1), u32(2)],
    ...[u16(0xb002), u16(7), u32(32), u32(50), u32(0)],
    ...[u32(0x030000), u32(firstLength), u32(0), u32(0), u32(0), u32(length), u32(offset), u32(0)],
  );

type Parts = {
  /** Segments of the first image before its MPF segment, and after. */
  before: Buffer[];
  after?: Buffer[];
  /** Segments of the second image. */
  second: Buffer[];
  gap?: Buffer;
};

/** A JPEG with a gain map: its first image is `small.ts`'s, and so is its second. */
export const withGainMap = ({ before, after = [], second, gap = bytes() }: Parts) => {
  const start = bytes(jpeg.subarray(0, 2), ...before);
  const end = bytes(...after, jpeg.subarray(2), gap);
  const gainMap = bytes(jpeg.subarray(0, 2), ...second, jpeg.subarray(2));
  const mpfLength = mpf(0, 0, 0).length;
  const firstLength = start.length + mpfLength + end.length;
  return bytes(start, mpf(firstLength, mpfLength - 8 + end.length, gainMap.length), end, gainMap);
};

/** Where the MPF segment says that the second image is. */
export const secondImage = (file: Buffer) => {
  const tiff = file.indexOf('MPF\0') + 4;
  const start = tiff + file.readUInt32BE(tiff + 50 + 24);
  return file.subarray(start, start + file.readUInt32BE(tiff + 50 + 20));
};
