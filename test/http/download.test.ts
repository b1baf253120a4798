import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Answer } from '../support/api.ts';
import { freshName } from '../support/api.ts';
import { db } from '../support/database.ts';
import { call, ORIGIN, register, upload } from '../support/worker.ts';

const BYTES = '0123456789';
const SIZE = BYTES.length;

type Way = { path: string; token?: string; key: string };
type Known = { etag: string; modified: string; earlier: string; later: string };

const ways: Record<string, Way> = {};
const gone: Record<string, Way> = {};

const join = async (realm: 'ops' | 'client') => {
  const username = freshName(realm);
  await call('POST', `/${realm}/signup`, { form: { username, password: 'test' } });
  const { text: token } = await call('POST', `/${realm}/login`, { form: { username, password: 'test' } });
  return { username, token };
};

beforeAll(async () => {
  const { access_token: token } = await register();
  const { id, url } = await upload(token);
  const photoKey = new URL(url).searchParams.get('key') as string;
  await env.PHOTOS.put(photoKey, BYTES, { httpMetadata: { contentType: 'image/png' } });
  ways['an image by its signature'] = { path: url.replace(ORIGIN, ''), key: photoKey };
  ways['an image by a token'] = { path: `/photos/${id}/image`, token, key: photoKey };

  const [ops, client] = [await join('ops'), await join('client')];
  const file = { name: 'naïve "plan".txt', part: 'request_file', bytes: new TextEncoder().encode(BYTES) };
  await call('POST', '/ops/upload', { token: ops.token, file });
  const { rows } = await db.execute({
    sql: 'select key from files where name = ? order by id desc',
    args: [file.name],
  });
  const path = `/client/files/${ops.username}/${encodeURIComponent(file.name)}`;
  ways['a file'] = { path, token: client.token, key: rows[0]?.key as string };

  const ended = await register();
  gone['a photo’s owner'] = {
    path: `/photos/${(await upload(ended.access_token)).id}/image`,
    token: ended.access_token,
    key: '',
  };
  const left = await join('client');
  gone['a client'] = { path, token: left.token, key: '' };
  for (const { token } of Object.values(gone)) await call('GET', '/logout', { token: token as string });
});

afterEach(() => {
  vi.restoreAllMocks();
});

const ask = ({ path, token }: Way, headers: Record<string, string> = {}, method = 'GET') =>
  call(method, path, { token, headers });
const textOf = ({ bytes }: Answer) => new TextDecoder().decode(bytes);
const at = (text: string, seconds: number) => new Date(Date.parse(text) + seconds * 1000).toUTCString();

const know = async (way: Way): Promise<Known> => {
  const { headers } = await ask(way, {}, 'HEAD');
  const modified = headers.get('Last-Modified') as string;
  return { etag: headers.get('ETag') as string, modified, earlier: at(modified, -1), later: at(modified, 1) };
};

/** A date in the obsolete formats (RFC 9110 §5.6.7): RFC 850 and asctime(). */
const asRfc850 = (text: string) => {
  const long = new Date(text).toLocaleDateString('en', { weekday: 'long', timeZone: 'UTC' });
  const [, day, month, year, time] = text.split(' ');
  return `${long}, ${day}-${month}-${year?.slice(2)} ${time} GMT`;
};
const asAsctime = (text: string) => {
  const [name, day, month, year, time] = text.replace(',', '').split(' ');
  return `${name} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`;
};

type Case = [
  what: string,
  headers: (known: Known) => Record<string, string>,
  status: number,
  part?: [first: number, last: number],
];

const conditions: Case[] = [
  ['If-Match with the tag', ({ etag }) => ({ 'If-Match': etag }), 200],
  ['If-Match with the tag in a list', ({ etag }) => ({ 'If-Match': `"a,b" ,${etag}, "c"` }), 200],
  ['If-Match *', () => ({ 'If-Match': '*' }), 200],
  ['If-Match with another tag', () => ({ 'If-Match': '"other"' }), 412],
  ['If-Match with the tag as a weak one', ({ etag }) => ({ 'If-Match': `W/${etag}` }), 412],
  ['If-Match with the tag unquoted', ({ etag }) => ({ 'If-Match': etag.replaceAll('"', '') }), 412],
  ['If-Unmodified-Since that second', ({ modified }) => ({ 'If-Unmodified-Since': modified }), 200],
  ['If-Unmodified-Since a later one', ({ later }) => ({ 'If-Unmodified-Since': later }), 200],
  ['If-Unmodified-Since an earlier one', ({ earlier }) => ({ 'If-Unmodified-Since': earlier }), 412],
  ['If-Unmodified-Since what is no date', () => ({ 'If-Unmodified-Since': '1990' }), 200],
  [
    'If-Unmodified-Since beside If-Match',
    ({ etag, earlier }) => ({ 'If-Match': etag, 'If-Unmodified-Since': earlier }),
    200,
  ],
  ['If-None-Match with the tag', ({ etag }) => ({ 'If-None-Match': etag }), 304],
  ['If-None-Match with the tag as a weak one', ({ etag }) => ({ 'If-None-Match': `W/${etag}` }), 304],
  [
    'If-None-Match with the tag in a list',
    ({ etag }) => ({ 'If-None-Match': `"a,b",, W/"c" , ${etag}` }),
    304,
  ],
  ['If-None-Match *', () => ({ 'If-None-Match': '*' }), 304],
  ['If-None-Match with other tags', () => ({ 'If-None-Match': '"a", W/"b"' }), 200],
  ['If-None-Match with the tag inside another', ({ etag }) => ({ 'If-None-Match': `x${etag}` }), 200],
  ['If-Modified-Since that second', ({ modified }) => ({ 'If-Modified-Since': modified }), 304],
  [
    'If-Modified-Since that second by RFC 850',
    ({ modified }) => ({ 'If-Modified-Since': asRfc850(modified) }),
    304,
  ],
  [
    'If-Modified-Since that second by asctime()',
    ({ modified }) => ({ 'If-Modified-Since': asAsctime(modified) }),
    304,
  ],
  ['If-Modified-Since a later one', ({ later }) => ({ 'If-Modified-Since': later }), 304],
  ['If-Modified-Since an earlier one', ({ earlier }) => ({ 'If-Modified-Since': earlier }), 200],
  [
    'If-Modified-Since an earlier one by asctime()',
    ({ earlier }) => ({ 'If-Modified-Since': asAsctime(earlier) }),
    200,
  ],
  ['If-Modified-Since what is no date', () => ({ 'If-Modified-Since': '2099' }), 200],
  [
    'If-Modified-Since a day that is none',
    () => ({ 'If-Modified-Since': 'Mon, 31 Feb 2050 00:00:00 GMT' }),
    200,
  ],
  [
    'If-Modified-Since beside If-None-Match',
    ({ later }) => ({ 'If-None-Match': '"other"', 'If-Modified-Since': later }),
    200,
  ],
  ['If-Match before If-None-Match', ({ etag }) => ({ 'If-Match': '"other"', 'If-None-Match': etag }), 412],
  ['If-None-Match after If-Match', ({ etag }) => ({ 'If-Match': etag, 'If-None-Match': etag }), 304],
];

const ranges: Case[] = [
  ['the first bytes', () => ({ Range: 'bytes=0-3' }), 206, [0, 3]],
  ['one byte', () => ({ Range: 'bytes=0-0' }), 206, [0, 0]],
  ['all bytes', () => ({ Range: 'bytes=0-' }), 206, [0, 9]],
  ['an open end', () => ({ Range: 'bytes=5-' }), 206, [5, 9]],
  ['the last byte', () => ({ Range: 'bytes=9-9' }), 206, [9, 9]],
  ['an end past the size', () => ({ Range: 'bytes=8-99999999999999999999' }), 206, [8, 9]],
  ['a suffix', () => ({ Range: 'bytes=-4' }), 206, [6, 9]],
  ['a suffix longer than the whole', () => ({ Range: 'bytes=-99999999999999999999' }), 206, [0, 9]],
  ['a unit in capitals', () => ({ Range: 'BYTES=1-2' }), 206, [1, 2]],
  ['a start at the size', () => ({ Range: 'bytes=10-' }), 416],
  ['a range that begins at the size', () => ({ Range: 'bytes=10-12' }), 416],
  ['a start past the size', () => ({ Range: 'bytes=11-12' }), 416],
  ['a start past all numbers', () => ({ Range: 'bytes=99999999999999999999-' }), 416],
  ['a suffix of nothing', () => ({ Range: 'bytes=-0' }), 416],
  ['a reversed range', () => ({ Range: 'bytes=5-2' }), 200],
  ['another unit', () => ({ Range: 'lines=0-3' }), 200],
  ['several ranges', () => ({ Range: 'bytes=0-1,4-5' }), 200],
  ...[
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=a-b',
    'bytes=1',
    'bytes=+1-2',
    'bytes=1.0-2',
    'bytes=0x1-2',
    'bytes=--1',
    'bytes 0-3',
  ].map((range): Case => [`the malformed ${range}`, () => ({ Range: range }), 200]),
  ['If-Range with the tag', ({ etag }) => ({ Range: 'bytes=0-3', 'If-Range': etag }), 206, [0, 3]],
  [
    'If-Range with that second',
    ({ modified }) => ({ Range: 'bytes=0-3', 'If-Range': modified }),
    206,
    [0, 3],
  ],
  [
    'If-Range with the tag and no byte in range',
    ({ etag }) => ({ Range: 'bytes=10-', 'If-Range': etag }),
    416,
  ],
  [
    'If-Range with the tag as a weak one',
    ({ etag }) => ({ Range: 'bytes=0-3', 'If-Range': `W/${etag}` }),
    200,
  ],
  ['If-Range with another tag', () => ({ Range: 'bytes=0-3', 'If-Range': '"other"' }), 200],
  [
    'If-Range with another tag and no byte in range',
    () => ({ Range: 'bytes=10-', 'If-Range': '"other"' }),
    200,
  ],
  ['If-Range with a later second', ({ later }) => ({ Range: 'bytes=0-3', 'If-Range': later }), 200],
  ['If-Range with an earlier second', ({ earlier }) => ({ Range: 'bytes=0-3', 'If-Range': earlier }), 200],
  ['If-Range with what is neither', () => ({ Range: 'bytes=0-3', 'If-Range': '*' }), 200],
  ['If-Range without a range', () => ({ 'If-Range': '"other"' }), 200],
  ['If-None-Match before Range', ({ etag }) => ({ Range: 'bytes=0-3', 'If-None-Match': etag }), 304],
  [
    'If-None-Match before a range without a byte',
    ({ etag }) => ({ Range: 'bytes=10-', 'If-None-Match': etag }),
    304,
  ],
  ['If-Match before a range without a byte', () => ({ Range: 'bytes=10-', 'If-Match': '"other"' }), 412],
  ['Range after If-Match', ({ etag }) => ({ Range: 'bytes=2-3', 'If-Match': etag }), 206, [2, 3]],
];

const SAFE = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'cross-origin-resource-policy': 'cross-origin',
};

const CACHED: Record<string, RegExp> = {
  'an image by its signature': /^private, max-age=\d+, immutable$/,
  'an image by a token': /^private, no-cache$/,
  'a file': /^no-store$/,
};

const expectWhole = (headers: Record<string, string>, name: string) => {
  const attached = {
    'content-type': 'application/octet-stream',
    'content-disposition': expect.stringMatching(/^attachment; file/),
  };
  expect(headers).toMatchObject({
    'accept-ranges': 'bytes',
    ...(name === 'a file' ? attached : { 'content-type': 'image/png' }),
  });
};

describe.each(Object.keys(CACHED))('%s', (name) => {
  const wayOf = () => ways[name] as Way;
  let known: Known;
  beforeAll(async () => {
    known = await know(wayOf());
  });

  const expectAnswer = (answer: Answer, [, , status, part]: Case) => {
    const headers = Object.fromEntries(answer.headers);
    expect(answer.status).toBe(status);
    expect(headers).toMatchObject(SAFE);
    if (status < 400) {
      expect(headers).toMatchObject({ etag: known.etag, 'last-modified': known.modified, vary: 'Origin' });
      expect(headers['cache-control']).toMatch(CACHED[name] as RegExp);
    } else expect(headers).toMatchObject({ 'cache-control': 'no-store' });
    if (status === 200 || status === 206) {
      const [first, last] = part ?? [0, SIZE - 1];
      expectWhole(headers, name);
      expect(headers['content-length']).toBe(String(last - first + 1));
      expect(headers['content-range']).toBe(part && `bytes ${first}-${last}/${SIZE}`);
    } else expect(headers).not.toHaveProperty('content-disposition');
    if (status === 416) expect(headers['content-range']).toBe(`bytes */${SIZE}`);
  };

  it.each([...conditions, ...ranges])('GET with %s', async (...one) => {
    const [, headersOf, status, [first, last] = [0, SIZE - 1]] = one;
    const answer = await ask(wayOf(), headersOf(known));
    expectAnswer(answer, one);
    if (status < 300) expect(textOf(answer)).toBe(BYTES.slice(first, last + 1));
    if (status === 304) expect(answer.bytes.length).toBe(0);
    if (status >= 400)
      expect(answer.headers.get('Content-Type')).toContain(name === 'a file' ? 'text/plain' : 'problem+json');
  });

  it.each([['nothing', () => ({}), 200] as Case, ...conditions, ...ranges])(
    'HEAD with %s',
    async (...one) => {
      const [what, headersOf, status] = one;
      const opening = vi.spyOn(env.PHOTOS, 'get');
      const answer = await ask(wayOf(), headersOf(known), 'HEAD');
      expectAnswer(answer, [what, headersOf, [206, 416].includes(status) ? 200 : status]);
      expect(answer.bytes.length).toBe(0);
      expect(opening).not.toHaveBeenCalled();
    },
  );

  it.each([
    { 'If-None-Match': '"unterminated' },
    { 'If-None-Match': 'W/' },
    { 'If-None-Match': '"é\u00ff"' },
    { 'If-None-Match': '"a"'.repeat(3_000) },
    { 'If-None-Match': ',"'.repeat(5_000) },
    { 'If-None-Match': `"a"${' '.repeat(10_000)}x` },
    { 'If-Modified-Since': '9'.repeat(10_000) },
    { 'If-Modified-Since': '-1' },
    { 'If-Unmodified-Since': 'Invalid Date' },
    { 'If-Unmodified-Since': 'Mon, 01 Jan 99999 00:00:00 GMT' },
    { Range: `bytes=${'0-0,'.repeat(2_500)}0-0` },
    { Range: `bytes=${','.repeat(10_000)}` },
    { Range: 'bytes=NaN-Infinity' },
    { Range: 'bytes=-' },
    { Range: 'bytes=\u00ff-' },
    { Range: 'bytes=0-3', 'If-Range': '"unterminated' },
    { Range: 'bytes=0-3', 'If-Range': `"${'a'.repeat(10_000)}` },
  ] as Record<string, string>[])('answers %j with the whole', async (headers) => {
    const answer = await ask(wayOf(), headers);
    expect([answer.status, textOf(answer)]).toEqual([200, BYTES]);
  });

  it.each([
    [{ Range: `bytes=${'9'.repeat(10_000)}-` }, 416],
    [{ Range: `bytes=-${'9'.repeat(10_000)}` }, 206],
    [{ Range: `bytes=-${'0'.repeat(10_000)}` }, 416],
    [{ Range: `bytes=${'0'.repeat(5_000)}-${'9'.repeat(5_000)}` }, 206],
    [{ 'If-Match': '"unterminated' }, 412],
  ] as [Record<string, string>, number][])('answers %j with %i', async (headers, status) => {
    expect((await ask(wayOf(), headers)).status).toBe(status);
  });

  it('opens the object once (twice for an outdated If-Range), and cancels what it does not send', async () => {
    const get = env.PHOTOS.get.bind(env.PHOTOS);
    const opened: { mock: { calls: unknown[] } }[] = [];
    let asked = 0;
    vi.spyOn(env.PHOTOS, 'get').mockImplementation((async (key: string, options: R2GetOptions) => {
      asked++;
      const object = await get(key, options);
      if (object && 'body' in object) opened.push(vi.spyOn(object.body, 'cancel'));
      return object;
    }) as never);
    const count = async (headers: Record<string, string>) => {
      opened.length = asked = 0;
      await ask(wayOf(), headers);
      return [asked, opened.length, opened.filter(({ mock }) => mock.calls.length > 0).length];
    };
    expect(await count({})).toEqual([1, 1, 0]);
    expect(await count({ Range: 'bytes=1-2' })).toEqual([1, 1, 0]);
    expect(await count({ Range: 'bytes=1-2', 'If-Range': known.etag })).toEqual([1, 1, 0]);
    expect(await count({ 'If-None-Match': known.etag })).toEqual([1, 0, 0]);
    expect(await count({ 'If-None-Match': '"other"' })).toEqual([1, 1, 0]);
    expect(await count({ 'If-None-Match': `"other", ${known.etag}` })).toEqual([1, 1, 1]);
    expect(await count({ 'If-Match': '"other"', Range: 'bytes=1-2' })).toEqual([1, 1, 1]);
    expect(await count({ Range: 'bytes=10-' })).toEqual([1, 0, 0]);
    expect(await count({ Range: 'bytes=1-2', 'If-Range': '"other"' })).toEqual([2, 2, 1]);
  });

  it('answers every range of an empty object with 416', async () => {
    const stored = await env.PHOTOS.head(wayOf().key);
    await env.PHOTOS.put(wayOf().key, '', { httpMetadata: stored?.httpMetadata as R2HTTPMetadata });
    try {
      for (const Range of ['bytes=0-', 'bytes=0-0', 'bytes=-1', 'bytes=-0']) {
        const { status, headers } = await ask(wayOf(), { Range });
        expect([Range, status, headers.get('Content-Range')]).toEqual([Range, 416, 'bytes */0']);
      }
      for (const method of ['GET', 'HEAD']) {
        const { status, headers, bytes } = await ask(wayOf(), {}, method);
        expect([status, headers.get('Content-Length'), bytes.length]).toEqual([200, '0', 0]);
      }
    } finally {
      await env.PHOTOS.put(wayOf().key, BYTES, { httpMetadata: stored?.httpMetadata as R2HTTPMetadata });
    }
  });
});

it('sends everything but images as an attachment', async () => {
  const way = ways['an image by its signature'] as Way;
  const stored = await env.PHOTOS.head(way.key);
  for (const contentType of ['image/svg+xml', 'text/html', undefined]) {
    await env.PHOTOS.put(way.key, BYTES, contentType ? { httpMetadata: { contentType } } : {});
    for (const headers of [{}, { Range: 'bytes=0-3' }] as Record<string, string>[]) {
      const answer = await ask(way, headers);
      expect([answer.headers.get('Content-Type'), answer.headers.get('Content-Disposition')]).toEqual([
        'application/octet-stream',
        'attachment',
      ]);
    }
  }
  await env.PHOTOS.put(way.key, BYTES, { httpMetadata: stored?.httpMetadata as R2HTTPMetadata });
});

it.each(Object.keys(CACHED))(
  'answers 404 for %s whose bytes are gone, whatever the conditions',
  async (name) => {
    const way = ways[name] as Way;
    const stored = await env.PHOTOS.head(way.key);
    await env.PHOTOS.delete(way.key);
    for (const method of ['GET', 'HEAD'])
      for (const headers of [{ 'If-Match': '*' }, { 'If-None-Match': '*' }, { Range: 'bytes=99-' }] as Record<
        string,
        string
      >[])
        expect((await ask(way, headers, method)).status).toBe(404);
    await env.PHOTOS.put(way.key, BYTES, { httpMetadata: stored?.httpMetadata as R2HTTPMetadata });
  },
);

it.each(['a photo’s owner', 'a client'])('opens no object for a revoked token of %s', async (name) => {
  const [get, head] = [vi.spyOn(env.PHOTOS, 'get'), vi.spyOn(env.PHOTOS, 'head')];
  const way = gone[name] as Way;
  for (const method of ['GET', 'HEAD'])
    for (const headers of [{}, { 'If-Match': '"other"' }, { Range: 'bytes=999999-' }] as Record<
      string,
      string
    >[]) {
      const answer = await ask(way, headers, method);
      expect([answer.status, answer.headers.get('ETag'), answer.headers.get('Content-Range')]).toEqual([
        401,
        null,
        null,
      ]);
    }
  expect(get).not.toHaveBeenCalled();
  expect(head).not.toHaveBeenCalled();
});
