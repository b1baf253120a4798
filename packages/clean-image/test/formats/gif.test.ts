import { expect, test } from 'vitest';
import { clean, expectInvalid } from '../support/cleaning.ts';
import { bytes, SECRET } from '../support/fixtures.ts';
import { gif } from '../support/small.ts';

test('keeps loops and the profile; drops other application data and long sub-blocks', async () => {
  const screenEnd = 13 + 3 * 2 ** (((gif[10] ?? 0) & 7) + 1);
  const [screen, rest] = [gif.subarray(0, screenEnd), gif.subarray(screenEnd)];
  const application = (name: string, data: string) => bytes('!\xff\x0b', name, [data.length], data, [0]);
  const kept = bytes(
    application('NETSCAPE2.0', '\x01\x05\0'),
    application('ANIMEXTS1.0', '\x01\x05\0'),
    application('ICCRGBG1012', 'not a profile'),
  );
  const dropped = bytes(application('NETSCAPE2.1', SECRET), '!\xce', [SECRET.length], SECRET, [0]);
  const { out } = await clean([bytes(screen, dropped, kept, application('NETSCAPE2.0', SECRET), rest)]);
  expect(out.equals(bytes(screen, kept, '!\xff\x0bNETSCAPE2.0\0', rest))).toBe(true);
});

test('ends at garbage after a frame, as browsers do', async () => {
  const whole = (await clean([gif])).out;
  for (const garbage of [[0], [0xff, 0xd8], [0x2d, 1, 2, 3]]) {
    const { out, info } = await clean([bytes(gif.subarray(0, -1), garbage, SECRET)]);
    expect([out.equals(whole), info.frames]).toEqual([true, 1]);
  }
});

test('adds a missing trailer after a whole frame, as old programs leave it out', async () => {
  const whole = (await clean([gif])).out;
  const { out, info } = await clean([gif.subarray(0, -1)]);
  expect([out.equals(whole), info.frames]).toEqual([true, 1]);
});

test('takes the size of the first frame if the screen has none', async () => {
  const file = Buffer.from(gif);
  file.fill(0, 6, 10);
  const { out, info } = await clean([file]);
  expect(info).toMatchObject({ width: 12, height: 8 });
  expect((await clean([out])).out.equals(out)).toBe(true);
});

test.each([
  ['without a frame', bytes(gif.subarray(0, 10), [0, 0, 0], ';'), 'contains no picture'],
  ['of nothing', bytes('GIF89a', Buffer.alloc(7), ';'), 'contains no picture'],
  ['without width', bytes('GIF89a', Buffer.alloc(7), [0x2c], Buffer.alloc(9)), 'a width or height of zero'],
  ['with a large screen', bytes('GIF89a', [255, 255, 255, 255, 0, 0, 0]), 'megapixels'],
  [
    'with a large frame',
    bytes('GIF89a', [1, 0, 1, 0, 0, 0, 0, 0x2c], Buffer.alloc(4), [255, 255, 255, 255, 0]),
    'megapixels',
  ],
  ['of garbage', bytes('GIF89a', [1, 0, 1, 0, 0, 0, 0], '<'), 'expected a block at byte 13'],
  ['that ends within a frame', gif.subarray(0, -2), 'The GIF ends within a block.'],
])('refuses a GIF %s', async (_, file, message) => {
  await expectInvalid(file, message);
});
