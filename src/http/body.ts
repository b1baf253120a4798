import { createMiddleware } from 'hono/factory';
import { ApiError } from '../errors.ts';
import { readWhole } from '../storage/bytes.ts';
import { withTimeout } from '../storage/requestBudget.ts';
import type { Context } from './context.ts';

const CHUNK = 256 * 1024;
/** For how long what is refused is read on, in milliseconds. */
const PATIENCE = 10_000;
const SMALL = 64 * 1024;
/** How long a chunk may take to arrive, in milliseconds. */
const STALL = 60_000;

/** Reads on and throws away: a client that is still sending would see a reset connection instead of the answer. */
const drain = async (reader: ReadableStreamBYOBReader, most: number) => {
  const late = scheduler.wait(PATIENCE).then(() => undefined);
  for (let left = most; left > 0; ) {
    const read = await Promise.race([reader.readAtLeast(CHUNK, new Uint8Array(CHUNK)), late]);
    if (!read) break;
    if (read.done) return;
    left -= read.value?.byteLength ?? 0;
  }
  await reader.cancel();
};

/**
 * A body in chunks of up to 256 KiB; the default reader hands over 4 KiB at a time. Who stops early has up to `most` bytes read on for it.
 * @throws ApiError `malformed` when the body is cut
 */
export async function* chunksOf(body: ReadableStream<Uint8Array>, most: number) {
  const reader = body.getReader({ mode: 'byob' });
  let whole = false;
  try {
    for (;;) {
      const { value, done } = await withTimeout(STALL, 'The body', () =>
        reader.readAtLeast(CHUNK, new Uint8Array(CHUNK)),
      ).catch((cause) => {
        whole = true;
        reader.cancel().catch(() => {});
        throw new ApiError('malformed', 'The body ended before it was whole, or did not go on.', { cause });
      });
      if (value?.byteLength) yield value;
      whole = done;
      if (done) return;
    }
  } finally {
    if (!whole) await drain(reader, most).catch(() => {});
  }
}

/** Lets bodies of up to 64 KiB through to what reads them whole. @throws ApiError `too_large` */
export const smallBody = createMiddleware<Context>(async (c, next) => {
  const { body, headers } = c.req.raw;
  const tooLarge = () => new ApiError('too_large', `The body is larger than ${SMALL / 1024} KiB.`);
  const length = headers.get('Content-Length');
  if (Number(length ?? 0) > SMALL) throw tooLarge();
  if (body && length === null)
    c.req.raw = new Request(c.req.raw, {
      body: await readWhole(chunksOf(body, 16 * 1024 * 1024), SMALL, tooLarge),
    });
  await next();
});
