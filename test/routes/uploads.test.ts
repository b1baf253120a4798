import { env } from 'cloudflare:workers';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, inject, it } from 'vitest';
import { atOnce } from '../support/api.ts';
import { db } from '../support/database.ts';
import { png, pngOf } from '../support/images.ts';
import { eventually, stopClock } from '../support/time.ts';
import { call, register, withBindings } from '../support/worker.ts';
import '../support/provided.ts';

let me: string;
beforeEach(async () => {
  me = (await register()).access_token;
});

const fromBase64 = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const binary = (bytes: Uint8Array) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
const sha256 = async (bytes: Uint8Array) =>
  btoa(binary(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as BufferSource))));
const pathOf = (url: string) => new URL(url).pathname + new URL(url).search;
const image = (
  bytes: Uint8Array,
  more: { path?: string; headers?: Record<string, string>; type?: string; token?: string } = {},
) =>
  call('POST', more.path ?? '/photos', {
    token: more.token ?? me,
    body: bytes as BufferSource,
    headers: { 'Content-Type': more.type ?? 'image/png', ...more.headers },
  });
type Part = Uint8Array | string;
/** A form of files. A part that is a string is a caption. */
const form = (...parts: Part[]) => {
  const data = new FormData();
  for (const [i, part] of parts.entries())
    if (typeof part === 'string') data.append('caption', part);
    else data.append('file', new File([part as BufferSource], `${i}.png`));
  return call('POST', '/photos', { token: me, body: data });
};
const rows = async (token = me) => (await call('GET', '/me/photos', { token })).body.photos;
const intents = async () => {
  const { id } = (await call('GET', '/auth/me', { token: me })).body.me;
  const mine = { sql: 'select count(*) as n from intents where key glob ?', args: [`photos/${id}/*`] };
  return (await db.execute(mine)).rows[0]?.n;
};

describe('the metadata of a photo', () => {
  it.each(inject('fixtures'))(
    'is removed from a $name, and its details are stored',
    async ({ contentType, info, base64 }) => {
      const { status, body, text } = await image(fromBase64(base64), { type: contentType });
      expect(status, text).toBe(201);
      const { width, height, orientation, frames } = info;
      expect(body).toMatchObject({
        content_type: contentType,
        width,
        height,
        orientation,
        frames,
        taken_at: info.takenAt,
      });
      const { bytes, headers } = await call('GET', pathOf(body.url));
      expect(headers.get('Content-Type')).toBe(contentType);
      expect(body.bytes).toBe(bytes.length);
      for (const secret of inject('secrets')) expect(binary(bytes)).not.toContain(atob(secret));
      const { rows } = await db.execute({ sql: 'select * from photos where id = ?', args: [body.id] });
      expect(rows[0]?.sha256).toBe(await sha256(bytes));
    },
  );
});

describe('several files in a form', () => {
  it('are answered in their order, each with the caption before it, or the one after the last file', async () => {
    const text = new TextEncoder().encode('no image');
    const { status, body, headers } = await form(
      'first',
      png(1, 1),
      png(2, 1),
      text,
      'for the last but one',
      png(3, 1),
      png(4, 1),
      'last',
    );
    expect(status).toBe(207);
    expect(headers.has('Location')).toBe(false);
    expect(body.results.map(({ status }: { status: number }) => status)).toEqual([201, 201, 415, 201, 201]);
    const captions = body.results.map(({ photo }: { photo?: { caption: string } }) => photo?.caption);
    expect(captions).toEqual(['first', null, undefined, 'for the last but one', 'last']);
    expect(body.results[2].problem).toMatchObject({
      status: 415,
      code: 'unsupported_type',
      message: expect.any(String),
    });
    expect(await rows()).toHaveLength(4);
  });

  it('each count for the rate limit, and nothing over it is stored', async () => {
    stopClock();
    await atOnce(55, () => call('POST', '/photos', { token: me, json: {} }));
    const { status, body, headers } = await form(...Array.from({ length: 7 }, (_, i) => png(i + 1, 1)));
    expect(status).toBe(207);
    expect(body.results.map(({ status }: { status: number }) => status)).toEqual([
      201, 201, 201, 201, 201, 429, 429,
    ]);
    expect(body.results[6].problem).toMatchObject({ code: 'throttled', message: '60 per 1 minute' });
    expect(Number(headers.get('Retry-After'))).toBeGreaterThan(0);
    expect(await rows()).toHaveLength(5);
    await eventually(async () => expect(await intents()).toBe(0));
    expect((await form(png(1, 1))).status).toBe(429);
  });

  it('may include one that is too large', async () => {
    const { status, body } = await form(png(1, 1), pngOf((16 << 20) + 1), png(2, 1));
    expect(status).toBe(207);
    expect(body.results.map(({ status }: { status: number }) => status)).toEqual([201, 413, 201]);
  });

  it('are at most ten, and each further file or file in another part has its own answer', async () => {
    const text = new Uint8Array([1]);
    const data = new FormData();
    for (let i = 0; i < 12; i++) {
      data.append('caption', `${i}`);
      data.append('file', new File([text], `${i}.png`));
      if (i === 3) data.append('other', new File([text], 'other.png'));
    }
    const { body } = await call('POST', '/photos', { token: me, body: data });
    const statuses = body.results.map(({ status }: { status: number }) => status);
    expect(statuses).toEqual([415, 415, 415, 415, 422, 415, 415, 415, 415, 415, 415, 422, 422]);
    expect(body.results[4].problem.detail).toContain('`other`');
    expect(body.results.at(-1).problem.detail).toBe('Send at most 10 files at a time.');
  });

  it('are all answered, however large one of them is', async () => {
    const { body, headers } = await form(png(1, 1), new Uint8Array(40 << 20), png(2, 1));
    expect(body.results.map(({ status }: { status: number }) => status)).toEqual([201, 413, 201]);
    expect(headers.has('Retry-After')).toBe(false);
  });

  it('are refused like a single file if there is only one, whatever else is wrong with the form', async () => {
    const head = 'Content-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n';
    const answer = await call('POST', '/photos', {
      token: me,
      body: `--b\r\n${head}no image at all\r\n--b`,
      headers: { 'Content-Type': 'multipart/form-data; boundary=b' },
    });
    expect([400, 415]).toContain(answer.status);
  });

  it('report the result of the first if the form breaks off after it', async () => {
    const head = 'Content-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n';
    const body = new Blob([`--b\r\n${head}`, png(1, 1) as BufferSource, `\r\n--b\r\n${head}abc`]);
    const answer = await call('POST', '/photos', {
      token: me,
      body,
      headers: { 'Content-Type': 'multipart/form-data; boundary=b' },
    });
    expect([answer.status, answer.body.results.map(({ status }: { status: number }) => status)]).toEqual([
      207,
      [201, 400],
    ]);
  });
});

describe('a body that is the photo itself', () => {
  it('is stored with its name and its caption', async () => {
    const headers = { 'Content-Disposition': `attachment; filename*=UTF-8''%E2%82%AC.png` };
    const {
      status,
      body,
      headers: answered,
    } = await image(png(5, 4), { path: '/photos?caption=Dusk', headers });
    expect([status, answered.get('Location')]).toEqual([201, `/photos/${body.id}`]);
    expect(body).toMatchObject({
      filename: '€.png',
      caption: 'Dusk',
      content_type: 'image/png',
      width: 5,
      height: 4,
    });
  });

  it('is recognised by its bytes, whatever its Content-Type says', async () => {
    expect((await image(png(5, 4), { type: 'image/jpeg' })).body.content_type).toBe('image/png');
    expect((await image(new TextEncoder().encode('<svg/>'), { type: 'image/svg+xml' })).status).toBe(415);
    expect((await image(new Uint8Array())).status).toBe(422);
    expect((await image(pngOf((16 << 20) + 1))).status).toBe(413);
    const caption = encodeURIComponent('x'.repeat(2_001));
    expect((await image(png(1, 1), { path: `/photos?caption=${caption}` })).status).toBe(422);
    expect(await rows()).toHaveLength(1);
  });

  it('is checked against its digest', async () => {
    const bytes = png(6, 4);
    const right = { 'Repr-Digest': `sha-512=:AAAA:, sha-256=:${await sha256(bytes)}:` };
    const wrong = { 'Repr-Digest': `sha-256=:${await sha256(png(1, 1))}:` };
    expect((await image(bytes, { headers: right })).status).toBe(201);
    const refused = await image(bytes, { headers: wrong });
    expect([refused.status, refused.body.code]).toEqual([422, 'invalid']);
    const unreadable = await image(bytes, { headers: { 'Repr-Digest': 'sha-256=abcdef' } });
    expect([unreadable.status, unreadable.body.code]).toEqual([400, 'malformed']);
    expect((await image(bytes, { headers: { 'Content-Encoding': 'gzip' } })).status).toBe(415);
    expect(await rows()).toHaveLength(1);
  });
});

describe('a body of another form', () => {
  const compressed = { 'Content-Encoding': 'gzip' };

  it.each([
    ['POST', '/photos', 'multipart/form-data; boundary=b'],
    ['POST', '/file', 'multipart/form-data; boundary=b'],
    ['POST', '/photos', 'image/png'],
    ['POST', '/register', 'application/json'],
    ['POST', '/login', 'application/x-www-form-urlencoded'],
    ['POST', '/auth/refresh', 'application/json'],
  ])('is refused by %s %s when it is compressed (%s)', async (method, path, type) => {
    const answer = await call(method, path, {
      token: me,
      body: gzipSync('{}') as BodyInit,
      headers: { ...compressed, 'Content-Type': type },
    });
    expect([answer.status, answer.body.code]).toEqual([415, 'unsupported_type']);
    expect(answer.headers.get('Accept-Encoding')).toBe('identity');
  });

  it('is taken with the coding identity', async () => {
    expect((await image(png(1, 1), { headers: { 'Content-Encoding': 'identity' } })).status).toBe(201);
  });

  it.each([
    ['POST', '/photos', 'application/json', 'multipart/form-data, image/jpeg'],
    ['POST', '/photos', 'image/png', 'multipart/form-data, image/jpeg'],
    ['POST', '/login', 'text/plain', 'application/json, application/x-www-form-urlencoded'],
    ['PUT', '/photos/1/caption', 'text/plain', 'application/json'],
  ])('is told by %s %s which types are taken instead of %s', async (method, path, type, types) => {
    const answer = await call(method, path, { token: me, body: 'text', headers: { 'Content-Type': type } });
    expect(answer.status).toBe(415);
    expect(answer.headers.get('Accept')).toContain(types);
    const post = answer.headers.get('Accept-Post');
    expect(post).toBe(method === 'POST' ? answer.headers.get('Accept') : null);
  });
});

describe('a multipart body', () => {
  const part = 'Content-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n';
  const send = (...pieces: (string | Uint8Array)[]) =>
    call('POST', '/photos', {
      token: me,
      body: new Blob(pieces as BufferSource[]),
      headers: { 'Content-Type': 'multipart/form-data; boundary=b' },
    });

  it('may have white space after its boundaries, and text before and after its parts', async () => {
    const field = 'Content-Disposition: form-data; name="caption"\r\n\r\nDusk';
    const answer = await send(
      `before\r\n--b \t\r\n${field}\r\n--b  \r\n${part}`,
      png(3, 2),
      '\r\n--b-- \t\r\nafter',
    );
    expect([answer.status, answer.body.caption], answer.text).toEqual([201, 'Dusk']);
  });

  it('may have a part that contains its boundary followed by other text', async () => {
    const caption = 'one\r\n--bee\r\n--b :\r\n--';
    const field = `Content-Disposition: form-data; name="caption"\r\n\r\n${caption}`;
    const answer = await send(`--b\r\n${field}\r\n--b\r\n${part}`, png(3, 2), '\r\n--b--\r\n');
    expect([answer.status, answer.body.caption], answer.text).toEqual([201, caption]);
  });

  it('may fold the lines of a header', async () => {
    const folded = 'Content-Disposition: form-data;\r\n\tname="file";\r\n filename="a.png"\r\n\r\n';
    expect((await send(`--b\r\n${folded}`, png(3, 2), '\r\n--b--\r\n')).body.filename).toBe('a.png');
  });

  it.each([
    ['without a last boundary', `--b\r\n${part}x\r\n--b\r\n`],
    ['whose header does not end', `--b\r\nContent-Disposition: form-data\r\n--b--\r\n`],
    ['whose header has 16 KiB', `--b\r\nX: ${'x'.repeat(17_000)}\r\n${part}x\r\n--b--\r\n`],
    ['of other boundaries', `--a\r\n${part}x\r\n--a--\r\n`],
  ])('%s is refused', async (_, body) => {
    const answer = await send(body);
    expect([answer.status, answer.body.code], answer.text).toEqual([400, 'malformed']);
  });
});

describe('the same bytes sent again', () => {
  const once = { 'If-None-Match': '*' };

  it('become another photo, unless If-None-Match asks for one', async () => {
    const bytes = png(9, 9);
    const first = await image(bytes, { path: '/photos?caption=one' });
    expect((await image(bytes)).body.id).not.toBe(first.body.id);
    const known = await image(bytes, { headers: once });
    expect([known.status, known.body.id, known.body.caption]).toEqual([200, first.body.id, 'one']);
    const early = await image(bytes, {
      headers: { ...once, 'Repr-Digest': `sha-256=:${await sha256(bytes)}:` },
    });
    expect([early.status, early.body.id]).toEqual([200, first.body.id]);
    expect(await rows()).toHaveLength(2);
    await eventually(async () =>
      expect((await env.PHOTOS.list({ prefix: `photos/${first.body.userid}/` })).objects).toHaveLength(2),
    );
  });

  it('are recognised by what was sent, including metadata that is not stored', async () => {
    const { base64, contentType } = inject('fixtures')[0] as { base64: string; contentType: string };
    const bytes = fromBase64(base64);
    const { body } = await image(bytes, { type: contentType });
    expect((await image(bytes, { type: contentType, headers: once })).body.id).toBe(body.id);
  });

  it('are not recognised if somebody else sent them before', async () => {
    const bytes = png(8, 9);
    const theirs = await image(bytes, { token: (await register()).access_token });
    const headers = { ...once, 'Repr-Digest': `sha-256=:${await sha256(bytes)}:` };
    const mine = await image(bytes, { headers });
    expect([mine.status, mine.body.id === theirs.body.id]).toEqual([201, false]);
  });

  it('become one photo if they arrive simultaneously', async () => {
    const bytes = png(7, 9);
    const { answers, statuses } = await atOnce(4, () => image(bytes, { headers: once }));
    expect(statuses).toEqual({ 200: 3, 201: 1 });
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(await rows()).toHaveLength(1);
  });
});

it('an account stores no more than it may, and GET /me/usage says how much that is', async () => {
  const bytes = png(4, 4);
  const small = withBindings({ STORAGE_PER_ACCOUNT: String(2 * bytes.length) });
  const send = () => small.call('POST', '/photos', { token: me, file: { bytes } });
  const usage = async () => (await small.call('GET', '/me/usage', { token: me })).body;
  expect(await usage()).toEqual({
    bytes: { used: 0, allowed: 2 * bytes.length },
    photos: { used: 0, allowed: null },
    files: { used: 0, allowed: null },
  });
  const { body } = await send();
  await send();
  const refused = await send();
  expect([refused.status, refused.body.code]).toEqual([413, 'quota_exceeded']);
  expect(await usage()).toMatchObject({ bytes: { used: 2 * bytes.length }, photos: { used: 2 } });
  await small.call('DELETE', `/photos/${body.id}`, { token: me });
  expect((await send()).status).toBe(201);
  expect((await call('GET', '/me/usage', { token: me })).body.bytes.allowed).toBe(5 * 2 ** 30);
});

it.each([
  ['1 MiB', 1 << 20, 0],
  ['6 MiB', 6 << 20, 1],
])(
  'leaves no object and at most a pending object of a photo of %s that is refused at its end',
  async (_, size, left) => {
    const account = (await call('GET', '/auth/me', { token: me })).body.me.id;
    expect((await image(pngOf(size).slice(0, -20))).status).toBe(422);
    expect((await env.PHOTOS.list({ prefix: `photos/${account}/` })).objects).toEqual([]);
    await eventually(async () => expect(await intents()).toBe(left));
  },
);
