import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { Redis } from '@upstash/redis/cloudflare';
import { expect, it } from 'vitest';
import worker from '../../../src/index.ts';
import { db } from '../../support/database.ts';
import { eventually, stopClock } from '../../support/time.ts';
import { call, register } from '../../support/worker.ts';

const redis = new Redis({
  url: env.UPSTASH_REDIS_REST_URL,
  token: env.UPSTASH_REDIS_REST_TOKEN,
  enableTelemetry: false,
});
const decode = (token: string) =>
  JSON.parse(atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')));
const verify = async (token: string) => (await call('GET', '/auth/verify', { token })).status;

it.each(['jti', 'sid'])('refuses a token that only Redis says is revoked: by %s', async (claim) => {
  const { access_token, refresh_token } = await register();
  const token = claim === 'jti' ? access_token : refresh_token;
  await redis.set(`revoked:${claim}:${decode(token)[claim]}`, 1, { ex: 60 });
  expect(await verify(access_token)).toBe(401);
  expect((await call('POST', '/refresh', { token: refresh_token })).status).toBe(claim === 'sid' ? 401 : 200);
});

it('refuses a token that only libSQL says is revoked', async () => {
  const { access_token } = await register();
  await db.execute({
    sql: 'update sessions set ended_at = 1 where id = ?',
    args: [decode(access_token).sid],
  });
  expect(await verify(access_token)).toBe(401);
});

it('copies a logout to Redis, for the rest of the token’s life', async () => {
  const { access_token } = await register();
  await call('DELETE', '/logout/access', { token: access_token });
  const key = `revoked:jti:${decode(access_token).jti}`;
  await eventually(async () => expect(await redis.get(key)).toBe(1));
  expect(await redis.ttl(key)).toBeGreaterThan(14 * 60);
  const other = (await register()).access_token;
  await call('GET', '/logout', { token: other });
  await eventually(async () => expect(await redis.get(`revoked:sid:${decode(other).sid}`)).toBe(1));
});

it('does not count an upload with a revoked token against its account', async () => {
  stopClock();
  const { username, access_token } = await register();
  const dead = (await call('POST', '/login', { form: { username, password: 'test' } })).body.access_token;
  await call('GET', '/logout', { token: dead });
  const upload = async (token: string) => (await call('POST', '/photos', { token, json: {} })).status;
  for (let i = 0; i < 7; i++) expect(await upload(dead)).toBe(401);
  for (let i = 0; i < 5; i++) await eventually(async () => expect(await upload(access_token)).toBe(415));
});

it('upgrades a password hash at the next login after its cost was raised', async () => {
  const { username } = await register();
  const hash = async () =>
    (
      await db.execute({
        sql: 'select password_hash as hash from accounts where username = ?',
        args: [username],
      })
    ).rows[0]?.hash;
  const login = async (settings: object) => {
    const ctx = createExecutionContext();
    const body = new URLSearchParams({ username, password: 'test' });
    const request = new Request('http://darkroom.test/login', { method: 'POST', body });
    const { status } = await worker.fetch(request, { ...env, ...settings }, ctx);
    await waitOnExecutionContext(ctx);
    return status;
  };
  const before = await hash();
  expect(before).toMatch(/^\$argon2id\$v=19\$m=32,t=1,p=1\$/);
  expect([await login({}), await hash()]).toEqual([200, before]);
  expect(await login({ PASSWORD_MEMORY_KIB: '19456', PASSWORD_PASSES: '3' })).toBe(200);
  expect(await hash()).toMatch(/^\$argon2id\$v=19\$m=19456,t=3,p=1\$/);
  expect(await login({})).toBe(200);
});
