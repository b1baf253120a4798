import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { createClient } from '@libsql/client/http';
import { afterEach, expect, it, vi } from 'vitest';
import { previewSweep } from '../../../src/domain/objects/sweep.ts';
import worker from '../../../src/index.ts';
import { openDatabase } from '../../../src/storage/database.ts';
import { startBudget } from '../../../src/storage/requestBudget.ts';
import { png } from '../../support/images.ts';
import { call, register, upload } from '../../support/worker.ts';

const db = createClient({ url: env.LIBSQL_URL });
const orm = openDatabase({ LIBSQL_URL: env.LIBSQL_URL }, startBudget(60_000));
const HOUR = 3_600_000;

afterEach(() => {
  vi.useRealTimers();
});

const runCron = async () => {
  const ctx = createExecutionContext();
  await worker.scheduled(createScheduledController({ cron: '*/10 * * * *' }), env, ctx);
  await waitOnExecutionContext(ctx);
};

const cronIn = async (milliseconds: number) => {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(Date.now() + milliseconds);
  await runCron();
};

const intent = async (key: string) =>
  (await db.execute({ sql: 'select * from intents where key = ?', args: [key] })).rows[0];
const abandon = async (createdAt: number) => {
  const key = `photos/1/${crypto.randomUUID()}`;
  await db.execute({ sql: 'insert into intents (key, created_at) values (?, ?)', args: [key, createdAt] });
  await env.PHOTOS.put(key, png(1, 1));
  await env.PHOTOS.put(`${key}/160.webp`, png(1, 1));
  return key;
};
const keyOf = (url: string) => new URL(url).searchParams.get('key') ?? '';

it('leaves photos and running uploads alone', async () => {
  const { access_token } = await register();
  const { url } = await upload(access_token);
  expect(await intent(keyOf(url))).toBeUndefined();
  const fresh = await abandon(Date.now());
  await runCron();
  expect(await intent(fresh)).toMatchObject({ swept_at: null });
  expect(await env.PHOTOS.head(fresh)).not.toBeNull();
  await cronIn(48 * HOUR);
  expect(await env.PHOTOS.head(keyOf(url))).not.toBeNull();
});

it('deletes the object of an abandoned upload, and again a day later', async () => {
  const key = await abandon(Date.now() - HOUR - 1);
  await runCron();
  expect(await env.PHOTOS.head(key)).toBeNull();
  expect(await env.PHOTOS.head(`${key}/160.webp`)).toBeNull();
  expect((await intent(key))?.deleted_at).not.toBeNull();
  await env.PHOTOS.put(key, png(1, 1)); // a transfer that outlived its request
  await env.PHOTOS.put(`${key}/320.jpeg`, png(1, 1)); // and a variant
  await cronIn(23 * HOUR);
  expect(await env.PHOTOS.head(key)).not.toBeNull();
  await cronIn(2 * HOUR);
  expect(await env.PHOTOS.head(key)).toBeNull();
  expect(await env.PHOTOS.head(`${key}/320.jpeg`)).toBeNull();
  expect(await intent(key)).toBeUndefined();
});

it('answers 503 to an upload whose pending object was swept meanwhile, and inserts no row', async () => {
  const { access_token } = await register();
  const put = env.PHOTOS.put;
  Object.defineProperty(env.PHOTOS, 'put', {
    configurable: true,
    value: async (key: string, ...rest: [never]) => {
      const stored = await put.call(env.PHOTOS, key, ...rest);
      await cronIn(HOUR + 1);
      return stored;
    },
  });
  const { status, headers } = await call('POST', '/photos', {
    token: access_token,
    file: { bytes: png(1, 1) },
  });
  Reflect.deleteProperty(env.PHOTOS, 'put');
  vi.useRealTimers();
  expect([status, headers.has('Retry-After')]).toEqual([503, true]);
  expect((await call('GET', '/me/photos', { token: access_token })).body.photos).toEqual([]);
});

it('deletes the object of a deleted photo that R2 did not delete at first', async () => {
  const { access_token } = await register();
  const { id, url } = await upload(access_token);
  Object.defineProperty(env.PHOTOS, 'delete', {
    configurable: true,
    value: () => Promise.reject(new Error('R2 is out')),
  });
  const removed = await call('DELETE', `/photos/${id}`, { token: access_token });
  Reflect.deleteProperty(env.PHOTOS, 'delete');
  expect(removed.status).toBe(200);
  expect((await call('GET', `/photos/${id}`, { token: access_token })).status).toBe(404);
  expect(await env.PHOTOS.head(keyOf(url))).not.toBeNull();
  await runCron();
  expect(await env.PHOTOS.head(keyOf(url))).toBeNull();
});

it('works page by page, up to the limit of one run', async () => {
  const old = Date.now() - 2 * HOUR;
  const left = async () =>
    (
      await db.execute(
        "select count(*) as n from intents where key like 'photos/1/page-%' and deleted_at is null",
      )
    ).rows[0]?.n;
  const leave = (count: number, uploadId: string | null) =>
    db.batch(
      Array.from({ length: count }, (_, i) => ({
        sql: 'insert into intents (key, created_at, upload_id) values (?, ?, ?)',
        args: [`photos/1/page-${crypto.randomUUID()}-${i}`, old, uploadId],
      })),
    );
  await leave(1_100, null);
  const deleting = vi.spyOn(env.PHOTOS, 'delete');
  await runCron();
  expect(await left()).toBe(0);
  const sizes = deleting.mock.calls.map(([named]) => [named].flat().length);
  expect([Math.max(...sizes), sizes.reduce((sum, size) => sum + size) >= 1_100 * 13]).toEqual([1_000, true]);
  deleting.mockRestore();
  await leave(900, 'an upload that is over');
  await runCron();
  expect(await left()).toBe(300);
  await runCron();
  expect(await left()).toBe(0);
});

it('continues when one part of a run fails, and completes that part at the next run', async () => {
  const key = await abandon(Date.now() - HOUR - 1);
  const insert = 'insert into imports (id, created_at) values (?, ?)';
  await db.execute({ sql: insert, args: [key, Date.now() - 2 * HOUR] });
  Object.defineProperty(env.PHOTOS, 'delete', {
    configurable: true,
    value: () => Promise.reject(new Error('R2 is out')),
  });
  await runCron();
  Reflect.deleteProperty(env.PHOTOS, 'delete');
  expect((await db.execute({ sql: 'select 1 from imports where id = ?', args: [key] })).rows).toEqual([]);
  expect(await env.PHOTOS.head(key)).not.toBeNull();
  await runCron();
  expect(await env.PHOTOS.head(key)).toBeNull();
});

it('previews what it would remove, and changes nothing', async () => {
  const { access_token } = await register();
  const { id, url } = await upload(access_token);
  await runCron();
  const before = await previewSweep({ db: orm, now: Date.now });
  await abandon(Date.now() - HOUR - 1);
  Object.defineProperty(env.PHOTOS, 'delete', {
    configurable: true,
    value: () => Promise.reject(new Error('R2 is out')),
  });
  await call('DELETE', `/photos/${id}`, { token: access_token });
  Reflect.deleteProperty(env.PHOTOS, 'delete');
  const bytes = (await env.PHOTOS.head(keyOf(url)))?.size ?? 0;
  for (let look = 0; look < 2; look++)
    expect(await previewSweep({ db: orm, now: Date.now })).toMatchObject({
      abandonedUploads: before.abandonedUploads + 1,
      removedObjects: before.removedObjects + 1,
      removedBytes: before.removedBytes + bytes,
    });
  await runCron();
  expect(await previewSweep({ db: orm, now: Date.now })).toMatchObject({
    abandonedUploads: 0,
    removedObjects: 0,
  });
});

it('removes a thousand expired revocations in one run', async () => {
  const subject = (i: number) => `jti:old-${crypto.randomUUID()}-${i}`;
  await db.batch(
    Array.from({ length: 1_000 }, (_, i) => ({
      sql: 'insert into revocations (subject, expires_at) values (?, ?)',
      args: [subject(i), Date.now() - 25 * HOUR],
    })),
  );
  await runCron();
  expect(
    (await db.execute("select count(*) as n from revocations where subject like 'jti:old-%'")).rows[0]?.n,
  ).toBe(0);
});

it('removes expired sessions and revocations', async () => {
  const { access_token } = await register();
  const { sid, jti } = JSON.parse(
    atob((access_token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')),
  );
  await call('DELETE', '/logout/access', { token: access_token });
  const there = async () =>
    (
      await db.batch([
        { sql: 'select 1 from sessions where id = ?', args: [sid] },
        { sql: 'select 1 from revocations where subject = ?', args: [`jti:${jti}`] },
      ])
    ).map(({ rows }) => rows.length);
  await runCron();
  expect(await there()).toEqual([1, 1]);
  await cronIn(26 * HOUR);
  expect(await there()).toEqual([1, 0]);
  await cronIn(32 * 24 * HOUR);
  for (let run = 0; run < 50 && (await there())[0] === 1; run++) await runCron(); // 5,000 a run, and other tests may have left some
  expect(await there()).toEqual([0, 0]);
});
