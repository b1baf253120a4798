import type { Redis } from '@upstash/redis/cloudflare';
import type { Settings } from '../env.ts';
import { type Database, openDatabase } from './database.ts';
import { eitherLimiter, isolateLimiter, type Limiter, redisLimiter } from './limiter.ts';
import { openPipelinedRedis, openRedis } from './redis.ts';
import type { RequestBudget } from './requestBudget.ts';

/** What every verb may use; a request carries it in `c.var`, and a verb names the part that it needs. */
export type Tools = {
  settings: Settings;
  /** Milliseconds since the epoch; tests set it. */
  now: () => number;
  budget: RequestBudget;
  db: Database;
  redis: Redis;
  limiter: Limiter;
  bucket: R2Bucket;
  /** Makes variants of photos; where it is not bound there are none. */
  images: ImagesBinding | undefined;
  /** Lets work outlive the answer. A failure is logged. */
  background: (work: Promise<unknown>) => void;
};

export type Using<K extends keyof Tools> = Pick<Tools, K>;

const now = () => Date.now();
const inIsolate = isolateLimiter(now);

/** Makes something when it is first asked for, and only then: most requests use few of their tools. */
const lazily = <T>(make: () => T): (() => T) => {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

/** Everything that the verbs use, for one request or one run of the cron; each is opened when it is first used. */
export const openTools = (
  env: Env,
  settings: Settings,
  budget: RequestBudget,
  keepAlive: (work: Promise<unknown>) => void,
): Tools => {
  const db = lazily(() => openDatabase(settings, budget));
  const redis = lazily(() => openRedis(settings));
  const limiter = lazily(() => eitherLimiter(redisLimiter(openPipelinedRedis(settings)), inIsolate, budget));
  return {
    settings,
    now,
    budget,
    bucket: env.PHOTOS,
    images: env.IMAGES,
    background: (work) =>
      keepAlive(
        work.catch((error) =>
          console.warn(JSON.stringify({ event: 'background_failed', error: String(error) })),
        ),
      ),
    get db() {
      return db();
    },
    get redis() {
      return redis();
    },
    get limiter() {
      return limiter();
    },
  };
};
