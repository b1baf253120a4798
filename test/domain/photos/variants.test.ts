import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { variantKeys } from '../../../src/domain/photos/variants.ts';
import type { Answer } from '../../support/api.ts';
import { db } from '../../support/database.ts';
import { png } from '../../support/images.ts';
import { call, describeApi, register, spied, withBindings } from '../../support/worker.ts';

const WIDTHS = [160, 320, 640, 1280] as const;
const FORMATS = ['webp', 'jpeg', 'avif'] as const;
const [WIDE, HIGH] = [1400, 40];

let seed = 0;

/** A draft of these bytes, with its id, key, token and signed path. */
const draft = async (bytes = png(WIDE, HIGH, seed++)) => {
  const { access_token: token } = await register();
  const { status, body } = await call('POST', '/photos', { token, file: { bytes } });
  expect(status).toBe(201);
  const url = new URL(body.url);
  const signed = (query = '') => `${url.pathname}${url.search}${query && `&${query}`}`;
  return { id: body.id as number, token, key: url.searchParams.get('key') as string, signed };
};

const sizeOf = async ({ bytes }: Answer) => {
  const info = (await env.IMAGES.info(new Response(bytes as BufferSource).body as ReadableStream)) as {
    format: string;
    width: number;
    height: number;
  };
  return [info.format, info.width, info.height];
};

const stored = async (key: string) =>
  (await env.PHOTOS.list({ prefix: key })).objects.map((object) => object.key).sort();

describe('a variant', () => {
  let one: Awaited<ReturnType<typeof draft>>;
  beforeAll(async () => {
    one = await draft();
  });

  it.each(WIDTHS.flatMap((width) => FORMATS.map((format) => [width, format] as const)))(
    '%i pixels wide as %s has that type and size, is stored under its name, and is made once',
    async (width, format) => {
      const { binding, asked } = spied(env.IMAGES);
      const bucket = spied(env.PHOTOS);
      const api = withBindings({ IMAGES: binding, PHOTOS: bucket.binding });
      const path = one.signed(`width=${width}&format=${format}`);
      const first = await api.call('GET', path);
      expect([first.status, first.headers.get('Content-Type')]).toEqual([200, `image/${format}`]);
      expect(await sizeOf(first)).toEqual([`image/${format}`, width, Math.round((HIGH * width) / WIDE)]);
      expect(await stored(one.key)).toContain(`${one.key}/${width}.${format}`);
      bucket.asked.length = 0;
      const second = await api.call('GET', path);
      expect(second.bytes).toEqual(first.bytes);
      expect(asked).toHaveLength(1);
      expect(bucket.asked.map(([name]) => name)).toEqual(['get']);
      const told = ({ headers }: Answer) =>
        Object.fromEntries(
          [...headers].filter(([name]) => !/^(server-timing|x-request-id|cache-control)$/.test(name)),
        );
      expect(told(second)).toEqual(told(first));
      expect(told(first)).not.toHaveProperty('repr-digest');
      expect(first.headers.get('Cache-Control')).toMatch(/^private, max-age=\d+, immutable$/);
    },
  );

  it('is never larger than the photo', async () => {
    const { signed } = await draft(png(200, 30, seed++));
    expect(await sizeOf(await call('GET', signed('width=1280&format=webp')))).toEqual([
      'image/webp',
      200,
      30,
    ]);
    expect(await sizeOf(await call('GET', signed('width=160&format=jpeg')))).toEqual(['image/jpeg', 160, 24]);
  });

  it('supports conditions and ranges like the original, the first time too', async () => {
    const [fresh, path] = [await draft(), 'width=160&format=webp'];
    const part = await call('GET', fresh.signed(path), { headers: { Range: 'bytes=8-11' } });
    expect([part.status, part.headers.get('Content-Range')?.split('/')[0]]).toEqual([206, 'bytes 8-11']);
    expect(new TextDecoder().decode(part.bytes)).toBe('WEBP');
    const again = await call('GET', fresh.signed(path), { headers: { Range: 'bytes=8-11' } });
    expect([again.status, again.bytes]).toEqual([206, part.bytes]);
    const tag = part.headers.get('ETag') as string;
    expect((await call('GET', fresh.signed(path), { headers: { 'If-None-Match': tag } })).status).toBe(304);
    expect((await call('GET', fresh.signed(path), { headers: { 'If-Match': '"other"' } })).status).toBe(412);
    const other = fresh.signed('width=320&format=webp');
    expect((await call('GET', other, { headers: { 'If-Match': '"other"' } })).status).toBe(412);
    expect((await call('GET', other, { headers: { Range: 'bytes=999999-' } })).status).toBe(416);
    const head = await call('HEAD', fresh.signed('width=640&format=webp'));
    const got = await call('GET', fresh.signed('width=640&format=webp'));
    expect([head.status, head.headers.get('Content-Length')]).toEqual([200, String(got.bytes.length)]);
    expect(head.headers.get('ETag')).toBe(got.headers.get('ETag'));
  });

  it('of a draft is served for a token too, after the session check and to the owner only', async () => {
    const mine = await draft();
    const path = `/photos/${mine.id}/image?width=160`;
    const answer = await call('GET', path, { token: mine.token });
    expect(await sizeOf(answer)).toEqual(['image/webp', 160, 5]);
    expect(answer.headers.get('Cache-Control')).toBe('private, no-cache');
    expect((await call('GET', path, { token: (await register()).access_token })).status).toBe(404);
    expect((await call('GET', path)).status).toBe(401);
    await call('GET', '/logout', { token: mine.token });
    const { binding, asked } = spied(env.PHOTOS);
    expect(
      (await withBindings({ PHOTOS: binding }).call('GET', `${path}&format=jpeg`, { token: mine.token }))
        .status,
    ).toBe(401);
    expect(asked).toEqual([]);
  });

  it.each([
    [undefined, 'webp'],
    ['', 'webp'],
    ['*/*', 'webp'],
    ['image/*', 'webp'],
    ['image/avif,image/webp,image/apng,*/*;q=0.8', 'webp'],
    ['IMAGE/WEBP', 'webp'],
    ['image/avif, image/jpeg;q=0.9, image/webp;q=0.1', 'webp'],
    ['image/jpeg', 'jpeg'],
    ['image/avif', 'jpeg'],
    ['image/webp;q=0, */*', 'jpeg'],
    ['image/*;q=0, */*', 'jpeg'],
    ['image/png,image/*;q=0', 'jpeg'],
    ['text/html', 'jpeg'],
    ['image/webp;q=x', 'jpeg'],
  ])('is negotiated for Accept: %s', async (accept, format) => {
    const headers = accept === undefined ? undefined : { Accept: accept };
    for (const query of ['width=160', 'width=160&format=auto']) {
      const answer = await call('GET', one.signed(query), headers && { headers });
      expect([answer.headers.get('Content-Type'), answer.headers.get('Vary')]).toEqual([
        `image/${format}`,
        'Accept, Origin',
      ]);
    }
    const named = await call('GET', one.signed('width=160&format=avif'), headers && { headers });
    expect([named.headers.get('Content-Type'), named.headers.get('Vary')]).toEqual(['image/avif', 'Origin']);
  });

  it.each([
    'width=161',
    'width=0',
    'width=-160',
    'width=160.0',
    'width=',
    'width=2560',
    'width=160&width=320',
    'width=160&format=png',
    'width=160&format=gif',
    'width=160&format=WEBP',
    'width=160&format=',
    'format=webp',
    'format=auto',
  ])('is refused for %s', async (query) => {
    expect((await call('GET', one.signed(query))).status).toBe(422);
    expect((await call('GET', `/photos/${one.id}/image?${query}`, { token: one.token })).status).toBe(422);
  });

  it('is described in OpenAPI with all widths and formats', async () => {
    const { paths } = (await describeApi()) as unknown as {
      paths: Record<string, { get: { parameters: object[] } }>;
    };
    const parameters = paths['/photos/{id}/image']?.get.parameters ?? [];
    expect(parameters).toContainEqual(
      expect.objectContaining({
        name: 'width',
        schema: expect.objectContaining({ type: 'integer', enum: WIDTHS }),
      }),
    );
    expect(parameters).toContainEqual(
      expect.objectContaining({
        name: 'format',
        schema: expect.objectContaining({ enum: ['auto', ...FORMATS] }),
      }),
    );
  });
});

describe('the original is served instead of a variant', () => {
  const whole = async (path: string, api = withBindings({})) => {
    const answer = await api.call('GET', path);
    expect([answer.status, answer.headers.get('Content-Type')]).toEqual([200, 'image/png']);
    return answer;
  };

  it('if Images is not bound', async () => {
    const { key, signed } = await draft();
    const api = withBindings({ IMAGES: undefined });
    const answer = await whole(signed('width=160'), api);
    expect(answer.headers.get('Vary')).toBe('Origin');
    expect(answer.bytes).toEqual((await call('GET', signed())).bytes);
    expect(await stored(key)).toEqual([key]);
  });

  it('if Images fails, without the message of Images', async () => {
    const { key, signed } = await draft();
    const log = vi.spyOn(console, 'warn');
    const failing = spied(env.IMAGES, () => {
      throw Object.assign(new Error('/home/somebody/sharp.js'), { code: 9523 });
    });
    const answer = await whole(signed('width=160'), withBindings({ IMAGES: failing.binding }));
    expect(answer.bytes).toEqual((await call('GET', signed())).bytes);
    expect(answer.headers.get('Cache-Control')).toBe('private, max-age=300, immutable');
    expect(answer.headers.get('Vary')).toBe('Accept, Origin');
    const lines = log.mock.calls.map(([line]) => String(line)).filter((line) => line.includes(key));
    expect(lines).toEqual([
      JSON.stringify({
        event: 'variant_failed',
        key: `${key}/160.webp`,
        error: 'Error: Images failed with code 9523',
      }),
    ]);
    log.mockRestore();
    expect(await stored(key)).toEqual([key]);
  });

  it('if Images refused it a short time ago, without asking Images again', async () => {
    const { id, signed } = await draft();
    const refusing = spied(env.IMAGES, () => {
      throw Object.assign(new Error('unreadable'), { code: 9523 });
    });
    const api = withBindings({ IMAGES: refusing.binding });
    for (const query of ['width=160', 'width=320&format=avif', 'width=160']) await whole(signed(query), api);
    expect(refusing.asked.length).toBe(1);
    const hourAgo = Date.now() - 3_600_000;
    await db.execute({ sql: 'update photos set unreadable_at = ? where id = ?', args: [hourAgo, id] });
    await whole(signed('width=160'), api);
    expect(refusing.asked.length).toBe(2);
  });

  it('if Images does not answer, and Images is asked again', async () => {
    const { signed } = await draft();
    const failing = spied(env.IMAGES, () => {
      throw new Error('Network connection lost');
    });
    const api = withBindings({ IMAGES: failing.binding });
    for (let i = 0; i < 2; i++) await whole(signed('width=160'), api);
    expect(failing.asked.length).toBe(2);
  });

  it('if the stored bytes are not an image', async () => {
    const { key, signed } = await draft();
    await env.PHOTOS.put(key, 'no image', { httpMetadata: { contentType: 'image/png' } });
    const answer = await whole(signed('width=160'));
    expect(new TextDecoder().decode(answer.bytes)).toBe('no image');
    expect(await stored(key)).toEqual([key]);
  });

  it('but a variant that R2 does not store is still served', async () => {
    const { key, signed } = await draft();
    const refusing = spied(env.PHOTOS, (name) =>
      name === 'put' ? Promise.reject(new Error('R2 is full')) : undefined,
    );
    const answer = await withBindings({ PHOTOS: refusing.binding }).call('GET', signed('width=160'));
    expect([answer.status, answer.headers.get('ETag')]).toEqual([200, null]);
    expect(await sizeOf(answer)).toEqual(['image/webp', 160, 5]);
    expect(await stored(key)).toEqual([key]);
  });
});

describe('deleting a photo', () => {
  it('deletes the original and all its variants in one call', async () => {
    const { id, key, token, signed } = await draft();
    for (const width of WIDTHS)
      for (const format of FORMATS) await call('GET', signed(`width=${width}&format=${format}`));
    expect(await stored(key)).toEqual([key, ...variantKeys(key)].sort());
    expect(variantKeys(key)).toHaveLength(12);
    const { binding, asked } = spied(env.PHOTOS);
    expect((await withBindings({ PHOTOS: binding }).call('DELETE', `/photos/${id}`, { token })).status).toBe(
      200,
    );
    expect(asked.map(([name]) => name)).toEqual(['delete']);
    expect(await stored(key)).toEqual([]);
    expect((await call('GET', signed('width=160'))).status).toBe(404);
  });

  it.each(['transform', 'put'])(
    'also deletes a variant that is being made: before its %s',
    async (moment) => {
      const { id, key, token, signed } = await draft();
      const remove = async () => {
        expect((await call('DELETE', `/photos/${id}`, { token })).status).toBe(200);
        return undefined;
      };
      let removed = false;
      const racing = spied(env.PHOTOS, async (name, of) => {
        if (removed || !(moment === 'put' ? name === 'put' : name === 'get' && of === key)) return undefined;
        removed = true;
        const object = moment === 'transform' ? await env.PHOTOS.get(key) : undefined;
        await remove();
        return object;
      });
      const answer = await withBindings({ PHOTOS: racing.binding }).call('GET', signed('width=160'));
      expect(answer.status).toBe(404);
      expect(await stored(key)).toEqual([]);
    },
  );

  it('names variants, which deleting a file does not', async () => {
    expect(variantKeys('files/1/x')).toEqual([]);
  });
});
