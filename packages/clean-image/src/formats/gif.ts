import { ascii, le } from '../bytes.ts';
import { checkSize, type ImageInfo, invalid, type Limits } from '../imageInfo.ts';
import { across, type Tape, type Walk } from '../streamEditor.ts';

const [IMAGE, EXTENSION, TRAILER] = [0x2c, 0x21, 0x3b];
const [PLAIN_TEXT, GRAPHIC_CONTROL, APPLICATION] = [0x01, 0xf9, 0xff];
const LOOPS = ['NETSCAPE2.0', 'ANIMEXTS1.0'];
const PROFILE = 'ICCRGBG1012';
const ALL = 255;
/** The sub-blocks of a graphic control and of a loop have 3 to 5 bytes; a text does not hide in longer ones. */
const FEW = 5;

const tableSize = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);

/** Walks over sub-blocks to the empty one that ends them, and passes those of up to `most` bytes; the last as well, unless none may pass. */
function* passSubBlocks(tape: Tape, most: number): Walk {
  for (;;) {
    while (tape.lacks(1)) yield;
    const length = 1 + tape.peek(0);
    while (tape.lacks(length)) yield;
    if (length <= 1 + most && most) tape.pass(length);
    else tape.skip(length);
    if (length === 1) return;
  }
}

/** An extension (GIF89a, 23 to 26): what shows the picture stays, comments and the data of programs go. */
function* passExtension(tape: Tape): Walk {
  while (tape.lacks(3)) yield;
  const label = tape.peek(1);
  const isApplication = label === APPLICATION && tape.peek(2) === 11;
  const head = isApplication ? 14 : 2;
  while (tape.lacks(head)) yield;
  const name = isApplication ? ascii(tape.ahead(head), 3, 11) : '';
  let most = 0;
  if (label === PLAIN_TEXT || name === PROFILE) most = ALL;
  if (label === GRAPHIC_CONTROL || LOOPS.includes(name)) most = FEW;
  if (most) tape.pass(head);
  else tape.skip(head);
  yield* passSubBlocks(tape, most);
}

/** Walks a GIF from block to block (GIF89a, 17 to 27). @throws ImageError `invalid` */
export function* walkGif(tape: Tape, limits: Limits): Walk<ImageInfo> {
  while (tape.lacks(13)) yield;
  const screen = tape.ahead(13);
  const [width, height] = [le(screen, 6, 2), le(screen, 8, 2)];
  checkSize(width, height, limits);
  yield* across(tape, 13 + tableSize(tape.peek(10)), tape.pass);

  let frames = 0;
  for (;;) {
    while (tape.lacks(1)) yield;
    const block = tape.peek(0);
    if (block === TRAILER) break;
    if (block === EXTENSION) yield* passExtension(tape);
    else if (block === IMAGE) {
      while (tape.lacks(10)) yield;
      const frame = tape.ahead(10);
      const [right, bottom] = [le(frame, 1, 2) + le(frame, 5, 2), le(frame, 3, 2) + le(frame, 7, 2)];
      checkSize(Math.max(width, right), Math.max(height, bottom), limits);
      yield* across(tape, 10 + tableSize(tape.peek(9)) + 1, tape.pass);
      yield* passSubBlocks(tape, ALL);
      frames++;
    } else throw invalid(`The GIF has no block at byte ${tape.position()}.`);
  }
  if (!frames) throw invalid('The GIF has no picture: its trailer comes first.');
  tape.pass(1);
  return { width, height, frames, orientation: 1, takenAt: null };
}
