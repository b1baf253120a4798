import { Redis } from '@upstash/redis';
import { startBridge } from '../../local/bridge.ts';
import { freePort } from '../../local/processes.ts';
import { startSqld } from '../../local/sqld.ts';
import { type Answer, connect } from '../support/api.ts';
import { discard, startDev, temporary } from '../support/dev.ts';
import { type FaultyProxy, startProxy } from '../support/proxy.ts';

export type Stack = Awaited<ReturnType<typeof startStack>>;

const TOKEN = 'faults';

/** A real `npm run dev` whose libSQL and Redis are the real ones behind proxies that can fail. */
export const startStack = async () => {
  const directory = temporary();
  const ends: (() => Promise<unknown>)[] = [async () => discard(directory)];
  const stop = async () => {
    for (const end of ends.reverse()) await end();
  };
  try {
    const sqldAt = {
      port: await freePort(),
      directory: `${directory}/libsql`,
      onEnd: (end: () => Promise<unknown>) => ends.push(end),
    };
    let sqld = await startSqld(sqldAt);
    const bridge = await startBridge({ port: 0, token: TOKEN, redisUrl: process.env.REDIS_URL });
    ends.push(bridge.close);
    const libsql = await startProxy(sqld.url);
    const redis = await startProxy(bridge.url);
    ends.push(libsql.close, redis.close);
    const settings = {
      LIBSQL_URL: libsql.url,
      UPSTASH_REDIS_REST_URL: redis.url,
      UPSTASH_REDIS_REST_TOKEN: TOKEN,
    };
    const dev = await startDev(settings, `${directory}/dev`);
    ends.push(dev.stop);
    const store = new Redis({ url: bridge.url, token: TOKEN, enableTelemetry: false });
    return {
      ...connect((address, init) => fetch(address, init), dev.url),
      output: dev.output,
      libsql,
      redis,
      emptyRedis: () => store.flushall(),
      /** sqld dies at once, as by a loss of power, and comes back over the same files. */
      async restartLibsql() {
        await sqld.kill();
        sqld = await startSqld(sqldAt);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** How long a call took, in milliseconds, beside its answer. */
export const timed = async (work: Promise<Answer>): Promise<Answer & { took: number }> => {
  const start = performance.now();
  const answer = await work;
  return { ...answer, took: performance.now() - start };
};

/** Runs `work` while a part behaves so, and lets it pass again, whatever happens. */
export const during = async <T>(
  proxy: FaultyProxy,
  mode: Parameters<FaultyProxy['set']>[0],
  work: () => Promise<T>,
): Promise<T> => {
  await proxy.set(mode);
  try {
    return await work();
  } finally {
    await proxy.set('pass');
  }
};
