import { Redis } from '@upstash/redis/cloudflare';

const PATIENCE = 300;

/**
 * Redis for one request. Commands of one turn of the loop travel as one pipeline, but reads and writes apart: `getex` without options
 * is a read that counts as a write, so it shares the pipeline of `set` and of the limits. Each trip may take 300 ms, on top of a
 * spent budget too: what was counted for a request that failed must still be given back. The signal must
 * be a function: with a plain one the client resolves an aborted read to null, which reads as "not revoked".
 */
export const openRedis = (settings: { UPSTASH_REDIS_REST_URL: string; UPSTASH_REDIS_REST_TOKEN: string }) =>
  new Redis({
    url: settings.UPSTASH_REDIS_REST_URL,
    token: settings.UPSTASH_REDIS_REST_TOKEN,
    enableTelemetry: false,
    retry: false,
    signal: () => AbortSignal.timeout(PATIENCE),
  });
