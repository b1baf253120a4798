import { Redis } from '@upstash/redis';
import { startBridge } from '../../local/bridge.ts';
import { freePort } from '../../local/processes.ts';
import { startSqld } from '../../local/sqld.ts';
import { connect, type Options } from '../support/api.ts';
import { discard, startDev, temporary } from '../support/dev.ts';
import { type FaultyProxy, startProxy } from '../support/proxy.ts';

export type Stack = Awaited<ReturnType<typeof startStack>>;

const TOKEN = 'faults';

/** Starts a real `npm run dev`. Proxies that can fail are in front of its real libSQL and Redis. */
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
    const dev = await startDev({
      env: settings,
      directory: `${directory}/dev`,
      entry: 'test/faults/worker.ts',
    });
    ends.push(dev.stop);
    const store = new Redis({ url: bridge.url, token: TOKEN, enableTelemetry: false });
    const api = connect((address, init) => fetch(address, init), dev.url);
    return {
      ...api,
      /** Calls the API with these settings of the Worker. */
      callWith: (settings: object, method: string, path: string, options: Options = {}) => {
        const headers = { ...options.headers, 'X-Settings': JSON.stringify(settings) };
        return api.call(method, path, { ...options, headers });
      },
      output: dev.output,
      libsql,
      redis,
      emptyRedis: () => store.flushall(),
      /** Kills sqld, like a loss of power, and starts it again on the same files. */
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

/** Runs `work` while a dependency behaves like this, and restores it afterwards. */
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
