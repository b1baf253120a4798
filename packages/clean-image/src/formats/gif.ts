import { ascii, concat, le } from '../bytes.ts';
import { invalid } from '../imageError.ts';
import { checkSize, type ImageInfo, type Limits } from '../imageInfo.ts';
import { forBytes, type Steps, type StreamEditor } from '../streamEditor.ts';

const [IMAGE, EXTENSION, TRAILER] = [0x2c, 0x21, 0x3b];
const [PLAIN_TEXT, GRAPHIC_CONTROL, APPLICATION] = [0x01, 0xf9, 0xff];
const END = concat([TRAILER]);
const LOOPS = ['NETSCAPE2.0', 'ANIMEXTS1.0'];
const PROFILE = 'ICCRGBG1012';
const ANY_LENGTH = 255;
/** The sub-blocks of a graphic control or a loop have 3 to 5 bytes. A longer one could hide a text. */
const CONTROL_LENGTH = 5;

const colourTableSize = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);

/** Copies the sub-blocks of up to `maxLength` bytes and the empty one that ends them; with a `maxLength` of 0 it drops them all. */
function* copySubBlocks(editor: StreamEditor, maxLength: number): Steps {
  for (;;) {
    while (editor.needs(1)) yield;
    const length = 1 + editor.peekByte(0);
    while (editor.needs(length)) yield;
    if (length <= 1 + maxLength && maxLength) editor.copy(length);
    else editor.drop(length);
    if (length === 1) return;
  }
}

/** Copies an extension that affects the picture; drops comments and application data (GIF89a, 23 to 26). */
function* cleanExtension(editor: StreamEditor): Steps {
  while (editor.needs(3)) yield;
  const label = editor.peekByte(1);
  const isApplication = label === APPLICATION && editor.peekByte(2) === 11;
  const headLength = isApplication ? 14 : 2;
  while (editor.needs(headLength)) yield;
  const name = isApplication ? ascii(editor.peek(headLength), 3, 11) : '';
  let maxLength = 0;
  if (label === PLAIN_TEXT || name === PROFILE) maxLength = ANY_LENGTH;
  if (label === GRAPHIC_CONTROL || LOOPS.includes(name)) maxLength = CONTROL_LENGTH;
  if (maxLength) editor.copy(headLength);
  else editor.drop(headLength);
  yield* copySubBlocks(editor, maxLength);
}

/** Cleans a GIF block by block (GIF89a, 17 to 27). @throws ImageError `invalid` */
export function* cleanGif(editor: StreamEditor, limits: Limits): Steps<ImageInfo> {
  while (editor.needs(13)) yield;
  const screen = editor.peek(13);
  let [width, height] = [le(screen, 6, 2), le(screen, 8, 2)];
  if (width && height) checkSize(width, height, limits);
  yield* forBytes(editor, 13 + colourTableSize(editor.peekByte(10)), editor.copy);

  let frames = 0;
  for (;;) {
    while (editor.needs(1) && !(frames && editor.hasEnded())) yield;
    if (editor.needs(1)) break; // old programs leave the trailer out
    const block = editor.peekByte(0);
    if (block === EXTENSION) yield* cleanExtension(editor);
    else if (block === IMAGE) {
      while (editor.needs(10)) yield;
      const frame = editor.peek(10);
      const [right, bottom] = [le(frame, 1, 2) + le(frame, 5, 2), le(frame, 3, 2) + le(frame, 7, 2)];
      // browsers show a first frame whose screen has no size
      width ||= right;
      height ||= bottom;
      checkSize(Math.max(width, right), Math.max(height, bottom), limits);
      yield* forBytes(editor, 10 + colourTableSize(editor.peekByte(9)) + 1, editor.copy);
      yield* copySubBlocks(editor, ANY_LENGTH);
      frames++;
    } else if (block === TRAILER || frames)
      break; // browsers take garbage after a frame for the end
    else throw invalid(`The GIF is damaged: expected a block at byte ${editor.position()}.`);
  }
  if (!frames) throw invalid('The GIF contains no picture.');
  editor.insert(END);
  return { width, height, frames, orientation: 1, takenAt: null };
}
