import { createMiddleware } from 'hono/factory';
import { type Context, readSettings, type Settings, type Tools } from '../env.ts';
import { openDatabase } from '../storage/database.ts';
import { eitherLimiter, isolateLimiter, redisLimiter } from '../storage/limiter.ts';
import { openRedis } from '../storage/redis.ts';
import type { Waiting } from '../storage/requestBudget.ts';

const now = () => Date.now();
const inIsolate = isolateLimiter(now);

/** Everything that the verbs use, opened for one request or one run of the cron. */
export const openTools = (
  env: Env,
  settings: Settings,
  waiting: Waiting,
  keepAlive: (work: Promise<unknown>) => void,
): Tools => {
  const redis = openRedis(settings);
  return {
    settings,
    now,
    waiting,
    redis,
    db: openDatabase(settings, waiting),
    limiter: eitherLimiter(redisLimiter(redis), inIsolate, waiting),
    bucket: env.PHOTOS,
    images: env.IMAGES,
    background: (work) =>
      keepAlive(
        work.catch((error) =>
          console.warn(JSON.stringify({ event: 'background_failed', error: String(error) })),
        ),
      ),
  };
};

/** Puts the verbs' tools into `c.var`. @throws Refusal `unavailable` while a setting is missing or wrong */
export const tools = createMiddleware<Context>(async (c, next) => {
  const opened = openTools(c.env, readSettings(c.env), c.var.waiting, (work) =>
    c.executionCtx.waitUntil(work),
  );
  for (const name of Object.keys(opened) as (keyof Tools)[]) c.set(name, opened[name] as never);
  await next();
});
