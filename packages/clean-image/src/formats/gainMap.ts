import { ascii, be, concat, le, u16, u32 } from '../bytes.ts';

/**
 * Gain maps turn a JPEG into an HDR picture: a second, small JPEG after the first says how much brighter each part may be. Two sets of
 * numbers describe it, in the second image's own segments: ISO 21496-1 and, in XMP, Adobe's `hdrgm`. The first image announces them, and
 * a multi-picture segment (CIPA DC-007) locates the second image.
 */

const ISO = 'urn:iso:std:iso:ts:21496:-1\0';
const XMP = 'http://ns.adobe.com/xap/1.0/\0';
const MPF = 'MPF\0';

const [IS_MULTICHANNEL, HAS_COMMON_DENOMINATOR] = [0x80, 0x08];

export const isIso = (content: Uint8Array) => ascii(content, 0, ISO.length) === ISO;
export const isXmp = (content: Uint8Array) => ascii(content, 0, XMP.length) === XMP;

/** The announcement: the versions that a reader and the writer need. */
export const readIsoVersion = (content: Uint8Array) =>
  content.length >= ISO.length + 4 && be(content, ISO.length, 2) === 0
    ? content.subarray(0, ISO.length + 4)
    : undefined;

/** The numbers of ISO 21496-1, cut to the length that they say they have (C.2). */
export const readIsoNumbers = (content: Uint8Array) => {
  if (!readIsoVersion(content)) return undefined;
  const flags = content[ISO.length + 4] ?? 0;
  const channels = flags & IS_MULTICHANNEL ? 3 : 1;
  const length = flags & HAS_COMMON_DENOMINATOR ? 17 + 20 * channels : 21 + 40 * channels;
  return content.length >= ISO.length + length ? content.subarray(0, ISO.length + length) : undefined;
};

const NUMBERS = [
  ...['Version', 'BaseRenditionIsHDR', 'GainMapMin', 'GainMapMax', 'Gamma', 'OffsetSDR', 'OffsetHDR'],
  ...['HDRCapacityMin', 'HDRCapacityMax'],
];
const VALUE = String.raw`\s*(-?\d{1,12}(?:\.\d{1,20})?(?:[eE][-+]?\d{1,3})?|True|False)\s*`;

/** The values of a parameter, written as an attribute, as an element or as a list of one value a channel. */
const readParameter = (xmp: string, name: string) => {
  const [, attribute] = new RegExp(`hdrgm:${name}=["']${VALUE}["']`).exec(xmp) ?? [];
  if (attribute) return [attribute];
  const [, element = ''] = new RegExp(`<hdrgm:${name}>(.{1,1000}?)</hdrgm:${name}>`, 's').exec(xmp) ?? [];
  const [, single] = new RegExp(`^${VALUE}$`).exec(element) ?? [];
  if (single) return [single];
  return [...element.matchAll(new RegExp(`<rdf:li>${VALUE}</rdf:li>`, 'g'))].map(([, value = '']) => value);
};

/** An XMP segment with these parameters and nothing else of it. */
const rewriteXmp = (content: Uint8Array, names: string[]) => {
  const xmp = ascii(content, XMP.length, content.length);
  const found = names.map((name) => ({ name, values: readParameter(xmp, name) }));
  const attributes = found
    .filter(({ values }) => values.length === 1)
    .map(({ name, values }) => ` hdrgm:${name}="${values[0]}"`);
  const elements = found
    .filter(({ values }) => values.length > 1)
    .map(({ name, values }) => {
      const list = values.slice(0, 3).map((value) => `<rdf:li>${value}</rdf:li>`);
      return `<hdrgm:${name}><rdf:Seq>${list.join('')}</rdf:Seq></hdrgm:${name}>`;
    });
  return concat(
    XMP,
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""',
    ` xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/"${attributes.join('')}>${elements.join('')}</rdf:Description></rdf:RDF></x:xmpmeta>`,
  );
};

/** The announcement in XMP: the version of `hdrgm`. */
export const readXmpVersion = (content: Uint8Array) =>
  readParameter(ascii(content, XMP.length, content.length), 'Version').length
    ? rewriteXmp(content, ['Version'])
    : undefined;

/** The numbers of `hdrgm`, of which a gain map must have its maximum. */
export const readXmpNumbers = (content: Uint8Array) =>
  readParameter(ascii(content, XMP.length, content.length), 'GainMapMax').length
    ? rewriteXmp(content, NUMBERS)
    : undefined;

/** Offsets in an MPF segment count from its TIFF header. */
const TIFF_AT = MPF.length;
const [NUMBER_OF_IMAGES, ENTRIES] = [0xb001, 0xb002];

/** The offset and length of the second image of an MPF segment (CIPA DC-007, 5.2). */
export const readSecondImage = (content: Uint8Array) => {
  if (ascii(content, 0, MPF.length) !== MPF) return undefined;
  const tiff = content.subarray(TIFF_AT);
  const read = ascii(tiff, 0, 4) === 'II*\0' ? le : be;
  const directory = read(tiff, 4, 4);
  for (let i = 0; i < Math.min(read(tiff, directory, 2), 10); i++) {
    const at = directory + 2 + 12 * i;
    if (read(tiff, at, 2) !== ENTRIES || read(tiff, at + 4, 4) < 32) continue;
    const second = read(tiff, at + 8, 4) + 16;
    const image = { offset: read(tiff, second + 8, 4), length: read(tiff, second + 4, 4) };
    return second + 16 <= tiff.length && image.offset && image.length ? image : undefined;
  }
  return undefined;
};

export const MPF_CONTENT_BYTES = TIFF_AT + 82;

/** The content of an MPF segment with two images. */
export const writeMpf = (firstLength: number, second: { offset: number; length: number }) =>
  concat(
    ...[MPF, 'MM\0*', u32(8), u16(3)],
    ...[u16(0xb000), u16(7), u32(4), '0100'],
    ...[u16(NUMBER_OF_IMAGES), u16(4), u32(1), u32(2)],
    ...[u16(ENTRIES), u16(7), u32(32), u32(50), u32(0)],
    ...[u32(0x030000), u32(firstLength), u32(0), u32(0)], // the primary image, a baseline JPEG
    ...[u32(0), u32(second.length), u32(second.offset), u32(0)],
  );
