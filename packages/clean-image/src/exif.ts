import { ascii, be, joined, le, u16, u32 } from './bytes.ts';

/** How much of an Exif block is held and read; cameras write one of up to 64 KiB. */
export const EXIF_MOST = 256 * 1024;

export type Exif = { orientation: number; takenAt: string | null };

const [ORIENTATION, DATE_TIME, EXIF_IFD] = [0x0112, 0x0132, 0x8769];
/** DateTimeOriginal and DateTimeDigitized, each with its OffsetTime. */
const TAKEN = [
  [0x9003, 0x9011],
  [0x9004, 0x9012],
] as const;
const OFFSET_TIME = 0x9010;
const [ASCII, SHORT] = [2, 3];
/** How many bytes a number of each type has: BYTE, SHORT, LONG. Writers are to use SHORT for the orientation. */
const NUMBERS: Record<number, number> = { 1: 1, [SHORT]: 2, 4: 4 };

/** A date as Exif writes it, in ISO 8601; nothing for what no calendar has. */
const readDate = (date = '', offset = '') => {
  const [, day, time] = /^([12]\d{3}:\d\d:\d\d) (\d\d:\d\d:\d\d)/.exec(date) ?? [];
  if (!day) return null;
  const iso = `${day.replaceAll(':', '-')}T${time}`;
  const instant = new Date(`${iso}Z`);
  if (Number.isNaN(instant.getTime()) || !instant.toISOString().startsWith(iso)) return null;
  return iso + (/^[+-](0\d|1[0-4]):[0-5]\d/.exec(offset)?.[0] ?? '');
};

/**
 * The orientation and the time of a TIFF-shaped Exif block, with or without `Exif\0\0` before it (CIPA DC-008, 4.5 and 4.6). Two
 * directories are read and no pointer is followed further, so its work is bounded by the block's length. What cannot be read is absent.
 */
export const readExif = (block: Uint8Array): Exif => {
  const tiff = ascii(block, 0, 6) === 'Exif\0\0' ? block.subarray(6) : block;
  const order = ascii(tiff, 0, 4);
  if (order !== 'II*\0' && order !== 'MM\0*') return { orientation: 1, takenAt: null };
  const read = order === 'II*\0' ? le : be;
  const number = (at: number, size: number) => read(tiff, at, size);

  /** Where each tag's entry stands. */
  const directory = (at: number) => {
    const entries = new Map<number, number>();
    const past = Math.min(at + 2 + 12 * number(at, 2), tiff.length - 11);
    for (let entry = at + 2; entry < past; entry += 12) {
      const tag = number(entry, 2);
      if (!entries.has(tag)) entries.set(tag, entry);
    }
    return entries;
  };
  const text = (entry: number | undefined) => {
    if (entry === undefined || number(entry + 2, 2) !== ASCII) return undefined;
    const count = number(entry + 4, 4);
    return ascii(tiff, count > 4 ? number(entry + 8, 4) : entry + 8, Math.min(count, 32));
  };

  const main = directory(number(4, 4));
  const pointer = main.get(EXIF_IFD);
  const inner = pointer === undefined ? new Map<number, number>() : directory(number(pointer + 8, 4));
  const oriented = main.get(ORIENTATION) ?? tiff.length;
  const orientation = number(oriented + 8, NUMBERS[number(oriented + 2, 2)] ?? 0);
  const dates = TAKEN.map(([date, offset]) => readDate(text(inner.get(date)), text(inner.get(offset))));
  return {
    orientation: orientation >= 1 && orientation <= 8 ? orientation : 1,
    takenAt: dates[0] ?? dates[1] ?? readDate(text(main.get(DATE_TIME)), text(inner.get(OFFSET_TIME))),
  };
};

/** The least Exif block there is: one directory whose one entry is the orientation. */
export const writeExif = (orientation: number) =>
  joined('MM\0*', u32(8), u16(1), u16(ORIENTATION), u16(SHORT), u32(1), u16(orientation), u16(0), u32(0));

/** Leaves of a block, from `at` on, the least one, and zeros up to the length it has; too short a one had no orientation. */
export const overwriteExif = (block: Uint8Array, at: number): Exif => {
  const exif = readExif(block.subarray(at));
  const least = writeExif(exif.orientation);
  block.fill(0);
  if (at + least.length <= block.length) block.set(least, at);
  return exif;
};
