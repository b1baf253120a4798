import { Ratelimit } from '@upstash/ratelimit';
import type { Redis } from '@upstash/redis/cloudflare';
import { askRedis } from './redis.ts';
import type { RequestBudget } from './requestBudget.ts';

/** At most `limit` in a sliding window of `window` seconds. */
export type Rule = { name: string; limit: number; window: number };

/**
 * `reset` is the time, in milliseconds since the epoch, from which one more will surely be allowed. `refund` undoes just what was
 * counted, where it was counted; of what was refused nothing was.
 */
export type Consumed = { allowed: boolean; remaining: number; reset: number; refund: () => Promise<unknown> };

export interface Limiter {
  consume(rule: Rule, id: string): Promise<Consumed>;
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
    async consume(rule, id) {
      const { success, remaining, reset } = await of(rule).limit(id);
      const refund = success ? () => of(rule).limit(id, { rate: -1 }) : nothing;
      return { allowed: success, remaining: Math.max(0, remaining), reset, refund };
    },
  };
};

/** Counts in this isolate alone, in fixed windows: what still holds when Redis does not answer. Remembers at most `capacity` ids. */
export const isolateLimiter = (now: () => number, capacity = 10_000): Limiter => {
  const counts = new Map<string, { used: number; reset: number }>();
  const key = (rule: Rule, id: string) => `${rule.name}:${id}`;
  return {
    async consume(rule, id) {
      const known = counts.get(key(rule, id));
      const count = known && known.reset > now() ? known : { used: 0, reset: now() + rule.window * 1000 };
      if (count.used >= rule.limit)
        return { allowed: false, remaining: 0, reset: count.reset, refund: nothing };
      count.used++;
      counts.delete(key(rule, id));
      counts.set(key(rule, id), count);
      const oldest = counts.keys().next().value;
      if (counts.size > capacity && oldest !== undefined) counts.delete(oldest);
      const refund = async () => {
        count.used--;
      };
      return { allowed: true, remaining: rule.limit - count.used, reset: count.reset, refund };
    },
  };
};

/** How much more than the shared limit one isolate allows where the shared one allows it: what a Redis that forgets lets through. */
const ISOLATE_SHARE = 2;

/**
 * The shared limiter, or the isolate's own where the shared one fails. The own one counts what the shared one allows, so that a Redis
 * which is too slow for some of a burst does not let twice as many through; and it refuses at twice the limit, so that a Redis which
 * evicts its counts does not let everything through.
 */
export const eitherLimiter = (shared: Limiter, own: Limiter, budget: RequestBudget): Limiter => ({
  async consume(rule, id) {
    try {
      const taken = await budget.track('redis', () => askRedis(() => shared.consume(rule, id)));
      if (!taken.allowed) return taken;
      const copy = await own.consume({ ...rule, limit: ISOLATE_SHARE * rule.limit }, id);
      const refund = () => Promise.allSettled([budget.track('redis', taken.refund), copy.refund()]);
      if (copy.allowed) return { ...taken, refund };
      await refund();
      return { ...copy, refund: nothing };
    } catch (error) {
      console.warn(JSON.stringify({ event: 'limit_in_isolate', limit: rule.name, error: String(error) }));
      return own.consume(rule, id);
    }
  },
});
