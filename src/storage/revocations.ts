import type { Redis } from '@upstash/redis/cloudflare';
import { askRedis } from './redis.ts';
import type { RequestBudget } from './requestBudget.ts';

/** What a revocation names: one token, or a whole session. Never a token's text: one JWT has several valid spellings. */
export type Subject = `jti:${string}` | `sid:${string}`;

type Tools = { redis: Redis; budget: RequestBudget };

const key = (subject: Subject) => `revoked:${subject}`;

/** Asks the fast witness whether any of the subjects is revoked. `undefined` when Redis does not answer: then libSQL decides alone. */
export const isRevoked = ({ redis, budget }: Tools, subjects: Subject[]): Promise<boolean | undefined> =>
  budget.track('redis', async () => {
    try {
      const found = await askRedis(() => redis.mget<(number | null)[]>(subjects.map(key)));
      return found.some((value) => value !== null);
    } catch (error) {
      console.warn(JSON.stringify({ event: 'redis_silent', error: String(error) }));
      return undefined;
    }
  });

/** Writes the fast copy of a revocation; libSQL holds the truth. @param ttl what is left of the token's life, in seconds */
export const copyRevocation = ({ redis, budget }: Tools, subject: Subject, ttl: number): Promise<void> =>
  budget.track('redis', async () => {
    try {
      await redis.set(key(subject), 1, { ex: Math.max(1, Math.ceil(ttl)) });
    } catch (error) {
      console.warn(JSON.stringify({ event: 'revocation_not_copied', error: String(error) }));
    }
  });
