import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import worker from '../../src/index.ts';
import { call, register, upload, withBindings } from '../support/worker.ts';

it('answers a greeting', async () => {
  expect((await call('GET', '/hello')).body).toEqual({ message: 'Hello Users. Please Login !!' });
});

describe('GET /', () => {
  it('sends browsers to the web app', async () => {
    const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
    const { status, headers } = await call('GET', '/', { headers: { Accept: accept } });
    expect([status, headers.get('Location'), headers.get('Vary')]).toEqual([302, '/app/', 'Accept, Origin']);
  });

  it.each<Record<string, string>>([{}, { Accept: '*/*' }, { Accept: 'application/json' }])(
    'answers other clients with the paths of the app and the docs: %o',
    async (headers) => {
      const { status, body } = await call('GET', '/', { headers });
      expect([status, body]).toEqual([
        200,
        { name: 'Darkroom', app: '/app/', docs: '/docs/', openapi: '/openapi.json' },
      ]);
    },
  );
});

describe('an unknown path or method', () => {
  it.each(['/index.html', '/nope', '/photos/1/2/3', '/auth/x', '/PHOTOS', '/%E0%A4%A', '/..%2f..%2fetc'])(
    'answers GET %s with 404 as problem+json',
    async (path) => {
      const { status, body, headers } = await call('GET', path);
      expect(status).toBe(404);
      expect(body).toMatchObject({
        type: 'about:blank',
        title: 'Not Found',
        status: 404,
        code: 'not_found',
        request_id: headers.get('X-Request-Id'),
      });
    },
  );

  it.each([
    ['PUT', '/photos', 'GET, HEAD, POST'],
    ['GET', '/login', 'POST'],
    ['GET', '/ops/signup', 'POST'],
    ['PATCH', '/photos/1', 'DELETE, GET, HEAD'],
  ])('answers %s %s with the methods that are allowed', async (method, path, allow) => {
    const { status, headers } = await call(method, path);
    expect([status, headers.get('Allow')]).toEqual([405, allow]);
  });
});

it('answers HEAD like GET, without a body', async () => {
  const { status, text, headers } = await call('HEAD', '/hello');
  expect([status, text, headers.get('Content-Type')]).toEqual([200, '', 'application/json']);
});

describe('CORS', () => {
  const ask = (origin: string, method = 'POST') =>
    call('OPTIONS', '/photos', {
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': method,
        'Access-Control-Request-Headers': 'authorization',
      },
    });

  it('allows the configured origins', async () => {
    for (const origin of ['https://app.example', 'https://other.example']) {
      const { status, headers } = await ask(origin);
      expect([status, headers.get('Access-Control-Allow-Origin')]).toEqual([204, origin]);
      expect(headers.get('Access-Control-Allow-Methods')).toContain('DELETE');
      expect(headers.get('Access-Control-Allow-Headers')?.split(',')).toEqual([
        'Authorization',
        'Content-Type',
        'Content-Disposition',
        'Repr-Digest',
        'If-Match',
        'If-Modified-Since',
        'If-None-Match',
        'If-Range',
        'If-Unmodified-Since',
        'Range',
        'X-Request-Id',
      ]);
      expect(headers.get('Vary')).toContain('Origin');
    }
    const { headers } = await call('GET', '/hello', { headers: { Origin: 'https://app.example' } });
    expect(headers.get('Access-Control-Expose-Headers')?.split(',')).toEqual([
      'Accept-Ranges',
      'Content-Disposition',
      'Content-Length',
      'Content-Range',
      'ETag',
      'Last-Modified',
      'Link',
      'Location',
      'RateLimit',
      'RateLimit-Policy',
      'Repr-Digest',
      'Retry-After',
      'X-Request-Id',
    ]);
  });

  it.each([
    'https://app.example.evil.test',
    'http://app.example',
    'https://app.example:444',
    'null',
    'https://APP.example/',
  ])('does not allow the origin %s', async (origin) => {
    expect((await ask(origin)).headers.get('Access-Control-Allow-Origin')).toBeNull();
  });

  it('lets an allowed origin read errors too', async () => {
    const { status, headers } = await call('GET', '/photos', { headers: { Origin: 'https://app.example' } });
    expect([status, headers.get('Access-Control-Allow-Origin')]).toEqual([401, 'https://app.example']);
  });
});

it('names the request and the time of each dependency in its headers', async () => {
  const { access_token: token } = await register();
  const { headers } = await call('GET', '/photos', { token, headers: { 'X-Request-Id': 'mine-1' } });
  expect(headers.get('X-Request-Id')).toMatch(/^[\w-]{36}$/);
  expect(headers.get('Server-Timing')).toMatch(/^libsql;dur=[\d.]+, redis;dur=[\d.]+, total;dur=[\d.]+$/);
  const forged = await call('GET', '/hello', { headers: { 'X-Request-Id': '"}{' } });
  expect(forged.headers.get('X-Request-Id')).toMatch(/^[\w-]{36}$/);
});

describe('the headers and log line of a request', () => {
  const ask = async (settings: object, headers: Record<string, string> = {}) => {
    const lines = vi.spyOn(console, 'log').mockImplementation(() => {});
    const warnings = vi.spyOn(console, 'warn').mockImplementation(() => {});
    try {
      const request = new Request('http://darkroom.test/hello', { headers });
      const response = await worker.fetch(
        request as never,
        { ...env, ...settings },
        createExecutionContext(),
      );
      const said = [...lines.mock.calls, ...warnings.mock.calls].map(([line]) => JSON.parse(String(line)));
      return { headers: response.headers, said };
    } finally {
      lines.mockRestore();
      warnings.mockRestore();
    }
  };

  it('have no times unless the settings say so', async () => {
    expect((await ask({ SERVER_TIMING: undefined })).headers.has('Server-Timing')).toBe(false);
    expect((await ask({ SERVER_TIMING: 'on' })).headers.has('Server-Timing')).toBe(true);
  });

  it('have the same request id, and the log also has the id of the caller', async () => {
    const { headers, said } = await ask({}, { 'X-Request-Id': 'mine-1' });
    expect(said).toMatchObject([{ request_id: headers.get('X-Request-Id'), client_request_id: 'mine-1' }]);
    expect((await ask({}, { 'X-Request-Id': '"}{' })).said[0]).not.toHaveProperty('client_request_id');
  });

  it('include a log line for a refused origin, and none for its own', async () => {
    const { said } = await ask({}, { Origin: 'https://evil.example' });
    expect(said).toContainEqual(
      expect.objectContaining({ event: 'origin_refused', origin: 'https://evil.example' }),
    );
    for (const origin of ['https://app.example', 'http://darkroom.test'])
      expect((await ask({}, { Origin: origin })).said.map(({ event }) => event)).toEqual(['request']);
  });
});

it('names URLs by PUBLIC_ORIGIN, whatever host the caller used', async () => {
  const { call: ask } = withBindings({ PUBLIC_ORIGIN: 'https://api.example' });
  const { access_token: token } = await register();
  const { url } = await upload(token);
  expect(new URL(url).origin).toBe('http://darkroom.test');
  await upload(token);
  const { body, headers } = await ask('GET', '/me/photos?limit=1', { token });
  expect(new URL(body.photos[0].url).origin).toBe('https://api.example');
  expect(headers.get('Link')).toMatch(/^<https:\/\/api\.example\/me\/photos\?limit=1&cursor=/);
});

describe('a Worker that is not configured', () => {
  const ask = async (settings: object, path = '/hello') => {
    const ctx = createExecutionContext();
    const response = await worker.fetch(
      new Request(`http://darkroom.test${path}`),
      { ...env, ...settings },
      ctx,
    );
    await waitOnExecutionContext(ctx);
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as { detail: string },
    };
  };

  it.each([
    ['no JWT_SECRET', { JWT_SECRET: undefined }, /JWT_SECRET is missing\. Make one with: openssl rand/],
    [
      'a JWT_SECRET of 31 bytes',
      { JWT_SECRET: 'x'.repeat(31) },
      /JWT_SECRET is shorter than 32 bytes\. Make one with: openssl rand/,
    ],
    ['no LIBSQL_URL', { LIBSQL_URL: undefined }, /LIBSQL_URL is missing/],
    ['a LIBSQL_URL of another kind', { LIBSQL_URL: 'file:x.db' }, /LIBSQL_URL is not/],
    ['no token for Redis', { UPSTASH_REDIS_REST_TOKEN: '' }, /UPSTASH_REDIS_REST_TOKEN is empty/],
    ['a limit that is not a number', { UPLOADS_PER_MINUTE: 'many' }, /UPLOADS_PER_MINUTE/],
    ['a time limit of zero', { REQUEST_BUDGET_MS: '0' }, /REQUEST_BUDGET_MS/],
    ['a time limit of eleven minutes', { R2_TIMEOUT_MS: '660000' }, /R2_TIMEOUT_MS/],
    ['less memory than argon2 needs', { PASSWORD_MEMORY_KIB: '31' }, /PASSWORD_MEMORY_KIB/],
  ])('answers 503 with %s, and says what to do', async (_, settings, sentence) => {
    for (const path of ['/hello', '/health', '/photos', '/nope']) {
      const { status, headers, body } = await ask(settings as object, path);
      expect([status, headers.get('Content-Type'), headers.has('Retry-After')]).toEqual([
        503,
        'application/problem+json',
        true,
      ]);
      expect(body.detail).toMatch(sentence);
    }
  });

  it('accepts a secret of 32 bytes', async () => {
    expect((await ask({ JWT_SECRET: 'x'.repeat(32) })).status).toBe(200);
  });
});
