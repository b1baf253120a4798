import { env } from 'cloudflare:workers';
import { sign } from 'hono/jwt';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { atOnce } from '../support/api.ts';
import { call, register } from '../support/worker.ts';

const MINUTE = 60_000;

const later = (milliseconds: number) => {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(Date.now() + milliseconds);
};

afterEach(() => {
  vi.useRealTimers();
});

const verify = async (token: string) => (await call('GET', '/auth/verify', { token })).status;
const refresh = (token: string, path = '/refresh') => call('POST', path, { token });
const decode = (token: string) =>
  JSON.parse(atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')));

describe('tokens', () => {
  it('have the documented claims', async () => {
    const { access_token, refresh_token, username } = await register();
    const access = decode(access_token);
    expect(access).toMatchObject({ iss: 'darkroom', aud: 'member', typ: 'access', username, name: null });
    expect(access.sub).toBe(String(access.user_id));
    expect(access.exp - access.iat).toBe(15 * 60);
    expect(access.identity).toBe(access.username);
    const next = decode(refresh_token);
    expect(next).toMatchObject({ typ: 'refresh', sid: access.sid, sub: access.sub });
    expect(next.exp - next.iat).toBe(30 * 24 * 60 * 60);
    expect(next.jti).not.toBe(access.jti);
  });

  it('expire after 15 minutes (access) and 30 days (refresh)', async () => {
    const { access_token, refresh_token } = await register();
    later(15 * MINUTE + 1000);
    expect(await verify(access_token)).toBe(401);
    later(30 * 24 * 60 * MINUTE);
    expect((await refresh(refresh_token)).status).toBe(401);
  });

  it('of one kind are refused as the other', async () => {
    const { access_token, refresh_token } = await register();
    expect(await verify(refresh_token)).toBe(401);
    expect((await refresh(access_token)).status).toBe(401);
    expect((await call('DELETE', '/logout/access', { token: refresh_token })).status).toBe(401);
    expect((await call('DELETE', '/logout/refresh', { token: access_token })).status).toBe(401);
    expect(await verify(access_token)).toBe(200);
  });

  const claims = async () => decode((await register()).access_token);
  const secret = () => env.JWT_SECRET;
  const unsigned = (payload: object) =>
    `${btoa('{"alg":"none","typ":"JWT"}').replace(/=+$/, '')}.${btoa(JSON.stringify(payload)).replace(/=+$/, '')}.x`;

  it.each<[string, () => string | Promise<string>]>([
    ['nothing', () => ''],
    ['no token', () => 'Bearer'],
    ['another scheme', () => 'Basic YTpi'],
    ['two tokens', () => 'Bearer a.b.c a.b.c'],
    ['text', () => 'Bearer hello'],
    ['three words', () => 'Bearer a.b.c'],
    ['an unsigned token', async () => `Bearer ${unsigned(await claims())}`],
    ['a forged token', async () => `Bearer ${await sign(await claims(), 'x'.repeat(40))}`],
    ['another algorithm', async () => `Bearer ${await sign(await claims(), secret(), 'HS512')}`],
    ['another issuer', async () => `Bearer ${await sign({ ...(await claims()), iss: 'x' }, secret())}`],
    ['an unknown realm', async () => `Bearer ${await sign({ ...(await claims()), aud: 'root' }, secret())}`],
    [
      'another realm than the account',
      async () => `Bearer ${await sign({ ...(await claims()), aud: 'ops' }, secret())}`,
    ],
    ["another account's id", async () => `Bearer ${await sign({ ...(await claims()), sub: '1' }, secret())}`],
    [
      'an id that is none',
      async () => `Bearer ${await sign({ ...(await claims()), sub: '1 or 1=1' }, secret())}`,
    ],
    [
      'an unknown session',
      async () => `Bearer ${await sign({ ...(await claims()), sid: crypto.randomUUID() }, secret())}`,
    ],
    [
      'a token from the future',
      async () =>
        `Bearer ${await sign({ ...(await claims()), iat: Math.floor(Date.now() / 1000) + 600 }, secret())}`,
    ],
    [
      'a token that is not valid yet',
      async () =>
        `Bearer ${await sign({ ...(await claims()), nbf: Math.floor(Date.now() / 1000) + 600 }, secret())}`,
    ],
    ['a payload that is a list', async () => `Bearer ${await sign([] as never, secret())}`],
    ['a token of 100 KB', () => `Bearer ${'a'.repeat(50_000)}.${'b'.repeat(50_000)}.c`],
    ...['iss', 'aud', 'sub', 'sid', 'jti', 'typ', 'iat', 'exp'].map(
      (name): [string, () => Promise<string>] => [
        `a token without ${name}`,
        async () => {
          const { [name]: _, ...rest } = await claims();
          return `Bearer ${await sign(rest, secret())}`;
        },
      ],
    ),
  ])('are refused with 401 and never echoed: %s', async (_, header) => {
    const Authorization = await header();
    for (const [method, path] of [
      ['GET', '/auth/verify'],
      ['GET', '/photos'],
      ['POST', '/photos'],
      ['POST', '/refresh'],
      ['DELETE', '/logout'],
    ] as const) {
      const { status, text, headers } = await call(method, path, { headers: { Authorization } });
      expect(status, `${method} ${path}`).toBe(401);
      expect(headers.get('WWW-Authenticate')).toBe('Bearer');
      const signature = Authorization.split('.')[2];
      if (signature && signature.length > 8) expect(text).not.toContain(signature);
    }
  });
});

describe('logging out', () => {
  it.each(['/logout/access', '/api/logout/access'])(
    '%s revokes one access token, and keeps its refresh token',
    async (path) => {
      for (const method of ['DELETE', 'POST']) {
        const { access_token, refresh_token } = await register();
        const { status, body } = await call(method, path, { token: access_token });
        expect([status, typeof body.message]).toEqual([200, 'string']);
        expect(await verify(access_token)).toBe(401);
        expect((await call(method, path, { token: access_token })).status).toBe(401);
        const renewed = await refresh(refresh_token);
        expect(renewed.status).toBe(200);
        expect(await verify(renewed.body.access_token)).toBe(200);
        expect(await verify(access_token)).toBe(401);
      }
    },
  );

  it.each(['/logout/refresh', '/api/logout/refresh'])(
    '%s ends refreshing, and keeps access tokens until they expire',
    async (path) => {
      for (const method of ['DELETE', 'POST']) {
        const { access_token, refresh_token } = await register();
        const adopted = (await refresh(refresh_token)).body.refresh_token;
        expect((await call(method, path, { token: refresh_token })).status).toBe(200);
        for (const token of [refresh_token, adopted]) expect((await refresh(token)).status).toBe(401);
        expect((await call(method, path, { token: refresh_token })).status).toBe(401);
        expect(await verify(access_token)).toBe(200);
      }
    },
  );

  it.each(['GET', 'POST', 'DELETE'])(
    '%s /logout ends the whole session, with any of its tokens',
    async (method) => {
      for (const which of ['access_token', 'refresh_token'] as const) {
        const session = await register();
        const other = (await refresh(session.refresh_token)).body;
        const { status, text } = await call(method, '/logout', { token: session[which] });
        expect([status, text]).toEqual([200, '']);
        for (const { access_token, refresh_token } of [session, other]) {
          expect(await verify(access_token)).toBe(401);
          expect((await refresh(refresh_token)).status).toBe(401);
        }
        expect((await call(method, '/logout', { token: session[which] })).status).toBe(401);
      }
    },
  );

  it('answers JSON at /logout if JSON is accepted', async () => {
    const { access_token } = await register();
    const { body } = await call('GET', '/logout', {
      token: access_token,
      headers: { Accept: 'application/json' },
    });
    expect(body).toEqual({ message: 'Logged out' });
  });

  it('ends one session, and no other of the account', async () => {
    const { username, access_token } = await register();
    const other = (await call('POST', '/login', { json: { username, password: 'test' } })).body;
    await call('GET', '/logout', { token: access_token });
    expect(await verify(other.access_token)).toBe(200);
  });

  it('refuses a revoked refresh token', async () => {
    const { access_token, refresh_token } = await register();
    await call('DELETE', '/logout/refresh', { token: refresh_token });
    expect((await call('GET', '/logout', { token: refresh_token })).status).toBe(401);
    expect(await verify(access_token)).toBe(200);
  });

  it.each(['/logout', '/api/token/refresh', '/auth/refresh'])(
    'answers HEAD %s with 405, and changes nothing',
    async (path) => {
      const { access_token } = await register();
      const { status, headers } = await call('HEAD', path, { token: access_token });
      expect([status, headers.get('Allow')?.includes('POST')]).toEqual([405, true]);
      expect(await verify(access_token)).toBe(200);
    },
  );
});

describe('refreshing', () => {
  it.each([
    ['POST', '/refresh'],
    ['POST', '/token/refresh'],
    ['POST', '/api/token/refresh'],
    ['GET', '/api/token/refresh'],
    ['POST', '/auth/refresh'],
    ['GET', '/auth/refresh'],
  ])('answers a session at %s %s', async (method, path) => {
    const { refresh_token, username } = await register();
    const { status, body } = await call(method, path, { token: refresh_token });
    expect([status, body.username]).toEqual([200, username]);
    expect(await verify(body.access_token)).toBe(200);
  });

  it('lets a client use its first refresh token until it expires', async () => {
    let { refresh_token } = await register();
    const first = refresh_token;
    for (let day = 0; day < 29; day += 7) {
      const answer = await refresh(first);
      expect(answer.status, `day ${day}`).toBe(200);
      refresh_token = answer.body.refresh_token;
      later(7 * 24 * 60 * MINUTE);
    }
  });

  it('lets a client that adopts each new token continue forever', async () => {
    let { refresh_token } = await register();
    for (let month = 0; month < 4; month++) {
      later(29 * 24 * 60 * MINUTE);
      const answer = await refresh(refresh_token);
      expect(answer.status, `month ${month}`).toBe(200);
      refresh_token = answer.body.refresh_token;
    }
  });

  it('gives the same answer to fifty simultaneous refreshes of one token', async () => {
    const { refresh_token } = await register();
    const { statuses, answers } = await atOnce(50, () => refresh(refresh_token));
    expect(statuses).toEqual({ 200: 50 });
    const places = answers
      .map(({ body }) => decode(body.refresh_token))
      .map(({ rotation, nonce }) => `${rotation} ${nonce}`);
    expect(new Set(places).size).toBe(1);
    const adopted = await atOnce(50, (i) => refresh(answers[i]?.body.refresh_token));
    expect(adopted.statuses).toEqual({ 200: 50 });
  });

  it('accepts the previous token for a minute after the rotation: a lost reply, or a second tab', async () => {
    const { refresh_token } = await register();
    const next = (await refresh(refresh_token)).body.refresh_token;
    const stepped = (await refresh(next)).body.refresh_token;
    const lagging = await refresh(refresh_token);
    expect(lagging.status).toBe(200);
    expect(decode(lagging.body.refresh_token).nonce).toBe(decode(stepped).nonce);
    expect((await refresh(stepped)).status).toBe(200);
  });

  it('ends the session when a replaced token comes back later', async () => {
    const { refresh_token, access_token } = await register();
    const next = (await refresh(refresh_token)).body.refresh_token;
    const stepped = (await refresh(next)).body;
    later(61_000);
    expect((await refresh(refresh_token)).status).toBe(401);
    for (const token of [stepped.refresh_token, next]) expect((await refresh(token)).status).toBe(401);
    expect(await verify(access_token)).toBe(401);
    expect(await verify(stepped.access_token)).toBe(401);
  });

  it('replaces an unused successor, and treats the old one as stolen', async () => {
    const { refresh_token } = await register();
    const unused = (await refresh(refresh_token)).body.refresh_token;
    later(61_000);
    const fresh = (await refresh(refresh_token)).body.refresh_token;
    expect(decode(fresh).nonce).not.toBe(decode(unused).nonce);
    expect((await refresh(unused)).status).toBe(401);
    expect((await refresh(fresh)).status).toBe(401);
  });
});
