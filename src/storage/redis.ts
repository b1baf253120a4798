import { Redis } from '@upstash/redis/cloudflare';
import type { Settings } from '../env.ts';

type RedisSettings = Pick<
  Settings,
  'UPSTASH_REDIS_REST_URL' | 'UPSTASH_REDIS_REST_TOKEN' | 'REDIS_TIMEOUT_MS'
>;

/** The signal must be a function: with a plain one the client resolves an aborted read to null, which reads as "not revoked". */
const configure = (settings: RedisSettings) => ({
  url: settings.UPSTASH_REDIS_REST_URL,
  token: settings.UPSTASH_REDIS_REST_TOKEN,
  enableTelemetry: false,
  retry: false as const,
  signal: () => AbortSignal.timeout(settings.REDIS_TIMEOUT_MS),
});

const clients = new WeakMap<RedisSettings, Redis>();

/**
 * Redis, one client an isolate: making one costs a fifth of a millisecond. Each command is a request of its own, so nothing is shared between
 * requests but the settings. A command may take
 * `REDIS_TIMEOUT_MS`, even when the request's budget is spent: what was counted for a request that failed must still be given back.
 */
export const openRedis = (settings: RedisSettings): Redis => {
  const known = clients.get(settings);
  if (known) return known;
  const client = new Redis({ ...configure(settings), enableAutoPipelining: false });
  clients.set(settings, client);
  return client;
};

/** Redis for one request that counts limits: the commands of one turn travel together. Never share it between requests. */
export const openPipelinedRedis = (settings: RedisSettings): Redis => new Redis(configure(settings));

const TIMEOUTS_IN_A_ROW = 3;
const REST_MS = 2_000;

let timeouts = 0;
let restsUntil = 0;

const isTimeout = (error: unknown) =>
  error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');

/**
 * Asks Redis, unless it timed out three times in a row: then this isolate leaves it alone for two seconds, and no request waits for it.
 * After that one more time-out is enough for another rest. @throws Error while Redis rests, and what `work` throws
 */
export const askRedis = async <T>(work: () => Promise<T>): Promise<T> => {
  if (Date.now() < restsUntil) throw new Error('Redis is not asked: it timed out three times in a row');
  try {
    const answer = await work();
    timeouts = 0;
    return answer;
  } catch (error) {
    if (isTimeout(error) && ++timeouts >= TIMEOUTS_IN_A_ROW) restsUntil = Date.now() + REST_MS;
    throw error;
  }
};
