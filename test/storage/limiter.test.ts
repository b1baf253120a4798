import { env } from 'cloudflare:workers';
import { afterEach, expect, it, vi } from 'vitest';
import { readSettings } from '../../src/env.ts';
import { openRedis } from '../../src/storage/redis.ts';
import { startBudget } from '../../src/storage/requestBudget.ts';
import { isRevoked } from '../../src/storage/revocations.ts';
import { openTools } from '../../src/storage/tools.ts';
import { freshName } from '../support/api.ts';

const open = () => openTools(env, readSettings(env), startBudget(60_000), () => {});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

it('lets no more than twice the limit through where Redis forgets what it counted', async () => {
  const rule = { name: freshName('rule'), limit: 3, window: 60 };
  const allowed: boolean[] = [];
  for (let i = 0; i < 10; i++) {
    allowed.push((await open().limiter.consume(rule, 'one')).allowed);
    const { redis } = open();
    const keys = await redis.keys(`limit:${rule.name}*`);
    if (keys.length > 0) await redis.del(...keys);
  }
  expect(allowed).toEqual([...Array(6).fill(true), ...Array(4).fill(false)]);
});

it('gives back what the isolate counted as well', async () => {
  const rule = { name: freshName('rule'), limit: 2, window: 60 };
  for (let i = 0; i < 10; i++) {
    const { allowed, refund } = await open().limiter.consume(rule, 'one');
    expect(allowed).toBe(true);
    await refund();
  }
});

it('leaves Redis alone for two seconds after three time-outs in a row', async () => {
  const settings = { ...readSettings(env), REDIS_TIMEOUT_MS: 20 };
  const tools = { redis: openRedis(settings), budget: startBudget(60_000) };
  const ask = () => isRevoked(tools, ['jti:none']);
  const hang = vi.spyOn(globalThis, 'fetch').mockImplementation(
    (_, init) =>
      new Promise((_, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
      }),
  );
  vi.useFakeTimers({ toFake: ['Date'] });
  for (let i = 0; i < 3; i++) expect(await ask()).toBeUndefined();
  const asked = hang.mock.calls.length;
  expect(await ask()).toBeUndefined();
  expect(hang.mock.calls.length).toBe(asked);
  hang.mockRestore();
  vi.setSystemTime(Date.now() + 2_001);
  const patient = { ...tools, redis: openRedis(readSettings(env)) };
  expect(await isRevoked(patient, ['jti:none'])).toBe(false);
});
