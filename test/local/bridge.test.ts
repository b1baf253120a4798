import { Ratelimit } from '@upstash/ratelimit';
import { Redis } from '@upstash/redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bridge, startBridge } from '../../local/bridge.ts';
import { eventually, stopClock } from '../support/time.ts';

let bridge: Bridge;
let redis: Redis;

beforeAll(async () => {
  bridge = await startBridge({ port: 0, token: 'secret', redisUrl: process.env.REDIS_URL });
  redis = new Redis({ url: bridge.url, token: 'secret', retry: false, enableTelemetry: false });
});
afterAll(() => bridge.close());

const key = () => `test:${crypto.randomUUID()}`;
const post = (path: string, body: string, headers = {}) =>
  fetch(`${bridge.url}${path}`, {
    method: 'POST',
    body,
    headers: { Authorization: 'Bearer secret', ...headers },
  });

it('stores any text unchanged', async () => {
  const k = key();
  for (const value of ['é 🎞 \u0000 "', 'OK', '', 'x'.repeat(100_000)]) {
    await redis.set(k, value);
    expect(await redis.get(k)).toBe(value);
  }
});

it('supports the options of SET in either case, and expiry', async () => {
  const k = key();
  expect(await redis.set(k, 'a', { nx: true, px: 6_000_000 })).toBe('OK');
  expect(await redis.set(k, 'b', { nx: true })).toBeNull();
  expect(await redis.ttl(k)).toBeGreaterThan(5_000);
  expect(await redis.getex(k)).toBe('a');
  await redis.set(k, 'c', { px: 1 });
  await eventually(async () => expect(await redis.get(k)).toBeNull());
});

it('answers lists, hashes and missing keys in the shapes of Redis', async () => {
  const [list, hash] = [key(), key()];
  await redis.rpush(list, 'a', 'b');
  expect(await redis.lrange(list, 0, -1)).toEqual(['a', 'b']);
  await redis.hset(hash, { a: 1, b: 'two' });
  expect(await redis.hgetall(hash)).toEqual({ a: 1, b: 'two' });
  expect(await redis.hmget(hash, 'a', 'c')).toEqual({ a: 1, c: null });
});

it('runs a transaction, and a pipeline with an error in the middle', async () => {
  const k = key();
  const replies = await redis.pipeline().set(k, 'text').lpush(k, 'x').get(k).exec({ keepErrors: true });
  expect(replies.map(({ error }) => Boolean(error))).toEqual([false, true, false]);
  expect(await redis.multi().set(k, 1).incr(k).exec()).toEqual(['OK', 2]);
});

it('runs Lua scripts by text and by digest', async () => {
  const script = redis.createScript<[string, number]>(
    "#!lua flags=allow-key-locking\nreturn {ARGV[1], redis.call('INCR', KEYS[1])}",
  );
  const k = key();
  expect(await script.exec([k], ['x'])).toEqual(['x', 1]);
  expect(await script.exec([k], ['x'])).toEqual(['x', 2]);
  expect(await redis.eval("return redis.call('GET', KEYS[1])", [key()], [])).toBeNull();
});

describe.each([
  ['fixedWindow', Ratelimit.fixedWindow(3, '60 s')],
  ['slidingWindow', Ratelimit.slidingWindow(3, '60 s')],
  ['tokenBucket', Ratelimit.tokenBucket(3, '60 s', 3)],
])('the %s of @upstash/ratelimit', (name, limiter) => {
  const limit = () => new Ratelimit({ redis, limiter, prefix: `${name}:${key()}`, ephemeralCache: false });

  it('counts twenty simultaneous requests exactly', async () => {
    stopClock();
    const one = limit();
    const taken = await Promise.all(Array.from({ length: 20 }, () => one.limit('me')));
    expect(taken.filter(({ success }) => success)).toHaveLength(3);
    expect((await one.limit('you')).success).toBe(true);
  });

  it('refunds, reports what remains, and resets', async () => {
    const one = limit();
    await one.limit('me', { rate: 2 });
    await one.limit('me', { rate: -1 });
    expect((await one.getRemaining('me')).remaining).toBe(2);
    await one.resetUsedTokens('me');
    expect((await one.getRemaining('me')).remaining).toBe(3);
  });
});

it.each([
  ['/', '["PING"]', 200, { result: 'PONG' }],
  ['/pipeline', '[["PING"],["NOPE"]]', 200, [{ result: 'PONG' }, { error: expect.any(String) }]],
  ['/set/from-path/value', '', 200, { result: 'OK' }],
  ['/', '["NOPE"]', 400, { error: expect.any(String) }],
  ['/', '{}', 400, { error: expect.any(String) }],
  ['/', '[', 400, { error: expect.any(String) }],
  ['/pipeline', '["PING"]', 400, { error: expect.any(String) }],
  ['/multi-exec', '[["SET","x","1"],["INCR","x"]]', 200, [{ result: 'OK' }, { result: 2 }]],
])('answers POST %s %s', async (path, body, status, answer) => {
  const response = await post(path, body);
  expect([response.status, await response.json()]).toEqual([status, answer]);
});

it('encodes strings in base64 when asked', async () => {
  const encoding = { 'Upstash-Encoding': 'base64' };
  expect(await (await post('/', '["SET","b64","ä"]', encoding)).json()).toEqual({ result: 'OK' });
  expect(await (await post('/', '["GET","b64"]', encoding)).json()).toEqual({
    result: Buffer.from('ä').toString('base64'),
  });
});

it('requires its token', async () => {
  for (const Authorization of ['', 'Bearer wrong'])
    expect((await post('/', '["PING"]', { Authorization })).status).toBe(401);
});
