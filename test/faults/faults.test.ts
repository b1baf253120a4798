import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freshName, type Session } from '../support/api.ts';
import { png } from '../support/images.ts';
import { eventually } from '../support/time.ts';
import { during, type Stack, startStack } from './services.ts';

let stack: Stack;
let good: Session;
let dead: Session;
let photo: { id: number; url: string };

beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.stop());

beforeEach(async () => {
  good = await stack.register();
  dead = await stack.register();
  photo = await stack.upload(good.access_token);
  await stack.call('GET', '/logout', { token: dead.access_token });
});

/** Short limits, for a dependency that does not answer. A call that ignored them would outlast its test. */
const IMPATIENT = { REQUEST_BUDGET_MS: '300', REDIS_TIMEOUT_MS: '100' };

/** Settings of the calls, which replace the wide limits of the stack. */
let settings: Record<string, string | null> = {};
afterEach(() => {
  settings = {};
});

const call = async (...args: Parameters<Stack['call']>) => {
  const answer = await stack.callWith(settings, ...args);
  if (answer.status === 503) expect(answer.headers.has('Retry-After')).toBe(true);
  return answer;
};
const status = async (...args: Parameters<Stack['call']>) => (await call(...args)).status;
const login = (session: Session, password = 'test') =>
  status('POST', '/login', { form: { username: session.username, password } });
const upload = (session: Session) =>
  status('POST', '/photos', { token: session.access_token, file: { bytes: png(1, 1) } });

/** Once a dependency works again, everything is as before. */
const expectFullService = async () => {
  settings = {};
  await eventually(async () => {
    const token = good.access_token;
    expect({
      verify: await status('GET', '/auth/verify', { token }),
      dead: await status('GET', '/auth/verify', { token: dead.access_token }),
      login: await login(good),
      refresh: await status('POST', '/refresh', { token: good.refresh_token }),
    }).toEqual({ verify: 200, dead: 401, login: 200, refresh: 200 });
  });
  const timing =
    (await call('GET', '/photos', { token: good.access_token })).headers.get('Server-Timing') ?? '';
  expect(timing).toMatch(/libsql;.*redis;/);
};

describe.each(['refuse', 'hang', 'lose'] as const)('while Redis fails: %s', (mode) => {
  beforeEach(() => {
    settings = { REDIS_TIMEOUT_MS: IMPATIENT.REDIS_TIMEOUT_MS };
  });

  it('revoked tokens stay revoked, and valid ones work', async () => {
    await during(stack.redis, mode, async () => {
      const token = good.access_token;
      expect(await status('GET', '/auth/verify', { token: dead.access_token })).toBe(401);
      expect(await status('POST', '/refresh', { token: dead.refresh_token })).toBe(401);
      expect(await status('GET', '/auth/verify', { token })).toBe(200);
      expect(await status('GET', '/photos', { token })).toBe(200);
      expect(await status('POST', '/refresh', { token: good.refresh_token })).toBe(200);
      expect(await login(good)).toBe(200);
      expect(await status('GET', '/logout', { token })).toBe(200);
      expect(await status('GET', '/auth/verify', { token })).toBe(401);
    });
    good = await stack.register();
    await expectFullService();
  });

  it('rate limits still hold, in the isolate', async () => {
    const victim = await stack.register();
    await during(stack.redis, mode, async () => {
      const file = { bytes: png(1, 1) };
      const uploads = await Promise.all(
        Array.from({ length: 12 }, () => status('POST', '/file', { token: good.access_token, file })),
      );
      expect(uploads.filter((one) => one === 201).length).toBeLessThanOrEqual(5);
      expect(uploads.filter((one) => one === 429).length).toBeGreaterThanOrEqual(7);
      const guesses: number[] = [];
      for (let i = 0; i < 12; i++) guesses.push(await login(victim, 'wrong'));
      expect(guesses.filter((one) => one === 401).length).toBeLessThanOrEqual(10);
      expect(guesses).toContain(429);
    });
  });
});

it('says which dependency is not ready', async () => {
  const ask = async () => {
    const { status: code, body } = await stack.call('GET', '/ready');
    return [code, body.dependencies];
  };
  const ok = { libsql: 'ok', redis: 'ok', r2: 'ok' };
  expect(await ask()).toEqual([200, ok]);
  await during(stack.libsql, 'hang', async () => {
    expect(await ask()).toEqual([503, { ...ok, libsql: 'failed' }]);
  });
  await during(stack.redis, 'refuse', async () => {
    expect(await ask()).toEqual([503, { ...ok, redis: 'failed' }]);
  });
});

it('an emptied Redis revives no token, and logs nobody out', async () => {
  await stack.call('DELETE', '/logout/access', { token: good.access_token });
  const renewed = (await stack.call('POST', '/refresh', { token: good.refresh_token })).body;
  await stack.emptyRedis();
  for (const token of [dead.access_token, good.access_token])
    expect(await status('GET', '/auth/verify', { token })).toBe(401);
  expect(await status('POST', '/refresh', { token: dead.refresh_token })).toBe(401);
  expect(await status('GET', '/auth/verify', { token: renewed.access_token })).toBe(200);
});

describe.each(['refuse', 'hang', 'lose'] as const)('while libSQL fails: %s', (mode) => {
  beforeEach(() => {
    settings = { REQUEST_BUDGET_MS: IMPATIENT.REQUEST_BUDGET_MS };
  });

  it('no token is accepted unchecked, what needs libSQL is 503, and the rest works', async () => {
    await during(stack.libsql, mode, async () => {
      const token = good.access_token;
      expect([401, 503]).toContain(await status('GET', '/auth/verify', { token: dead.access_token }));
      expect(await status('GET', '/auth/verify', { token: 'a.b.c' })).toBe(401);
      for (const [method, path] of [
        ['GET', '/auth/verify'],
        ['GET', '/auth/me'],
        ['GET', '/photos'],
        ['GET', `/photos/${photo.id}`],
        ['POST', `/photos/${photo.id}/publish`],
      ] as const)
        expect(await status(method, path, { token }), `${method} ${path}`).toBe(503);
      expect(await login(good)).toBe(503);
      expect(await upload(good)).toBe(503);
      expect(await status('POST', '/register', { form: { username: freshName(), password: 'test' } })).toBe(
        503,
      );
      expect(await status('GET', '/hello')).toBe(200);
      expect(await status('GET', new URL(photo.url).pathname + new URL(photo.url).search)).toBe(200);
    });
    await expectFullService();
  });

  it('a login that could not be checked is not counted as an attempt', async () => {
    await during(stack.redis, { delay: 20 }, async () => {
      await during(stack.libsql, mode, async () => {
        for (let i = 0; i < 12; i++) expect(await login(good)).toBe(503);
      });
      settings = {};
      await eventually(async () => expect(await login(good)).toBe(200));
    });
  });
});

describe('while libSQL is slow', () => {
  it('answers within the budget, or 503 with nothing done by half', async () => {
    await during(stack.libsql, { delay: 2_000 }, async () => {
      expect(await status('GET', '/photos', { token: good.access_token })).toBe(200);
      settings = { REQUEST_BUDGET_MS: '5500' };
      expect(await upload(good)).toBe(201); // it waits three times, and the last batch has a budget of its own
      settings = { REQUEST_BUDGET_MS: '3500' };
      expect(await upload(good)).toBe(503);
    });
    settings = {};
    expect((await call('GET', '/me/photos', { token: good.access_token })).body.photos).toHaveLength(2);
    await during(stack.libsql, { delay: 1_600 }, async () => {
      settings = { REQUEST_BUDGET_MS: '1500' };
      expect(await status('GET', '/photos', { token: good.access_token })).toBe(503);
    });
  });

  it('gives each of several files a budget of its own', async () => {
    // The files wait for libSQL 21 times, 250 ms each: longer than one budget. There is no placeholder, which has its own.
    settings = { REQUEST_BUDGET_MS: '5000', UPLOADS_PER_MINUTE: '60', IMAGES: null };
    await during(stack.libsql, { delay: 250 }, async () => {
      const body = new FormData();
      for (let i = 0; i < 10; i++) body.append('file', new File([png(2, 1) as BufferSource], `${i}.png`));
      const { access_token: token } = await stack.register();
      const answer = await call('POST', '/photos', { token, body, headers: { 'If-None-Match': '*' } });
      expect(answer.body.results.map(({ status }: { status: number }) => status)).toEqual([
        201,
        ...Array(9).fill(200),
      ]);
    });
  });

  it('answers 503 when Redis is down as well', async () => {
    settings = IMPATIENT;
    await during(stack.redis, 'hang', () =>
      during(stack.libsql, 'hang', async () => {
        expect(await status('GET', '/photos', { token: good.access_token })).toBe(503);
        expect(await status('GET', '/photos', { token: dead.access_token })).toBe(503);
        expect(await login(good)).toBe(503);
        expect(await upload(good)).toBe(503);
      }),
    );
    await expectFullService();
  });
});

it('keeps everything that it acknowledged when sqld is killed', async () => {
  const session = await stack.register();
  await stack.call('POST', `/photos/${photo.id}/publish`, { token: good.access_token });
  await stack.call('GET', '/logout', { token: session.access_token });
  await stack.restartLibsql();
  expect((await call('GET', `/photos/${photo.id}`, { token: good.access_token })).body.posted).toBe(1);
  expect(await status('GET', '/auth/verify', { token: session.access_token })).toBe(401);
  expect(await login(session)).toBe(200);
});

it('no log line contains a token, a password or a signature', async () => {
  const lines = stack.output();
  expect(lines).toContain('"event":"request"');
  for (const secret of [
    good.access_token,
    dead.refresh_token,
    new URL(photo.url).searchParams.get('signature') ?? '?',
    '$argon2id',
  ])
    expect(lines).not.toContain(secret);
});
