import { ascii } from '../bytes.ts';
import { type Exif, readExif, writeExif } from '../exif.ts';
import {
  isIso,
  isXmp,
  MPF_CONTENT_BYTES,
  readIsoNumbers,
  readIsoVersion,
  readSecondImage,
  readXmpNumbers,
  readXmpVersion,
  writeMpf,
} from './gainMap.ts';
import { APP0, APP1, APP2, APP14, segment } from './jpegMarkers.ts';

/** Where an ICC profile has its signature, `acsp` (ICC.1, 7.2). */
const ICC_SIGNATURE = 36;

/** Where a segment begins, in the file and in the output. */
type Position = { input: number; output: number };

/** What replaces a segment; nothing if it goes. */
export type Filter = (marker: number, whole: Uint8Array, at: Position) => Uint8Array | undefined;

/** Where a gain map is in the file, and where it goes. */
export type GainMapPlace = { input: number; output: number; length: number };

/** Keeps what a decoder needs to show the pixels: JFIF without its thumbnail, the colour profile, and Adobe's colour transform. */
const createPictureFilter = (): Filter => {
  let hasJfif = false;
  let hasProfile = false;
  return (marker, whole) => {
    const content = whole.subarray(4);
    if (marker === APP0 && !hasJfif && content.length >= 14 && ascii(content, 0, 5) === 'JFIF\0') {
      hasJfif = true;
      return segment(APP0, content.subarray(0, 12), [0, 0]);
    }
    if (marker === APP2 && ascii(content, 0, 12) === 'ICC_PROFILE\0') {
      if (content[12] === 1) hasProfile = ascii(content, 14 + ICC_SIGNATURE, 4) === 'acsp';
      return hasProfile ? whole : undefined;
    }
    if (marker === APP14 && content.length >= 12 && ascii(content, 0, 5) === 'Adobe')
      return segment(APP14, content.subarray(0, 12));
    return undefined;
  };
};

type Read = (content: Uint8Array) => Uint8Array | undefined;

/** Keeps what these find in the first ISO 21496-1 segment and in the first XMP segment: an image has one of each. */
const createDescriptionFilter = (readIso: Read, readXmp: Read) => {
  const seen = { iso: false, xmp: false };
  let hasFound = false;
  const filter: Filter = (marker, whole) => {
    const content = whole.subarray(4);
    const isOfIso = marker === APP2 && isIso(content);
    const isOfXmp = marker === APP1 && isXmp(content);
    if ((isOfIso && seen.iso) || (isOfXmp && seen.xmp)) return undefined;
    seen.iso ||= isOfIso;
    seen.xmp ||= isOfXmp;
    const kept = (isOfIso && readIso(content)) || (isOfXmp && readXmp(content)) || undefined;
    hasFound ||= kept !== undefined;
    return kept && segment(marker, kept);
  };
  return { filter, hasFound: () => hasFound };
};

/** Chooses what to keep of the first image's metadata: also the orientation from the first Exif block, and where a gain map is. */
export const createMetadataFilter = () => {
  const filterPicture = createPictureFilter();
  const announcement = createDescriptionFilter(readIsoVersion, readXmpVersion);
  let exif: Exif | undefined;
  let gainMap: GainMapPlace | undefined;

  const filterMpf: Filter = (marker, whole, at) => {
    const second = marker === APP2 && !gainMap && readSecondImage(whole.subarray(4));
    if (!second || !announcement.hasFound()) return undefined;
    // the same number of bytes follows this segment up to the gain map, whatever is dropped of them
    const between = 8 + second.offset - whole.length;
    if (between <= 0) return undefined;
    const offset = MPF_CONTENT_BYTES - 4 + between;
    const output = at.output + 8 + offset;
    gainMap = { input: at.input + 8 + second.offset, output, length: second.length };
    return segment(APP2, writeMpf(output, { ...second, offset }));
  };

  return {
    exif: () => exif ?? { orientation: 1, takenAt: null },
    gainMap: () => gainMap,
    filter: ((marker, whole, at) => {
      if (marker === APP1 && !exif && ascii(whole, 4, 6) === 'Exif\0\0') {
        exif = readExif(whole.subarray(4));
        return exif.orientation === 1 ? undefined : segment(APP1, 'Exif\0\0', writeExif(exif.orientation));
      }
      return (
        filterPicture(marker, whole, at) ??
        announcement.filter(marker, whole, at) ??
        filterMpf(marker, whole, at)
      );
    }) satisfies Filter,
  };
};

/** Chooses what to keep of a gain map's metadata: also the numbers that describe it. */
export const createGainMapFilter = () => {
  const filterPicture = createPictureFilter();
  const numbers = createDescriptionFilter(readIsoNumbers, readXmpNumbers);
  return {
    isDescribed: numbers.hasFound,
    filter: ((marker, whole, at) =>
      filterPicture(marker, whole, at) ?? numbers.filter(marker, whole, at)) satisfies Filter,
  };
};
