import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Answer, atOnce } from '../support/api.ts';
import { db } from '../support/database.ts';
import { png, pngHeader, pngOf } from '../support/images.ts';
import { eventually, stopClock } from '../support/time.ts';
import { call, register, upload } from '../support/worker.ts';

let me: string;
let other: string;
beforeEach(async () => {
  me = (await register()).access_token;
  other = (await register()).access_token;
});

const keyOf = (url: string) => new URL(url).searchParams.get('key') ?? '';

describe('uploading', () => {
  it('creates a draft', async () => {
    const bytes = png(7, 5);
    const file = { bytes, name: 'Ünï "cödé" 🎞.png', caption: 'Sunset' };
    const { status, body, headers } = await call('POST', '/photos', { token: me, file });
    expect(status).toBe(201);
    expect(headers.get('Location')).toBe(`/photos/${body.id}`);
    expect(body).toMatchObject({
      message: 'File successfully uploaded',
      posted: 0,
      caption: 'Sunset',
      filename: 'Ünï "cödé" 🎞.png',
      content_type: 'image/png',
      bytes: bytes.length,
      width: 7,
      height: 5,
      published_at: null,
    });
    expect((await env.PHOTOS.head(keyOf(body.url)))?.size).toBe(bytes.length);
  });

  it.each(['/upload-photo', '/file'])('works at %s', async (path) => {
    expect((await call('POST', path, { token: me, file: { bytes: png(1, 1) } })).status).toBe(201);
  });

  const text = (s: string) => new TextEncoder().encode(s);
  const multipart = (body: string) => ({
    body,
    headers: { 'Content-Type': 'multipart/form-data; boundary=b' },
  });
  const part = 'Content-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n';

  it.each<[string, object, number]>([
    ['no body', {}, 415],
    ['JSON', { json: {} }, 415],
    ['another part name', { file: { bytes: png(1, 1), part: 'image' } }, 422],
    ['an empty file', { file: { bytes: new Uint8Array() } }, 422],
    ['text called .png', { file: { bytes: text('<script>alert(1)</script>') } }, 415],
    ['SVG', { file: { bytes: text('<svg xmlns="http://www.w3.org/2000/svg"/>') } }, 415],
    ['HEIC', { file: { bytes: text('\0\0\0\x14ftypheic\0\0\0\0heic') } }, 415],
    ['half a PNG header', { file: { bytes: pngHeader(5, 5).slice(0, 20) } }, 422],
    ['a PNG that ends early', { file: { bytes: png(5, 5).slice(0, -4) } }, 422],
    ['a PNG of no width', { file: { bytes: pngHeader(0, 5) } }, 422],
    ['a PNG of 101 megapixels', { file: { bytes: pngHeader(10_100, 10_000) } }, 422],
    ['17 MiB', { file: { bytes: new Uint8Array(17 << 20) } }, 413],
    ['a caption of 2,001 characters', { file: { bytes: png(1, 1), caption: 'x'.repeat(2_001) } }, 422],
    [
      'a multipart body without a boundary',
      { body: 'x', headers: { 'Content-Type': 'multipart/form-data' } },
      400,
    ],
    ['a body that ends early', multipart(`--b\r\n${part}PNG`), 400],
    ['a part without a name', multipart('--b\r\n\r\nx\r\n--b--\r\n'), 400],
    ['two files that are none', multipart(`--b\r\n${part}x\r\n--b\r\n${part}x\r\n--b--\r\n`), 207],
    ['no part at all', multipart('--b--\r\n'), 422],
  ])('refuses %s, and stores nothing', async (_, options, status) => {
    const answer = await call('POST', '/photos', { token: me, ...options });
    expect(answer.status, answer.text).toBe(status);
    expect((await call('GET', '/me/photos', { token: me })).body.photos).toEqual([]);
  });

  it('reads a body wherever its chunks are cut', async () => {
    const frame = (size: number) => {
      const head = `--b\r\n${part}`;
      const tail = '\r\n--b--\r\n';
      return new Blob([head, pngOf(size - head.length - tail.length) as BufferSource, tail]);
    };
    for (let cut = -6; cut <= 6; cut++) {
      const { access_token: token } = await register();
      const { body, status, text } = await call('POST', '/photos', {
        token,
        body: frame((1 << 18) + cut),
        headers: { 'Content-Type': 'multipart/form-data; boundary=b' },
      });
      expect(status, `${cut}: ${text}`).toBe(201);
      expect(body.bytes).toBe((1 << 18) + cut - `--b\r\n${part}\r\n--b--\r\n`.length);
    }
  });

  it('accepts a file of exactly the size limit, whatever else the form has, and nothing larger', async () => {
    const whole = pngOf(16 << 20);
    const more = pngOf((16 << 20) + 1);
    expect(
      (await call('POST', '/photos', { token: me, file: { bytes: whole, caption: 'x'.repeat(2_000) } }))
        .status,
    ).toBe(201);
    expect((await call('POST', '/photos', { token: me, file: { bytes: more } })).status).toBe(413);
  });

  it('reads a file name by RFC 8187, and refuses an unreadable header of a part', async () => {
    const named = (parameters: string) =>
      call('POST', '/photos', {
        token: me,
        body: new Blob([
          `--b\r\nContent-Disposition: form-data; ${parameters}\r\n\r\n`,
          png(3, 2) as BufferSource,
          '\r\n--b--\r\n',
        ]),
        headers: { 'Content-Type': 'multipart/form-data; boundary="b";' },
      });
    expect((await named(`name="file"; filename*=UTF-8''%E2%82%AC.png`)).body.filename).toBe('€.png');
    expect((await named(`filename="a; name=x"; name="file"`)).body.filename).toBe('a; name=x');
    expect((await named(`name="file"; filename*=UTF-8''100%%.png`)).status).toBe(400);
  });

  it('leaves no pending object of a refused upload', async () => {
    const account = (await call('GET', '/auth/me', { token: me })).body.me.id;
    const mine = { sql: 'select key from intents where key glob ?', args: [`photos/${account}/*`] };
    await call('POST', '/photos', { token: me, file: { bytes: text('no image') } });
    await eventually(async () => expect((await db.execute(mine)).rows).toEqual([]));
  });

  it('accepts a form of ten photos with the default settings', async () => {
    const data = new FormData();
    for (let i = 0; i < 10; i++) data.append('file', new File([png(i + 1, 1) as BufferSource], `${i}.png`));
    const { status, body } = await call('POST', '/photos', { token: me, body: data });
    expect(status).toBe(207);
    expect(body.results.map((one: { status: number }) => one.status)).toEqual(Array(10).fill(201));
  });

  it('allows five requests a minute on /file, also of fifty simultaneous ones', async () => {
    stopClock();
    const { statuses, answers } = await atOnce(50, () =>
      call('POST', '/file', { token: me, file: { bytes: png(1, 1) } }),
    );
    expect(statuses).toEqual({ 201: 5, 429: 45 });
    const refused = answers.find(({ status }) => status === 429) as Answer;
    expect(refused.body).toMatchObject({ code: 'throttled', message: '5 per 1 minute' });
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0);
    expect(refused.headers.get('RateLimit-Policy')).toBe('"file-requests";q=5;w=60');
    expect(refused.headers.get('RateLimit')).toMatch(/^"file-requests";r=0;t=\d+$/);
    expect((await call('GET', '/me/photos', { token: me })).body.photos).toHaveLength(5);
    expect((await call('POST', '/file', { token: other, file: { bytes: png(1, 1) } })).status).toBe(201);
    expect((await call('POST', '/photos', { token: me, file: { bytes: png(1, 1) } })).status).toBe(201);
  });

  it('counts every attempt, good or bad, except with a revoked token', async () => {
    stopClock();
    const dead = (await register()).access_token;
    await call('DELETE', '/logout/access', { token: dead });
    for (let i = 0; i < 7; i++)
      expect((await call('POST', '/photos', { token: dead, json: {} })).status).toBe(401);
    const { statuses } = await atOnce(60, () => call('POST', '/upload-photo', { token: me, json: {} }));
    expect(statuses).toEqual({ 415: 60 });
    const refused = await call('POST', '/photos', { token: me, file: { bytes: png(1, 1) } });
    expect([refused.status, refused.body.message]).toEqual([429, '60 per 1 minute']);
    expect(refused.headers.get('RateLimit-Policy')).toBe('"uploads";q=60;w=60');
  });
});

describe('a draft', () => {
  it('is visible to its owner only, and does not exist for others', async () => {
    const { id } = await upload(me);
    expect((await call('GET', `/photos/${id}`, { token: me })).status).toBe(200);
    const plain = ({ body: { request_id: _, ...rest } }: Answer) => rest;
    for (const [method, path] of [
      ['GET', '/photos/:id'],
      ['GET', '/photo/:id'],
      ['GET', '/photos/:id/image'],
      ['POST', '/photos/:id/publish'],
      ['POST', '/post-photo/:id'],
      ['PUT', '/photos/:id/caption'],
      ['DELETE', '/photos/:id'],
      ['DELETE', '/delete-photo/:id'],
      ['POST', '/delete-photo/:id'],
    ] as const) {
      const options = { token: other, ...(path.endsWith('caption') && { json: { caption: 'x' } }) };
      const theirs = await call(method, path.replace(':id', String(id)), options);
      const missing = await call(method, path.replace(':id', '999999999'), options);
      expect([theirs.status, path]).toEqual([404, path]);
      expect(plain(theirs)).toEqual(plain(missing));
    }
    expect((await call('GET', `/photos/${id}`, { token: me })).body.caption).toBeNull();
  });

  it('is published once, and a second time changes nothing', async () => {
    const { id } = await upload(me);
    const placeholder = async () => (await call('GET', `/photos/${id}`, { token: me })).body.placeholder;
    await eventually(async () => expect(await placeholder()).not.toBeNull());
    const first = await call('POST', `/photos/${id}/publish`, { token: me });
    expect(first.body.posted).toBe(1);
    const second = await call('POST', `/post-photo/${id}`, { token: me });
    expect(second.body).toEqual(first.body);
    const seen = await call('GET', `/photo/${id}`, { token: other });
    const { message: _, ...posted } = first.body;
    expect(seen.body).toEqual({ ...posted, filename: null });
  });
});

it.each(['PUT', 'PATCH', 'POST'])('sets and removes a caption with %s', async (method) => {
  const { id } = await upload(me, 'old');
  const caption = '🎞 <b>new</b>';
  expect((await call(method, `/photos/${id}/caption`, { token: me, json: { caption } })).body.caption).toBe(
    caption,
  );
  expect(
    (await call(method, `/photos/${id}/caption`, { token: me, json: { caption: null } })).body.caption,
  ).toBeNull();
  for (const json of [{}, { caption: 1 }, { caption: 'x'.repeat(2_001) }])
    expect((await call(method, `/photos/${id}/caption`, { token: me, json })).status).toBe(422);
});

it('deletes the row and the bytes of a photo, published or not', async () => {
  for (const [method, path] of [
    ['DELETE', '/photos/'],
    ['DELETE', '/delete-photo/'],
    ['POST', '/delete-photo/'],
  ] as const) {
    const { id, url } = await upload(me);
    await call('POST', `/photos/${id}/publish`, { token: me });
    const { status, body } = await call(method, path + id, { token: me });
    expect([status, typeof body.message]).toEqual([200, 'string']);
    expect(await env.PHOTOS.head(keyOf(url))).toBeNull();
    expect((await call('GET', `/photos/${id}`, { token: me })).status).toBe(404);
    expect((await call('GET', new URL(url).pathname + new URL(url).search)).status).toBe(404);
    expect((await call(method, path + id, { token: me })).status).toBe(404);
  }
});

it.each(['0', '-1', '1.5', 'abc', '01', '1e3', '99999999999999999999', '%00', '1%20or%201=1'])(
  'answers 404 to the id %s',
  async (id) => {
    expect((await call('GET', `/photos/${id}`, { token: me })).status).toBe(404);
    expect((await call('DELETE', `/photos/${id}`, { token: me })).status).toBe(404);
  },
);
