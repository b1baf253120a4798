import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { atOnce, freshName } from '../../support/api.ts';
import { call, register } from '../../support/worker.ts';

// Attempts are counted in windows of a quarter of an hour: no test may begin in one and end in the next.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Documentation addresses (RFC 5737, RFC 3849), a fresh one each time. */
let last = 0;
const address = () => `192.0.2.${++last}`;

const login = (username: string, from: string, password = 'wrong', path = '/login') =>
  call('POST', path, { json: { username, password }, headers: { 'CF-Connecting-IP': from } });

it('answers ten simultaneous wrong passwords from one address with 401, and the eleventh with 429', async () => {
  const { username, access_token } = await register();
  const from = address();
  const { statuses } = await atOnce(25, () => login(username, from));
  expect(statuses).toEqual({ 401: 10, 429: 15 });
  const refused = await login(username, from, 'test', '/auth');
  expect([refused.status, refused.body.code]).toEqual([429, 'throttled']);
  expect(refused.headers.get('RateLimit-Policy')).toBe('"login-account-and-address";q=10;w=900');
  expect(refused.headers.get('RateLimit')).toMatch(/^"login-account-and-address";r=0;t=\d+$/);
  const wait = Number(refused.headers.get('Retry-After'));
  expect(wait).toBeGreaterThan(0);
  expect(wait).toBeLessThanOrEqual(15 * 60 + 1);
  expect((await login(username, address(), 'test')).status, 'the owner elsewhere').toBe(200);
  expect((await call('GET', '/auth/verify', { token: access_token })).status, "the owner's session").toBe(
    200,
  );
});

it('counts unknown names, every spelling of a name and every login path in the same way', async () => {
  const name = freshName();
  const from = address();
  for (let i = 0; i < 10; i++)
    expect(
      (await login(i % 2 ? name : name.toUpperCase(), from, 'x', i % 3 ? '/login' : '/api/login')).status,
    ).toBe(401);
  expect((await login(` ${name}`, from)).status).toBe(429);
});

it('refunds an attempt with the right password', async () => {
  const { username } = await register();
  const from = address();
  for (let i = 0; i < 12; i++) expect((await login(username, from, 'test')).status).toBe(200);
});

it('counts an IPv6 /64 as one address, and ignores X-Forwarded-For', async () => {
  const { username } = await register();
  for (let i = 0; i < 10; i++) await login(username, `2001:db8:0:7::${i}`);
  expect((await login(username, '2001:db8::7:1:2:3:4')).status).toBe(429);
  expect((await login(username, '2001:DB8::7:1:2:3:4')).status).toBe(429);
  expect((await login(username, '2001:db8:0:8::1')).status).toBe(401);
  const from = address();
  for (let i = 0; i < 10; i++) await login(username, from);
  const disguised = { 'CF-Connecting-IP': from, 'X-Forwarded-For': '203.0.113.1' };
  expect(
    (await call('POST', '/login', { json: { username, password: 'x' }, headers: disguised })).status,
  ).toBe(429);
});

it('counts an IPv4 address that is mapped into IPv6 as the IPv4 address', async () => {
  const { username } = await register();
  const from = address();
  for (let i = 0; i < 10; i++) await login(username, `::ffff:${from}`);
  expect((await login(username, from)).status).toBe(429);
});

it.each(['1:2:3:4:5:6:7:8:9::', ':', '::g', '1::2::3', 'fe80::1%', '::ffff:1.2.3.999'])(
  'counts the malformed address %s as it is written',
  async (from) => {
    const { username } = await register();
    expect((await login(username, from)).status).toBe(401);
  },
);

it('refuses every name from an address after 100 failures, and does not count refused attempts against an account', async () => {
  const from = address();
  const { username } = await register();
  for (let i = 0; i < 10; i++) {
    const name = freshName();
    await atOnce(10, () => login(name, from));
  }
  const { statuses } = await atOnce(20, () => login(username, from, 'test'));
  expect(statuses).toEqual({ 429: 20 });
  expect((await login(username, address(), 'test')).status).toBe(200);
});

it('allows attempts again after the window', async () => {
  const { username } = await register();
  const from = address();
  await atOnce(11, () => login(username, from));
  vi.setSystemTime(Date.now() + 31 * 60_000);
  expect((await login(username, from, 'test')).status).toBe(200);
});
