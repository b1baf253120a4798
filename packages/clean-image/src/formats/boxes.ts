import { ascii, be, concat } from '../bytes.ts';
import { invalid } from '../imageError.ts';

/** A box in a buffer: its head begins at `start`, its content at `body` (ISO/IEC 14496-12, 4.2). */
export type Box = { type: string; start: number; body: number; end: number };

/** Reads the boxes between `from` and `to`, which they must fill. @throws ImageError `invalid` */
export function* boxesIn(bytes: Uint8Array, from: number, to: number): Generator<Box> {
  for (let start = from; start < to; ) {
    const type = ascii(bytes, start + 4, 4);
    const isLong = be(bytes, start, 4) === 1;
    const body = start + (isLong ? 16 : 8);
    const end = start + (isLong ? be(bytes, start + 8, 8) : be(bytes, start, 4));
    if (body > to || end < body || end > to)
      throw invalid('The AVIF has a box that is longer than what contains it.');
    yield { type, start, body, end };
    start = end;
  }
}

/** The first box at this path below another, for example `mdia`, `hdlr`. */
export const findBox = (bytes: Uint8Array, parent: Box, [type, ...rest]: string[]): Box | undefined => {
  if (!type) return parent;
  for (const box of boxesIn(bytes, parent.body, parent.end))
    if (box.type === type) return findBox(bytes, box, rest);
  return undefined;
};

/** Reads numbers from a box, one after the other. @throws ImageError `invalid` if the box is too short */
export const numbersOf = (bytes: Uint8Array, { type, body, end }: Box) => {
  let at = body;
  return (size: number) => {
    if (at + size > end) throw invalid(`The AVIF's ${type} box is too short.`);
    at += size;
    return be(bytes, at - size, size);
  };
};

/** Replaces a box by free space of the same length. */
export const freeBox = (bytes: Uint8Array, { start, body, end }: Box) => {
  bytes.set(concat('free'), start + 4);
  bytes.fill(0, body, end);
};

/** What a `hdlr` box says it handles. @throws ImageError `invalid` */
export const readHandler = (bytes: Uint8Array, { body, end }: Box) => {
  if (end < body + 24) throw invalid("The AVIF's hdlr box is too short.");
  return ascii(bytes, body + 8, 4);
};

/** Overwrites the name in a `hdlr` box, which may be any text. */
export const cleanHandler = (bytes: Uint8Array, { body, end }: Box) => {
  bytes.fill(0, body + 12, end);
};
