import { env } from 'cloudflare:workers';
import { createClient } from '@libsql/client/http';
import { beforeAll, describe, expect, it } from 'vitest';
import { freshName } from '../support/api.ts';
import { call, ORIGIN, register } from '../support/worker.ts';

const db = createClient({ url: env.LIBSQL_URL });

/** Inserts photos without bytes into the table. `at` is when each was created and published, null for a draft. */
const insert = async (account: number, rows: { created: number; published: number | null }[]) => {
  await db.batch(
    rows.map(({ created, published }) => ({
      sql: `insert into photos (account_id, key, filename, content_type, bytes, width, height, created_at, updated_at, published_at)
            values (?, ?, 'x.png', 'image/png', 1, 1, 1, ?, ?, ?)`,
      args: [account, crypto.randomUUID(), created, created, published],
    })),
  );
};

const idOf = async (token: string) => (await call('GET', '/auth/me', { token })).body.me.id as number;

const walk = async (path: string, token: string) => {
  const pages: number[][] = [];
  let next: string | undefined = path;
  while (next) {
    const { body, headers, status, text } = await call('GET', next, { token });
    expect(status, text).toBe(200);
    pages.push(body.photos.map(({ id }: { id: number }) => id));
    const link = /^<(.+)>; rel="next"$/.exec(headers.get('Link') ?? '')?.[1];
    expect(Boolean(link)).toBe(body.next_cursor !== null);
    next = link?.replace(ORIGIN, '');
  }
  return pages;
};

let me: string;
let username: string;
let id: number;
beforeAll(async () => {
  const session = await register();
  [me, username] = [session.access_token, session.username];
  id = await idOf(me);
  const rows = Array.from({ length: 25 }, (_, i) => ({
    created: 1_000 + i,
    published: i % 5 === 0 ? null : 5_000 + (i % 3),
  }));
  await insert(id, rows);
});

describe('pages of photos', () => {
  it.each([
    ['/photos', 20],
    ['/me/photos', 25],
    ['/me/drafts', 5],
    ['/my-photos', 25],
    ['/my-drafts', 5],
  ])('%s lists every row once, in both orders, for every page size', async (path, count) => {
    const filter = path === '/photos' ? `&user=${username}` : '';
    const whole = (await walk(`${path}?limit=100${filter}`, me)).flat();
    expect(new Set(whole).size).toBe(count);
    for (const limit of [1, 4, 5, 7]) {
      const pages = await walk(`${path}?order=asc&limit=${limit}${filter}`, me);
      expect(pages.flat()).toEqual(whole);
      expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
    }
    expect((await walk(`${path}?order=DESC&limit=4${filter}`, me)).flat()).toEqual(whole.toReversed());
  });

  it('omits nothing and repeats nothing while others publish', async () => {
    const all = (await walk(`/photos?limit=100&user=${username}`, me)).flat();
    const first = await call('GET', `/photos?limit=5&user=${username}`, { token: me });
    await insert(id, [{ created: 2_000, published: 4_000 }]);
    const rest = await walk(`/photos?limit=5&user=${username}&cursor=${first.body.next_cursor}`, me);
    expect([...first.body.photos.map((p: { id: number }) => p.id), ...rest.flat()]).toEqual(all);
    await db.execute({ sql: 'delete from photos where account_id = ? and published_at = 4000', args: [id] });
  });

  it('refuses a cursor of another list, order or filter', async () => {
    const { next_cursor: cursor } = (await call('GET', `/photos?limit=2&user=${username}`, { token: me }))
      .body;
    expect(
      (
        await call('GET', `/all-photos?limit=9&user=${username.toUpperCase()}&cursor=${cursor}`, {
          token: me,
        })
      ).status,
    ).toBe(200);
    for (const path of [
      `/photos?limit=2&cursor=${cursor}`,
      `/photos?limit=2&order=desc&user=${username}&cursor=${cursor}`,
      `/me/photos?cursor=${cursor}`,
      `/me/drafts?cursor=${cursor}`,
      `/photos?user=${username}&cursor=x${cursor}`,
      '/photos?cursor=',
      `/photos?cursor=${btoa('["feed asc ",1e400,1]')}`,
    ]) {
      const { status, body } = await call('GET', path, { token: me });
      expect([status, body.errors?.[0].pointer], path).toEqual([422, '#/cursor']);
    }
  });

  it.each(['limit=0', 'limit=101', 'limit=x', 'limit=1.5', 'order=up', 'order='])(
    'refuses the query ?%s',
    async (query) => {
      for (const path of ['/photos', '/me/photos', '/me/drafts'])
        expect((await call('GET', `${path}?${query}`, { token: me })).status).toBe(422);
    },
  );
});

describe('the feed', () => {
  it('shows published photos to everyone, with file names for the owner only', async () => {
    const other = (await register()).access_token;
    const { body } = await call('GET', `/all-photos?user=${username}&limit=3`, { token: other });
    expect(body.photos).toHaveLength(3);
    expect(body.photos[0]).toMatchObject({ userid: id, username, posted: 1, filename: null });
    const mine = await call('GET', `/photos?user=${username}&limit=3`, { token: me });
    expect(mine.body.photos[0].filename).toBe('x.png');
  });

  it('is 404 for an unknown user and for an e-mail address', async () => {
    const email = `${freshName()}@example.com`;
    await call('POST', '/register', { json: { username: freshName(), password: 'test', email } });
    for (const user of [freshName(), email, "' or 1=1 --"])
      expect(
        (await call('GET', `/photos?user=${encodeURIComponent(user)}`, { token: me })).status,
        user,
      ).toBe(404);
  });

  it('is empty for a user without photos, and omits photos of deactivated accounts', async () => {
    const quiet = await register();
    expect((await call('GET', `/photos?user=${quiet.username}`, { token: me })).body.photos).toEqual([]);
    const gone = await register();
    const goneId = await idOf(gone.access_token);
    await insert(goneId, [{ created: 1, published: 9_999_999_999_999 }]);
    const newest = async () =>
      (await call('GET', '/photos?order=desc&limit=1', { token: me })).body.photos[0].userid;
    expect(await newest()).toBe(goneId);
    await db.execute({ sql: 'update accounts set deactivated_at = 1 where id = ?', args: [goneId] });
    expect(await newest()).not.toBe(goneId);
    expect((await call('GET', `/photos?user=${gone.username}`, { token: me })).status).toBe(404);
    expect((await call('GET', '/me/photos', { token: gone.access_token })).status).toBe(401);
  });
});

it('reveals neither a page nor its headers to a revoked token', async () => {
  const { access_token } = await register();
  await call('DELETE', '/logout/access', { token: access_token });
  const { status, text, headers } = await call('GET', '/photos?limit=1', {
    token: access_token,
    headers: { Origin: 'https://app.example' },
  });
  expect(status).toBe(401);
  expect(text).not.toContain('photos');
  expect(headers.get('Link')).toBeNull();
  expect(headers.get('Access-Control-Allow-Origin')).toBe('https://app.example');
});
