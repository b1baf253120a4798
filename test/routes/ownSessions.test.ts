import { expect, it } from 'vitest';
import type { Session } from '../support/api.ts';
import { stopClock } from '../support/time.ts';
import { call, register } from '../support/worker.ts';

const login = (username: string, password = 'test', agent = 'curl/8') =>
  call('POST', '/login', { form: { username, password }, headers: { 'User-Agent': agent } });
const alive = async ({ access_token: token }: Session) =>
  (await call('GET', '/auth/verify', { token })).status === 200;
const list = async ({ access_token: token }: Session) =>
  (await call('GET', '/sessions', { token })).body.sessions;

it('lists my sessions, ends one of them, and ends all others', async () => {
  const first = await register();
  const [second, third, fourth] = [
    (await login(first.username, 'test', 'Phone 1.0')).body,
    (await login(first.username)).body,
    (await login(first.username)).body,
  ];
  await call('POST', '/refresh', { token: second.refresh_token });
  const sessions = await list(second);
  expect(sessions).toHaveLength(4);
  const current = sessions.filter((one: { current: boolean }) => one.current);
  expect(current).toMatchObject([{ device: 'Phone 1.0', refreshed_at: expect.any(String) }]);

  const target = (await list(third)).find((one: { current: boolean }) => one.current).id;
  const other = await register();
  expect((await call('DELETE', `/sessions/${target}`, { token: other.access_token })).status).toBe(404);
  expect(await alive(third)).toBe(true);
  expect((await call('DELETE', `/sessions/${target}`, { token: first.access_token })).status).toBe(200);
  expect(await alive(third)).toBe(false);
  expect((await call('POST', '/refresh', { token: third.refresh_token })).status).toBe(401);
  expect((await call('DELETE', `/sessions/${target}`, { token: first.access_token })).status).toBe(404);
  expect((await call('DELETE', '/sessions/not-a-session', { token: first.access_token })).status).toBe(404);

  expect((await call('DELETE', '/sessions', { token: first.access_token })).body.message).toBe(
    '2 other sessions have ended',
  );
  expect([await alive(first), await alive(second), await alive(fourth), await alive(other)]).toEqual([
    true,
    false,
    false,
    true,
  ]);
  expect(await list(first)).toHaveLength(1);
});

it('changes my password if the old one is right, and ends my other sessions', async () => {
  const me = await register();
  const other = (await login(me.username)).body;
  const change = (json: object) => call('POST', '/password', { token: me.access_token, json });
  expect((await change({ old: 'wrong', new: 'changed' })).status).toBe(403);
  expect((await change({ old: 'test', new: 'abc' })).body.errors[0].pointer).toBe('#/new');
  expect((await change({ old: 'test' })).status).toBe(422);
  expect(await alive(other)).toBe(true);
  expect((await change({ old: 'test', new: 'changed' })).status).toBe(200);
  expect([await alive(me), await alive(other)]).toEqual([true, false]);
  expect((await login(me.username)).status).toBe(401);
  expect((await login(me.username, 'changed')).status).toBe(200);
});

it('counts a wrong old password as a login attempt', async () => {
  stopClock();
  const me = await register();
  const headers = { 'CF-Connecting-IP': '198.51.100.7' };
  const change = (old: string) =>
    call('POST', '/password', { token: me.access_token, json: { old, new: 'changed' }, headers });
  for (let i = 0; i < 10; i++) expect((await change('wrong')).status).toBe(403);
  expect((await change('test')).status).toBe(429);
  expect(
    (await call('POST', '/login', { form: { username: me.username, password: 'test' }, headers })).status,
  ).toBe(429);
  expect(await alive(me)).toBe(true);
});

it('accepts a refresh token in a JSON body', async () => {
  const { refresh_token, access_token } = await register();
  for (const path of ['/auth/refresh', '/refresh'])
    expect((await call('POST', path, { json: { refresh_token } })).status).toBe(200);
  for (const json of [{}, null, [], { refresh_token: 1 }, { refresh_token: access_token }])
    expect((await call('POST', '/auth/refresh', { json })).status).toBe(401);
  const broken = { body: '{', headers: { 'Content-Type': 'application/json' } };
  expect((await call('POST', '/auth/refresh', broken)).status).toBe(400);
});
