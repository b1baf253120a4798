import type { Settings } from '../env.ts';
import { ApiError } from '../errors.ts';
import { withTimeout } from '../storage/requestBudget.ts';

const CHUNK_BYTES = 256 * 1024;

/** How long a chunk may take to arrive, and for how long what is refused is read on. */
export type BodyTimeouts = Pick<Settings, 'BODY_STALL_MS' | 'BODY_DRAIN_MS'>;

/** Reads on and throws away: a client that is still sending would see a reset connection instead of the answer. */
const drain = async (reader: ReadableStreamBYOBReader, most: number, milliseconds: number) => {
  const late = scheduler.wait(milliseconds).then(() => undefined);
  for (let left = most; left > 0; ) {
    const read = await Promise.race([reader.readAtLeast(CHUNK_BYTES, new Uint8Array(CHUNK_BYTES)), late]);
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
export async function* chunksOf(
  body: ReadableStream<Uint8Array>,
  most: number,
  { BODY_STALL_MS, BODY_DRAIN_MS }: BodyTimeouts,
) {
  const reader = body.getReader({ mode: 'byob' });
  let whole = false;
  try {
    for (;;) {
      const { value, done } = await withTimeout(BODY_STALL_MS, 'The body', () =>
        reader.readAtLeast(CHUNK_BYTES, new Uint8Array(CHUNK_BYTES)),
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
    if (!whole) await drain(reader, most, BODY_DRAIN_MS).catch(() => {});
  }
}
