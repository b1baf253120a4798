import { env } from 'cloudflare:workers';
import { afterEach, expect, it, vi } from 'vitest';
import { png } from '../support/images.ts';
import { call, ORIGIN, register, upload } from '../support/worker.ts';

afterEach(() => {
  vi.useRealTimers();
});

const HOUR = 3_600_000;
const pathOf = (url: string) => url.replace(ORIGIN, '');

it('serves an image for a valid signature or token, and for nothing else', async () => {
  const me = (await register()).access_token;
  const other = (await register()).access_token;
  const { id, url } = await upload(me);
  const signed = await call('GET', pathOf(url));
  expect(signed.status).toBe(200);
  expect(signed.bytes).toEqual(png(3, 2));
  expect(Object.fromEntries(signed.headers)).toMatchObject({
    'content-type': 'image/png',
    'content-length': String(png(3, 2).length),
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
    'cross-origin-resource-policy': 'cross-origin',
  });
  expect(signed.headers.get('Cache-Control')).toMatch(/^private, max-age=\d+, immutable$/);
  expect((await call('GET', `/photos/${id}/image`, { token: me })).bytes).toEqual(png(3, 2));
  expect((await call('GET', `/photos/${id}/image`, { token: other })).status).toBe(404);
  expect((await call('GET', `/photos/${id}/image`)).status).toBe(401);
  await call('POST', `/photos/${id}/publish`, { token: me });
  expect((await call('GET', `/photos/${id}/image`, { token: other })).status).toBe(200);
});

it('refuses a URL that was changed or signed with another secret', async () => {
  const { access_token } = await register();
  const a = await upload(access_token);
  const b = await upload(access_token);
  const change = (name: string, value: string) => {
    const url = new URL(a.url);
    url.searchParams.set(name, value);
    return url.pathname + url.search;
  };
  const expires = Number(new URL(a.url).searchParams.get('expires'));
  for (const path of [
    change('expires', String(expires + 3600)),
    change('key', new URL(b.url).searchParams.get('key') ?? ''),
    change('key', '../secret'),
    change('signature', ''),
    change('signature', 'x'),
    change('signature', `${'A'.repeat(43)}`),
    pathOf(a.url).replace(`/${a.id}/`, `/${b.id}/`),
    `/photos/${a.id}/image?signature=x`,
  ])
    expect((await call('GET', path)).status, path).toBe(401);
  expect((await call('GET', change('expires', 'soon'))).status).toBe(422);
});

it('keeps the same URL for an hour, valid for ten to seventy minutes', async () => {
  const { access_token, refresh_token } = await register();
  const { id } = await upload(access_token);
  vi.useFakeTimers({ toFake: ['Date'] });
  const opens = (Math.ceil(Date.now() / HOUR) + 1) * HOUR - 10 * 60_000; // never in the past
  const urlAt = async (minute: number) => {
    vi.setSystemTime(opens + minute * 60_000);
    const token = (await call('POST', '/refresh', { token: refresh_token })).body.access_token;
    const { url, expires_at } = (await call('GET', `/photos/${id}`, { token })).body;
    expect(Date.parse(expires_at)).toBe(Number(new URL(url).searchParams.get('expires')) * 1000);
    expect(new URL(url).origin).toBe(ORIGIN);
    return url as string;
  };
  const first = await urlAt(0);
  expect(await urlAt(30)).toBe(first);
  expect(await urlAt(59.9)).toBe(first);
  expect((await call('GET', pathOf(first))).headers.get('Cache-Control')).toBe(
    'private, max-age=606, immutable',
  );
  expect(await urlAt(60)).not.toBe(first);
  vi.setSystemTime(opens + 70 * 60_000 - 1);
  expect((await call('GET', pathOf(first))).status).toBe(200);
  vi.setSystemTime(opens + 70 * 60_000);
  expect((await call('GET', pathOf(first))).status).toBe(401);
});

it('answers 404 if the object no longer exists', async () => {
  const { access_token: token } = await register();
  const { id, url } = await upload(token);
  await env.PHOTOS.delete(new URL(url).searchParams.get('key') ?? '');
  expect((await call('GET', pathOf(url))).status).toBe(404);
  expect((await call('GET', `/photos/${id}/image`, { token })).status).toBe(404);
});
