import { describe, expect, it } from 'vitest';
import { freshName } from '../support/api.ts';
import { call, ORIGIN } from '../support/worker.ts';

const NAME = '__Host-darkroom-refresh';
const OURS = { Origin: ORIGIN };

/** What a browser would send back; empty where the answer took the cookie away. */
const cookieIn = (headers: Headers) => /^([^;]*);/.exec(headers.get('Set-Cookie') ?? '')?.[1] ?? '';

const begin = async (path = '/register') => {
  const json = { username: freshName(), email: `${freshName()}@example.com`, password: 'test', cookie: true };
  const answer = await call('POST', path, { json, headers: OURS });
  return { ...answer, json, cookie: cookieIn(answer.headers) };
};

const refresh = (
  cookie: string,
  headers: Record<string, string> = OURS,
  method = 'POST',
  path = '/refresh',
) => call(method, path, { headers: { ...headers, Cookie: cookie } });

const isAlive = async (cookie: string) => (await refresh(cookie)).status === 200;

describe('a browser that asks for it', () => {
  it.each(['/register', '/registration', '/api/register'])(
    'gets its refresh token in a cookie at %s, which no script reads',
    async (path) => {
      const { status, body, headers } = await begin(path);
      expect([status, body.refresh_token]).toEqual([201, undefined]);
      const attributes = (headers.get('Set-Cookie') ?? '').split('; ');
      expect(attributes[0]).toMatch(new RegExp(`^${NAME}=[\\w-]+\\.[\\w-]+\\.[\\w-]+$`));
      expect(attributes.slice(1).sort()).toEqual(
        ['HttpOnly', 'Max-Age=2592000', 'Path=/', 'SameSite=Strict', 'Secure'].sort(),
      );
    },
  );

  it('gets it at log-in too, and nobody else does', async () => {
    const { json } = await begin();
    const { username, password } = json;
    const form = { username, password, cookie: 'true' };
    expect(cookieIn((await call('POST', '/login', { form, headers: OURS })).headers)).toContain(NAME);
    const plain = await call('POST', '/login', { json: { username, password }, headers: OURS });
    expect([plain.headers.get('Set-Cookie'), typeof plain.body.refresh_token]).toEqual([null, 'string']);
  });

  it('refreshes by it, and gets the next one the same way', async () => {
    const { cookie, json } = await begin();
    const { status, body, headers } = await refresh(cookie);
    expect([status, body.username, body.refresh_token]).toEqual([200, json.username, undefined]);
    expect(cookieIn(headers)).not.toBe(cookie);
    expect((await call('GET', '/auth/me', { token: body.access_token })).status).toBe(200);
    expect(await isAlive(cookieIn(headers))).toBe(true);
  });

  it.each([
    ['POST', '/logout'],
    ['DELETE', '/logout/refresh'],
  ])('ends its session by it at %s %s, and the cookie goes', async (method, path) => {
    const { cookie } = await begin();
    const { status, headers } = await refresh(cookie, OURS, method, path);
    expect([status, cookieIn(headers)]).toEqual([200, `${NAME}=`]);
    const after = await refresh(cookie);
    expect([after.status, cookieIn(after.headers)]).toEqual([401, `${NAME}=`]);
  });

  it('loses the cookie when it logs out by its access token', async () => {
    const { cookie, body } = await begin();
    const headers = { Cookie: cookie };
    expect(cookieIn((await call('POST', '/logout', { token: body.access_token, headers })).headers)).toBe(
      `${NAME}=`,
    );
    expect(await isAlive(cookie)).toBe(false);
  });
});

describe('a cookie in a request of another page', () => {
  const FOREIGN: [string, Record<string, string>][] = [
    ['another site', { Origin: 'https://evil.example' }],
    ['another host of the same site', { Origin: 'http://shop.darkroom.test' }],
    ['another port', { Origin: `${ORIGIN}:8080` }],
    ['an opaque origin', { Origin: 'null' }],
    ['nobody who says so', {}],
  ];

  it.each(FOREIGN)('is refused: %s', async (_, headers) => {
    const { cookie, json } = await begin();
    for (const [method, path] of [
      ['POST', '/refresh'],
      ['POST', '/logout'],
      ['DELETE', '/logout/refresh'],
    ] as const) {
      const answer = await refresh(cookie, headers, method, path);
      expect([answer.status, answer.headers.get('Set-Cookie')], path).toEqual([403, null]);
    }
    const { username, password } = json;
    const login = await call('POST', '/login', { json: { username, password, cookie: true }, headers });
    expect([login.status, login.headers.get('Set-Cookie')]).toEqual([403, null]);
    expect(await isAlive(cookie)).toBe(true);
  });

  it.each(['/logout', '/auth/refresh', '/api/token/refresh'])('is refused for GET %s', async (path) => {
    const { cookie } = await begin();
    expect((await refresh(cookie, OURS, 'GET', path)).status).toBe(403);
    expect(await isAlive(cookie)).toBe(true);
  });

  it('is taken from an origin of the settings', async () => {
    const { cookie } = await begin();
    expect((await refresh(cookie, { Origin: 'https://app.example' })).status).toBe(200);
  });

  it('serves at no other path', async () => {
    const { cookie } = await begin();
    const headers = { ...OURS, Cookie: cookie };
    for (const path of ['/auth/me', '/photos', '/sessions'])
      expect((await call('GET', path, { headers })).status, path).toBe(401);
    expect((await call('DELETE', '/logout/access', { headers })).status).toBe(401);
  });

  it('yields to a token in the request', async () => {
    const [mine, other] = [await begin(), await begin()];
    const answer = await call('GET', '/auth/me', {
      token: other.body.access_token,
      headers: { Cookie: mine.cookie },
    });
    expect(answer.body.me.username).toBe(other.json.username);
  });
});
