import { createMiddleware } from 'hono/factory';
import { ApiError } from '../errors.ts';
import { chunksOf } from '../http/body.ts';
import type { Context } from '../http/context.ts';
import { refuseEncoding } from '../http/mediaTypes.ts';
import { readWhole } from '../storage/bytes.ts';

const SMALL_BYTES = 64 * 1024;
/** How much of a body that is too large is drained. */
const DRAIN_BYTES = 16 * 1024 * 1024;

/**
 * Refuses a body that is compressed or larger than 64 KiB, before anything reads it into memory.
 * @throws ApiError `too_large`, `unsupported_type`
 */
export const smallBody = createMiddleware<Context>(async (c, next) => {
  refuseEncoding(c.req.raw);
  const { body, headers } = c.req.raw;
  const tooLarge = () => new ApiError('too_large', `The body is larger than ${SMALL_BYTES / 1024} KiB.`);
  const length = headers.get('Content-Length');
  if (Number(length ?? 0) > SMALL_BYTES) throw tooLarge();
  if (body && length === null)
    c.req.raw = new Request(c.req.raw, {
      body: await readWhole(chunksOf(body, DRAIN_BYTES, c.var.settings), SMALL_BYTES, tooLarge),
    });
  await next();
});
