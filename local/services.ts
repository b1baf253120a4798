import path from 'node:path';
import { startBridge } from './bridge.ts';
import { buildSite } from './build.ts';
import { runMigrations } from './migrations.ts';
import { expectFree, type OnEnd, Sentence, type Stop, supervise } from './processes.ts';
import { readPlace, readSecrets } from './settings.ts';
import { startSqld } from './sqld.ts';

/** Starts the local databases, and answers the settings with which a Worker reaches them. What the environment names is not started. */
export const startParts = async (onEnd: OnEnd, stop: Stop): Promise<Record<string, string>> => {
  const { env } = process;
  const place = readPlace();
  const secrets = readSecrets();
  const vars: Record<string, string> = {
    ...secrets,
    LIBSQL_URL: env.LIBSQL_URL ?? '',
    UPSTASH_REDIS_REST_URL: env.UPSTASH_REDIS_REST_URL ?? '',
    LIBSQL_AUTH_TOKEN: env.LIBSQL_AUTH_TOKEN ?? secrets.LIBSQL_AUTH_TOKEN ?? '',
    UPSTASH_REDIS_REST_TOKEN: env.UPSTASH_REDIS_REST_TOKEN ?? secrets.UPSTASH_REDIS_REST_TOKEN ?? '',
  };
  if (!vars.LIBSQL_URL) {
    await expectFree(place.libsqlPort, 'sqld', 'LIBSQL_PORT=… REDIS_PORT=…');
    const sqld = await startSqld({
      port: place.libsqlPort,
      directory: path.join(place.data, 'libsql'),
      onEnd,
    });
    void sqld.gone.then((how) => stop(1, `sqld stopped (${how}).`));
    vars.LIBSQL_URL = sqld.url;
  }
  if (!vars.UPSTASH_REDIS_REST_URL) {
    await expectFree(place.redisPort, 'the Redis bridge', 'LIBSQL_PORT=… REDIS_PORT=…');
    const bridge = await startBridge({
      port: place.redisPort,
      token: vars.UPSTASH_REDIS_REST_TOKEN ?? '',
      redisUrl: env.REDIS_URL || undefined,
    }).catch((error) => {
      throw new Sentence(`Could not connect to the Redis at REDIS_URL: ${error.message}`);
    });
    onEnd(bridge.close);
    vars.UPSTASH_REDIS_REST_URL = bridge.url;
  }
  await runMigrations(vars as { LIBSQL_URL: string });
  return vars;
};

if (import.meta.main)
  await supervise(async (onEnd, stop) => {
    await buildSite();
    const { LIBSQL_URL, UPSTASH_REDIS_REST_URL } = await startParts(onEnd, stop);
    console.log(
      `sqld on ${LIBSQL_URL} and the Redis bridge on ${UPSTASH_REDIS_REST_URL} are ready. Next: npm run wrangler -- dev`,
    );
  });
