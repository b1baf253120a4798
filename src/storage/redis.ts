import { Redis } from '@upstash/redis/cloudflare';
import type { Settings } from '../env.ts';

/**
 * Redis for one request. Commands of one turn of the loop travel as one pipeline, but reads and writes apart: `getex` without options
 * is a read that counts as a write, so it shares the pipeline of `set` and of the limits. Each trip may take `REDIS_TIMEOUT_MS`,
 * even when the request's budget is spent: what was counted for a request that failed must still be given back. The signal must
 * be a function: with a plain one the client resolves an aborted read to null, which reads as "not revoked".
 */
export const openRedis = (
  settings: Pick<Settings, 'UPSTASH_REDIS_REST_URL' | 'UPSTASH_REDIS_REST_TOKEN' | 'REDIS_TIMEOUT_MS'>,
) =>
  new Redis({
    url: settings.UPSTASH_REDIS_REST_URL,
    token: settings.UPSTASH_REDIS_REST_TOKEN,
    enableTelemetry: false,
    retry: false,
    signal: () => AbortSignal.timeout(settings.REDIS_TIMEOUT_MS),
  });
