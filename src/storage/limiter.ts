import { Ratelimit } from '@upstash/ratelimit';
import type { Redis } from '@upstash/redis/cloudflare';
import type { Waiting } from './requestBudget.ts';

/** At most `limit` in a sliding window of `window` seconds. */
export type Rule = { name: string; limit: number; window: number };

/**
 * `reset` is the time, in milliseconds since the epoch, from which one more will surely be allowed. `giveBack` undoes just what was
 * counted, where it was counted; of what was refused nothing was.
 */
export type Taken = { allowed: boolean; remaining: number; reset: number; giveBack: () => Promise<unknown> };

export interface Limiter {
  take(rule: Rule, id: string): Promise<Taken>;
}

const nothing = async () => {};

/** Counts in Redis, exactly under concurrency. Fails where Redis fails. */
export const redisLimiter = (redis: Redis): Limiter => {
  const of = (rule: Rule) =>
    new Ratelimit({
      redis,
      limiter: Ratelimit.slidingWindow(rule.limit, `${rule.window} s`),
      prefix: `limit:${rule.name}`,
      ephemeralCache: false,
      timeout: 0, // its own time-out allows what it could not count
    });
  return {
    async take(rule, id) {
      const { success, remaining, reset } = await of(rule).limit(id);
      const giveBack = success ? () => of(rule).limit(id, { rate: -1 }) : nothing;
      return { allowed: success, remaining: Math.max(0, remaining), reset, giveBack };
    },
  };
};

/** Counts in this isolate alone, in fixed windows: what still holds when Redis does not answer. Remembers at most `capacity` ids. */
export const isolateLimiter = (now: () => number, capacity = 10_000): Limiter => {
  const counts = new Map<string, { used: number; reset: number }>();
  const key = (rule: Rule, id: string) => `${rule.name}:${id}`;
  return {
    async take(rule, id) {
      const known = counts.get(key(rule, id));
      const count = known && known.reset > now() ? known : { used: 0, reset: now() + rule.window * 1000 };
      if (count.used >= rule.limit)
        return { allowed: false, remaining: 0, reset: count.reset, giveBack: nothing };
      count.used++;
      counts.delete(key(rule, id));
      counts.set(key(rule, id), count);
      const oldest = counts.keys().next().value;
      if (counts.size > capacity && oldest !== undefined) counts.delete(oldest);
      const giveBack = async () => {
        count.used--;
      };
      return { allowed: true, remaining: rule.limit - count.used, reset: count.reset, giveBack };
    },
  };
};

/**
 * The shared limiter, or the isolate's own where the shared one fails. The own one counts what the shared one allows, so that a Redis
 * which is merely too slow for some of a burst does not let twice as many through.
 */
export const eitherLimiter = (shared: Limiter, own: Limiter, waiting: Waiting): Limiter => ({
  async take(rule, id) {
    try {
      const taken = await waiting.on('redis', () => shared.take(rule, id));
      const copy = taken.allowed ? await own.take(rule, id) : undefined;
      const giveBack = () => Promise.allSettled([waiting.on('redis', taken.giveBack), copy?.giveBack()]);
      return { ...taken, giveBack };
    } catch (error) {
      console.warn(JSON.stringify({ event: 'limit_in_isolate', limit: rule.name, error: String(error) }));
      return own.take(rule, id);
    }
  },
});
