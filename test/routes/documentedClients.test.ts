import { describe, expect, it } from 'vitest';
import { freshName, type Session } from '../support/api.ts';
import { makeAdmin } from '../support/database.ts';
import { call, register, upload } from '../support/worker.ts';

/** What clients of the five documented APIs do that ours do not. */

const grantAdmin = async ({ username, access_token: token }: Session) => {
  await makeAdmin(username);
  return token;
};

const refresh = (path: string, token: string, session: Session, headers: Record<string, string> = {}) =>
  call('POST', path, {
    token,
    body: JSON.stringify({ refresh_token: session.refresh_token }),
    headers: { 'Content-Type': 'application/json', ...headers },
  });

it.each(['/refresh', '/token/refresh', '/api/token/refresh', '/auth/refresh'])(
  '%s takes the refresh token of the body, whatever the header has',
  async (path) => {
    const session = await register();
    for (const token of [session.access_token, 'a.b.c'])
      expect((await refresh(path, token, session)).status).toBe(200);
  },
);

describe('GET /api/logout/access and /api/logout/refresh', () => {
  it.each([
    ['access', 'access_token', '/auth/verify', 'GET'],
    ['refresh', 'refresh_token', '/refresh', 'POST'],
  ] as const)('end the %s token', async (kind, name, path, method) => {
    const session = await register();
    const token = session[name];
    expect((await call('HEAD', `/api/logout/${kind}`, { token })).status).toBe(405);
    expect((await call(method, path, { token })).status).toBe(200);
    expect((await call('GET', `/api/logout/${kind}`, { token })).status).toBe(200);
    expect((await call(method, path, { token })).status).toBe(401);
  });

  it('are no GETs under the other names', async () => {
    const { access_token: token } = await register();
    expect((await call('GET', '/logout/access', { token })).status).toBe(405);
  });
});

it('says what it did beside the photo', async () => {
  const { access_token: token } = await register();
  const { id } = await upload(token);
  const posted = await call('POST', `/post-photo/${id}`, { token });
  expect(posted.body).toMatchObject({ message: 'Photo posted', id, posted: 1 });
  const captioned = await call('PUT', `/photos/${id}/caption`, { token, json: { caption: 'x' } });
  expect(captioned.body).toMatchObject({ message: 'Caption updated', caption: 'x' });
});

it('takes an empty filter for none', async () => {
  const { access_token: token } = await register();
  for (const path of ['/all-photos?user=', '/photos?user=', '/movies?genre=&q=&sort='])
    expect([path, (await call('GET', path, { token })).status]).toEqual([path, 200]);
});

describe('JSON that is not called JSON', () => {
  const TYPES = ['text/plain', 'application/x-www-form-urlencoded', undefined];
  const send = (path: string, type: string | undefined, body: object, token?: string) =>
    call('POST', path, {
      token,
      body: new TextEncoder().encode(JSON.stringify(body)),
      headers: type ? { 'Content-Type': type } : {},
    });

  it.each(TYPES)('is read as what it is on the paths whose clients send it: %s', async (type) => {
    const username = freshName();
    const password = 'a long secret';
    const created = await send('/register', type, { username, password });
    expect(created.status).toBe(201);
    expect((await send('/auth', type, { username, password })).status).toBe(200);
    const { access_token, refresh_token } = created.body;
    expect((await send('/auth/refresh', type, { refresh_token }, access_token)).status).toBe(200);
    const admin = await grantAdmin(created.body);
    const movie = { movie_name: freshName('m'), popularity: 1, imdbScore: 1, genre: [], director: 'x' };
    const added = await send('/add_movies', type, movie, admin);
    expect(added.status).toBe(201);
    expect((await send('/update_movies', type, { id: added.body.id, popularity: 2 }, admin)).status).toBe(
      200,
    );
  });

  it.each(TYPES)('is not on other paths: %s', async (type) => {
    const { status } = await send('/login', type, { username: 'x', password: 'a long secret' });
    expect([415, 422]).toContain(status);
  });

  it('leaves forms as they are', async () => {
    const form = { username: freshName(), password: 'a long secret' };
    expect((await call('POST', '/register', { form })).status).toBe(201);
  });
});

it('wraps what one API wrapped', async () => {
  const token = await grantAdmin(await register());
  const movie = { movie_name: freshName('m'), popularity: 1, imdbScore: 1, genre: ['Drama'], director: 'x' };
  const { id } = (await call('POST', '/movies', { token, json: movie })).body;
  const found = await call('POST', `/search_movies_id/${id}`, { token });
  const { response, ...rest } = found.body;
  expect(response).toEqual(rest);
  const file = {
    bytes: new TextEncoder().encode(JSON.stringify([{ ...movie, movie_name: freshName('n') }])),
  };
  const imported = await call('POST', '/upload', { token, file });
  expect(imported.body).toMatchObject({ added: 1, data: { read: 1, added: 1 } });
  expect((await call('POST', '/movies/import', { token, file })).body).not.toHaveProperty('data');
});

it.each(['//hello', '/hello/', '///hello//'])('tolerates the slashes of %s', async (path) => {
  expect((await call('GET', path)).status).toBe(200);
});

it('tells nobody the e-mail address that somebody has for a username', async () => {
  const { access_token: token } = await register();
  await register(`${freshName()}@example.com`);
  let path: string | undefined = '/users?limit=100';
  const listed: { username: string | null }[] = [];
  while (path) {
    const { body, headers } = await call('GET', path, { token });
    listed.push(...body);
    path = /<https?:\/\/[^/]+(\/[^>]+)>/.exec(headers.get('Link') ?? '')?.[1];
  }
  expect(listed.some(({ username }) => username === null)).toBe(true);
  expect(listed.filter(({ username }) => username?.includes('@'))).toEqual([]);
});
