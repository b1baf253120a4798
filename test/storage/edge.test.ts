import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { variantKeys } from '../../src/domain/photos/variants.ts';
import type { Answer } from '../support/api.ts';
import { db } from '../support/database.ts';
import { png } from '../support/images.ts';
import { call, ORIGIN, register, spied, withBindings } from '../support/worker.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const FIVE_MEBIBYTES = 5 * 1024 * 1024;

let seed = 100;

const photo = async ({ posted = true } = {}) => {
  const { access_token: token } = await register();
  const { body } = await call('POST', '/photos', { token, file: { bytes: png(400, 40, seed++) } });
  await db.execute({
    sql: 'update photos set sha256 = ? where id = ?',
    args: [`${'A'.repeat(43)}=`, body.id],
  });
  if (posted) await call('POST', `/photos/${body.id}/publish`, { token });
  const url = new URL((await call('GET', `/photos/${body.id}`, { token })).body.url);
  const key = url.searchParams.get('key') as string;
  const signed = (query = '') => `${url.pathname}${url.search}${query && `&${query}`}`;
  const nameOf = (variant: string) => `https://images.darkroom/${body.id}/${key}/${variant}`;
  const expires = Number(url.searchParams.get('expires'));
  return { id: body.id as number, token, key, signed, nameOf, expires };
};

/** A client, and how often R2 was asked since the last look. */
const client = (settings: { EDGE_TIMEOUT_MS?: string } = {}) => {
  const { binding, asked } = spied(env.PHOTOS);
  return { ...withBindings({ PHOTOS: binding, ...settings }), askedR2: () => asked.splice(0).length };
};

const kept = async (name: string) => {
  const copy = await caches.default.match(name);
  await copy?.body?.cancel();
  return copy !== undefined;
};

const told = ({ headers }: Answer) =>
  Object.fromEntries([...headers].filter(([name]) => !/^(server-timing|x-request-id)$/.test(name)));

const WAYS = [
  ['the original', '', 'original', 'image/png'],
  ['a variant', 'width=160&format=jpeg', '160.jpeg', 'image/jpeg'],
  ['a variant that was negotiated', 'width=320', '320.webp', 'image/webp'],
] as const;

describe.each(WAYS)('%s of a published photo', (_, query, variant, type) => {
  it('comes from the edge cache the second time, without a wait and with the same headers', async () => {
    const { signed, nameOf } = await photo();
    const { call, askedR2 } = client();
    const origin = { headers: { Origin: 'https://app.example' } };
    const miss = await call('GET', signed(query), origin);
    expect([miss.status, miss.headers.get('Content-Type'), askedR2() > 0]).toEqual([200, type, true]);
    expect(await kept(nameOf(variant))).toBe(true);
    const hit = await call('GET', signed(query), origin);
    expect(hit.bytes).toEqual(miss.bytes);
    expect({ ...told(hit), 'cache-control': '' }).toEqual({ ...told(miss), 'cache-control': '' });
    expect(hit.headers.get('Content-Length')).toBe(String(miss.bytes.length));
    expect(hit.headers.get('Repr-Digest')).toBe(query ? null : `sha-256=:${'A'.repeat(43)}=:`);
    expect([askedR2(), hit.headers.get('Server-Timing')?.includes('r2')]).toEqual([0, false]);
    const elsewhere = await call('GET', signed(query), { headers: { Origin: 'https://other.example' } });
    expect(elsewhere.headers.get('Access-Control-Allow-Origin')).toBe('https://other.example');
    expect(elsewhere.headers.get('X-Request-Id')).not.toBe(hit.headers.get('X-Request-Id'));
  });

  it('is cached for five minutes, without any header of the request', async () => {
    const { signed, nameOf } = await photo();
    const put = vi.spyOn(caches.default, 'put');
    await client().call('GET', signed(query), { headers: { Origin: 'https://app.example' } });
    expect(put.mock.calls.map(([name]) => name)).toEqual([nameOf(variant)]);
    const [, copy] = put.mock.calls[0] as unknown as [string, Response];
    const names = [...copy.headers.keys()].sort();
    const own = ['accept-ranges', 'cache-control', 'content-length', 'content-type', 'etag', 'last-modified'];
    expect(names).toEqual([...own, ...(query ? [] : ['repr-digest'])].sort());
    expect((await caches.default.match(nameOf(variant)))?.headers.get('Cache-Control')).toBe(
      'public, max-age=300',
    );
  });

  it('is private to the client, until its URL expires', async () => {
    const { signed, expires } = await photo();
    const { call, askedR2 } = client();
    await call('GET', signed(query));
    askedR2();
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(expires * 1000 - 7_500);
    const late = await call('GET', signed(query));
    expect([late.headers.get('Cache-Control'), askedR2()]).toEqual(['private, max-age=7, immutable', 0]);
    vi.setSystemTime(expires * 1000);
    expect((await call('GET', signed(query))).status).toBe(401);
  });

  it('answers conditions from the cached copy, and asks R2 for ranges and what the copy cannot decide', async () => {
    const { signed } = await photo();
    const { call, askedR2 } = client();
    const { headers, bytes } = await call('GET', signed(query));
    const [etag, modified] = [headers.get('ETag') as string, headers.get('Last-Modified') as string];
    askedR2();
    const conditions: Record<string, string>[] = [
      { 'If-None-Match': etag },
      { 'If-None-Match': `"x", W/${etag}` },
      { 'If-Modified-Since': modified },
    ];
    for (const condition of conditions) {
      const answer = await call('GET', signed(query), { headers: condition });
      expect([answer.status, answer.bytes.length, answer.headers.get('ETag'), askedR2()]).toEqual([
        304,
        0,
        etag,
        0,
      ]);
      expect(answer.headers.get('Vary')).toBe(query === 'width=320' ? 'Accept, Origin' : 'Origin');
    }
    expect((await call('GET', signed(query), { headers: { 'If-None-Match': '"x"' } })).bytes).toEqual(bytes);
    expect(askedR2()).toBe(0);
    for (const [passing, status] of [
      [{ Range: 'bytes=0-3' }, 206],
      [{ Range: 'bytes=0-3', 'If-Range': '"x"' }, 200],
      [{ 'If-Range': '"x"' }, 200],
      [{ 'If-Match': '"x"' }, 412],
      [{ 'If-Match': etag }, 200],
      [{ 'If-Unmodified-Since': modified }, 200],
    ] as [Record<string, string>, number][]) {
      expect((await call('GET', signed(query), { headers: passing })).status).toBe(status);
      expect(askedR2()).toBeGreaterThan(0);
    }
    expect((await call('HEAD', signed(query))).status).toBe(200);
    expect(askedR2()).toBe(1);
  });

  it('is looked up in the cache only after its signature was checked', async () => {
    const { signed } = await photo();
    await client().call('GET', signed(query));
    const match = vi.spyOn(caches.default, 'match');
    const forged = signed(query).replace(/signature=[^&]+/, `signature=${'A'.repeat(43)}`);
    expect((await client().call('GET', forged)).status).toBe(401);
    expect(match).not.toHaveBeenCalled();
  });

  it('is served although the cache fails or hangs', async () => {
    const { signed } = await photo();
    const fail = () => Promise.reject(new Error('The cache is out'));
    vi.spyOn(caches.default, 'match').mockImplementation(fail);
    vi.spyOn(caches.default, 'put').mockImplementation(fail);
    expect((await client().call('GET', signed(query))).headers.get('Content-Type')).toBe(type);
    vi.spyOn(caches.default, 'match').mockImplementation(() => new Promise(() => {}));
    expect(
      (await client({ EDGE_TIMEOUT_MS: '20' }).call('GET', signed(query))).headers.get('Content-Type'),
    ).toBe(type);
  });
});

it('never caches drafts, answers to tokens, ranges or files', async () => {
  const match = vi.spyOn(caches.default, 'match');
  const put = vi.spyOn(caches.default, 'put');
  const { call } = client();
  const [draft, posted] = [await photo({ posted: false }), await photo()];
  for (const query of ['', 'width=160']) {
    expect((await call('GET', draft.signed(query))).status).toBe(200);
    for (const one of [draft, posted])
      expect((await call('GET', `/photos/${one.id}/image?${query}`, { token: one.token })).status).toBe(200);
    expect((await call('GET', posted.signed(query), { headers: { Range: 'bytes=0-3' } })).status).toBe(206);
    expect((await call('HEAD', posted.signed(query))).status).toBe(200);
  }
  expect([match.mock.calls, put.mock.calls]).toEqual([[], []]);
});

it('does not cache errors, originals that replace a variant, or more than 5 MiB', async () => {
  const put = vi.spyOn(caches.default, 'put');
  const one = await photo();
  const failing = spied(env.IMAGES, () => {
    throw new Error('no');
  }).binding;
  expect(
    (await withBindings({ IMAGES: failing }).call('GET', one.signed('width=160'))).headers.get(
      'Content-Type',
    ),
  ).toBe('image/png');
  const full = spied(env.PHOTOS, (name) =>
    name === 'put' ? Promise.reject(new Error('R2 is full')) : undefined,
  ).binding;
  expect((await withBindings({ PHOTOS: full }).call('GET', one.signed('width=160'))).status).toBe(200);
  expect((await client().call('GET', one.signed(), { headers: { 'If-None-Match': '*' } })).status).toBe(304);
  await env.PHOTOS.put(one.key, new Uint8Array(FIVE_MEBIBYTES + 1), {
    httpMetadata: { contentType: 'image/png' },
  });
  expect((await client().call('GET', one.signed())).bytes.length).toBe(FIVE_MEBIBYTES + 1);
  await env.PHOTOS.delete(one.key);
  expect((await client().call('GET', one.signed())).status).toBe(404);
  expect(put).not.toHaveBeenCalled();
  await env.PHOTOS.put(one.key, new Uint8Array(FIVE_MEBIBYTES), {
    httpMetadata: { contentType: 'image/png' },
  });
  expect((await client().call('GET', one.signed())).bytes.length).toBe(FIVE_MEBIBYTES);
  expect(await kept(one.nameOf('original'))).toBe(true);
});

it('caches the original once for all widths if Images is not bound', async () => {
  const { signed, nameOf } = await photo();
  const { binding, asked } = spied(env.PHOTOS);
  const api = withBindings({ IMAGES: undefined, PHOTOS: binding });
  await api.call('GET', signed('width=160'));
  const second = await api.call('GET', signed('width=1280&format=avif'));
  expect([second.headers.get('Content-Type'), asked.length]).toEqual(['image/png', 1]);
  expect(await kept(nameOf('original'))).toBe(true);
});

it('removes the original and every variant from the cache when the photo is deleted', async () => {
  const { id, token, key, signed, nameOf } = await photo();
  const { call } = client();
  const variants = variantKeys(key).map((one) => one.slice(key.length + 1));
  await call('GET', signed());
  for (const one of variants) {
    const [width, format] = one.split('.');
    await call('GET', signed(`width=${width}&format=${format}`));
  }
  const names = ['original', ...variants].map(nameOf);
  expect(await Promise.all(names.map(kept))).toEqual(Array(13).fill(true));
  expect((await call('DELETE', `/photos/${id}`, { token })).status).toBe(200);
  expect(await Promise.all(names.map(kept))).toEqual(Array(13).fill(false));
  for (const query of ['', 'width=160&format=webp'])
    expect((await call('GET', signed(query))).status).toBe(404);
});

it('serves the same URL to everybody within its window', async () => {
  const { id, token, signed } = await photo();
  const other = (await register()).access_token;
  for (const asking of [token, other]) {
    const { url } = (await call('GET', `/photos/${id}`, { token: asking })).body;
    expect(url.replace(ORIGIN, '')).toBe(signed());
  }
});
