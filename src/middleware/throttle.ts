import type { Settings } from '../env.ts';
import { ApiError } from '../errors.ts';
import type { Call } from '../http/context.ts';
import type { Consumed, Rule } from '../storage/limiter.ts';

/** A limit on a route: its rule by the settings, and the sentence for those over it. */
export type Throttle = { rule: (settings: Settings) => Rule; message: (rule: Rule) => string };

/** The words that the clients of the documented API U read. */
const message = ({ limit }: Rule) => `${limit} per 1 minute`;

/** Photos of each account, at `/photos`. */
export const UPLOADS: Throttle = {
  rule: (settings) => ({ name: 'uploads', limit: settings.UPLOADS_PER_MINUTE, window: 60 }),
  message,
};

/** Requests of each account to `/file`, however many photos they have. */
export const FILE_REQUESTS: Throttle = {
  rule: (settings) => ({ name: 'file-requests', limit: settings.FILE_REQUESTS_PER_MINUTE, window: 60 }),
  message,
};

/** Files of each operator, at `/ops/upload`. */
export const FILES: Throttle = {
  rule: (settings) => ({ name: 'files', limit: settings.FILES_PER_MINUTE, window: 60 }),
  message,
};

/** The headers that say where a limit stands. */
export const RATE_HEADERS = ['RateLimit', 'RateLimit-Policy'] as const;

/** Where a limit stands, as draft-ietf-httpapi-ratelimit-headers has it. `seconds`: until it is surely open again. */
export const limitFields = (
  { name, limit, window }: Rule,
  remaining: number,
  seconds: number,
): [string, string][] => [
  ['RateLimit-Policy', `"${name}";q=${limit};w=${window}`],
  ['RateLimit', `"${name}";r=${remaining};t=${seconds}`],
];

/**
 * Counts this request against a limit, and says in the answer where it stands.
 * @throws ApiError `throttled` when it is one too many
 */
export const consumeThrottled = async (c: Call, throttle: Throttle, id: string): Promise<Consumed> => {
  const rule = throttle.rule(c.var.settings);
  const taken = await c.var.limiter.consume(rule, id);
  const { allowed, remaining, reset } = taken;
  const seconds = Math.floor(Math.max(0, reset - c.var.now()) / 1000) + 1;
  if (!allowed) throw new ApiError('throttled', throttle.message(rule), { retryAfter: seconds, limit: rule });
  for (const [name, value] of limitFields(rule, remaining, seconds)) c.header(name, value);
  return taken;
};
