import type { Settings } from '../env.ts';
import { ApiError } from '../errors.ts';
import type { Call } from '../http/context.ts';
import type { Consumed, Rule } from '../storage/limiter.ts';

/** A limit on a route: its rule, which depends on the settings, and the message beyond it. */
export type Throttle = { rule: (settings: Settings) => Rule; message: (rule: Rule) => string };

/** The message that clients of the documented API U expect. */
const message = ({ limit }: Rule) => `${limit} per 1 minute`;

/** Photos that an account sends to `/photos`. */
export const UPLOADS: Throttle = {
  rule: (settings) => ({ name: 'uploads', limit: settings.UPLOADS_PER_MINUTE, window: 60 }),
  message,
};

/** Requests that an account sends to `/file`, whatever the number of photos in each. */
export const FILE_REQUESTS: Throttle = {
  rule: (settings) => ({ name: 'file-requests', limit: settings.FILE_REQUESTS_PER_MINUTE, window: 60 }),
  message,
};

/** Files that an operator sends to `/ops/upload`. */
export const FILES: Throttle = {
  rule: (settings) => ({ name: 'files', limit: settings.FILES_PER_MINUTE, window: 60 }),
  message,
};

/** The headers that describe a limit. */
export const RATE_HEADERS = ['RateLimit', 'RateLimit-Policy'] as const;

/**
 * The headers that describe a limit (draft-ietf-httpapi-ratelimit-headers).
 * @param seconds until the full limit is available again at the latest
 */
export const limitFields = (
  { name, limit, window }: Rule,
  remaining: number,
  seconds: number,
): [string, string][] => [
  ['RateLimit-Policy', `"${name}";q=${limit};w=${window}`],
  ['RateLimit', `"${name}";r=${remaining};t=${seconds}`],
];

/** Counts this request against a limit, and adds the headers that describe the limit. @throws ApiError `throttled` beyond the limit */
export const consumeThrottled = async (c: Call, throttle: Throttle, id: string): Promise<Consumed> => {
  const rule = throttle.rule(c.var.settings);
  const consumed = await c.var.limiter.consume(rule, id);
  const { allowed, remaining, reset } = consumed;
  const seconds = Math.floor(Math.max(0, reset - c.var.now()) / 1000) + 1;
  if (!allowed) throw new ApiError('throttled', throttle.message(rule), { retryAfter: seconds, limit: rule });
  for (const [name, value] of limitFields(rule, remaining, seconds)) c.header(name, value);
  return consumed;
};
