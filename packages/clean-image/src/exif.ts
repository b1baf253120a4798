import { ascii, be, concat, le, u16, u32 } from './bytes.ts';

/** How much of an Exif block is read. Cameras write up to 64 KiB. */
export const MAX_EXIF_BYTES = 256 * 1024;

export type Exif = { orientation: number; takenAt: string | null };

const [ORIENTATION, DATE_TIME, EXIF_IFD] = [0x0112, 0x0132, 0x8769];
/** DateTimeOriginal and DateTimeDigitized, each with its OffsetTime. */
const TAKEN = [
  [0x9003, 0x9011],
  [0x9004, 0x9012],
] as const;
const OFFSET_TIME = 0x9010;
const [ASCII, SHORT] = [2, 3];
/** Bytes a number by TIFF type: BYTE, SHORT, LONG. The orientation should be a SHORT; some writers use the others. */
const NUMBER_SIZES: Record<number, number> = { 1: 1, [SHORT]: 2, 4: 4 };

/** Converts an Exif date to ISO 8601; `null` if it is not a date of the calendar. */
const parseDate = (date = '', offset = '') => {
  const [, day, time] = /^([12]\d{3}:\d\d:\d\d) (\d\d:\d\d:\d\d)/.exec(date) ?? [];
  if (!day) return null;
  const iso = `${day.replaceAll(':', '-')}T${time}`;
  const instant = new Date(`${iso}Z`);
  if (Number.isNaN(instant.getTime()) || !instant.toISOString().startsWith(iso)) return null;
  return iso + (/^[+-](0\d|1[0-4]):[0-5]\d/.exec(offset)?.[0] ?? '');
};

/**
 * Reads the orientation and the date from an Exif block in TIFF form, with or without `Exif\0\0` before it (CIPA DC-008, 4.5 and 4.6).
 * It reads two directories and follows no other pointer, so the work is bounded by the block's length. Unreadable values count as absent.
 */
export const readExif = (block: Uint8Array): Exif => {
  const tiff = ascii(block, 0, 6) === 'Exif\0\0' ? block.subarray(6) : block;
  const byteOrder = ascii(tiff, 0, 4);
  if (byteOrder !== 'II*\0' && byteOrder !== 'MM\0*') return { orientation: 1, takenAt: null };
  const read = byteOrder === 'II*\0' ? le : be;
  const number = (at: number, size: number) => read(tiff, at, size);

  /** The position of each tag's entry. */
  const readDirectory = (at: number) => {
    const entries = new Map<number, number>();
    const end = Math.min(at + 2 + 12 * number(at, 2), tiff.length - 11);
    for (let entry = at + 2; entry < end; entry += 12) {
      const tag = number(entry, 2);
      if (!entries.has(tag)) entries.set(tag, entry);
    }
    return entries;
  };
  const readText = (entry: number | undefined) => {
    if (entry === undefined || number(entry + 2, 2) !== ASCII) return undefined;
    const count = number(entry + 4, 4);
    return ascii(tiff, count > 4 ? number(entry + 8, 4) : entry + 8, Math.min(count, 32));
  };

  const main = readDirectory(number(4, 4));
  const pointer = main.get(EXIF_IFD);
  const inner = pointer === undefined ? new Map<number, number>() : readDirectory(number(pointer + 8, 4));
  const entry = main.get(ORIENTATION) ?? tiff.length;
  const orientation = number(entry + 8, NUMBER_SIZES[number(entry + 2, 2)] ?? 0);
  const dates = TAKEN.map(([date, offset]) =>
    parseDate(readText(inner.get(date)), readText(inner.get(offset))),
  );
  return {
    orientation: orientation >= 1 && orientation <= 8 ? orientation : 1,
    takenAt:
      dates[0] ?? dates[1] ?? parseDate(readText(main.get(DATE_TIME)), readText(inner.get(OFFSET_TIME))),
  };
};

/** The smallest Exif block: one directory with one entry, the orientation. */
export const writeExif = (orientation: number) =>
  concat('MM\0*', u32(8), u16(1), u16(ORIENTATION), u16(SHORT), u32(1), u16(orientation), u16(0), u32(0));

/** Replaces a block by the smallest one, written at `at`, and zeros. A block that is too short for it becomes zeros. */
export const overwriteExif = (block: Uint8Array, at: number): Exif => {
  const exif = readExif(block.subarray(at));
  const smallest = writeExif(exif.orientation);
  block.fill(0);
  if (at + smallest.length <= block.length) block.set(smallest, at);
  return exif;
};
