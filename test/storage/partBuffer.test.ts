import { afterEach, expect, it, vi } from 'vitest';
import { openPart as open, PART } from '../../src/storage/partBuffer.ts';

const MEBIBYTE = 1024 * 1024;
const openPart = (wait = 60_000) => open({ PART_BUFFER_WAIT_MS: wait, BODY_STALL_MS: 60_000 });
const opened: ReturnType<typeof openPart>[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const part of opened.splice(0)) part.drop();
});

/** A part that contains this many bytes of this value. */
const filled = async (value: number, size = MEBIBYTE) => {
  const part = openPart();
  opened.push(part);
  expect(await part.add(new Uint8Array(size).fill(value))).toHaveLength(0);
  return part;
};
const later = (milliseconds: number) => {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(Date.now() + milliseconds);
};

it('accepts what fits into a part, and no more', async () => {
  const part = openPart();
  const rest = await part.add(new Uint8Array(PART + 3).fill(1));
  expect([rest.length, part.isWhole(), part.bytes().length]).toEqual([3, true, PART]);
  part.clear();
  expect([part.isWhole(), part.bytes().length]).toEqual([false, 0]);
  await part.add(rest);
  expect(part.bytes()).toEqual(new Uint8Array(3).fill(1));
});

it('reuses a buffer when it has been returned, and never before', async () => {
  const first = await filled(1);
  const { buffer } = first.bytes();
  const second = await filled(2);
  expect(second.bytes().buffer).not.toBe(buffer);
  first.clear();
  const third = await filled(3);
  expect(third.bytes().buffer).toBe(buffer);
  expect(second.bytes().every((byte) => byte === 2)).toBe(true);
});

it('does not reuse a buffer that was dropped or belongs to a slow client', async () => {
  const dropped = await filled(1);
  dropped.drop();
  const slow = await filled(2);
  later(80_000);
  const others = await Promise.all([3, 4, 5, 6].map((value) => filled(value)));
  const buffers = [dropped, slow, ...others].map((part) => part.bytes().buffer);
  expect(new Set(buffers).size).toBe(buffers.length);
  expect(slow.bytes().every((byte) => byte === 2)).toBe(true);
});

it('waits for fast clients, refuses what an isolate cannot hold, and forgets ended requests', async () => {
  for (let i = 0; i < 12; i += 4) {
    await Promise.all([0, 1, 2, 3].map((value) => filled(value)));
    later(6_000);
  }
  const refused = openPart(50).add(new Uint8Array(MEBIBYTE));
  await expect(refused).rejects.toMatchObject({ code: 'unavailable' });
  await filled(1, 1_000); // small ones need no buffer
  later(90_000);
  await filled(2);
});
