import { expect, it } from 'vitest';
import { atOnce, freshName } from '../support/api.ts';
import { call, register } from '../support/worker.ts';

it('registers, and answers a session with the keys that each API documents', async () => {
  const username = freshName();
  const { status, body, headers } = await call('POST', '/register', {
    json: { username, password: 'test', name: 'Ann' },
  });
  expect(status).toBe(201);
  expect(headers.get('Cache-Control')).toBe('no-store');
  expect(body).toMatchObject({
    message: `User ${username} created`,
    username,
    token_type: 'Bearer',
    expires_in: 900,
  });
  const { me } = (await call('GET', '/auth/me', { token: body.access_token })).body;
  expect(me.user_id).toBe(me.id);
  expect(me).toMatchObject({
    username,
    name: 'Ann',
    role: 'user',
    active: true,
    realm: 'member',
    email: null,
  });
  expect(body['User created successfuly']).toBe(`User ${me.id}: ${username}`);
});

it.each([
  ['/registration', {}],
  ['/api/register', { email: `${freshName()}@example.com` }],
])('registers at %s with a form', async (path, more) => {
  const form = { username: freshName(), password: 'test', ...more };
  const { status, body } = await call('POST', path, { form });
  expect(status).toBe(201);
  expect(body).not.toHaveProperty('User created successfuly');
});

it('requires an e-mail address at /api/register', async () => {
  const { status, body } = await call('POST', '/api/register', {
    json: { username: freshName(), password: 'test' },
  });
  expect([status, body.errors[0].pointer]).toEqual([422, '#/email']);
});

it('ignores fields that a registration may not set', async () => {
  const username = freshName();
  const json = {
    username,
    password: 'test',
    role: 'admin',
    is_admin: true,
    realm: 'ops',
    deactivated_at: 1,
    id: 1,
  };
  const { body } = await call('POST', '/register', { json });
  const { me } = (await call('GET', '/auth/me', { token: body.access_token })).body;
  expect(me).toMatchObject({ role: 'user', realm: 'member', active: true });
});

it('gives an identifier to one account only, without regard to case and compatibility forms, username or e-mail address', async () => {
  const name = freshName('Ünï');
  await register(name);
  const email = `${freshName()}@Example.com`;
  expect(
    (await call('POST', '/register', { json: { username: freshName(), password: 'test', email } })).status,
  ).toBe(201);
  for (const username of [
    name.toUpperCase(),
    ` ${name} `,
    name.normalize('NFD'),
    name.replace('u', 'ｕ'),
    email.toLowerCase(),
  ])
    expect((await call('POST', '/register', { json: { username, password: 'test' } })).status, username).toBe(
      409,
    );
  const again = { username: freshName(), password: 'test', email: email.toUpperCase() };
  expect((await call('POST', '/register', { json: again })).status).toBe(409);
});

it.each([
  ['ΟΔΟΣ', 'οδοσ'],
  ['straße', 'STRASSE'],
  ['STRAẞE', 'strasse'],
  ['İstanbul', 'i̇stanbul'],
  ['ann', 'a\u00adnn'],
  ['ﬁlm', 'FILM'],
])('treats %s and %s as the same name', async (one, other) => {
  const prefix = freshName();
  await register(`${prefix}${one}`);
  const answer = await call('POST', '/register', {
    json: { username: `${prefix}${other}`, password: 'test' },
  });
  expect([409, 422]).toContain(answer.status);
});

it.each(['\u200b', 'ann\u200b', 'a\u202egnp', '\u3164', '\u2060'])(
  'refuses the invisible name %j',
  async (username) => {
    expect((await call('POST', '/register', { json: { username, password: 'test' } })).status).toBe(422);
  },
);

it('accepts any User-Agent', async () => {
  const headers = { 'User-Agent': `${'a'.repeat(511)}\ud83d\ude00` };
  expect(
    (await call('POST', '/register', { json: { username: freshName(), password: 'test' }, headers })).status,
  ).toBe(201);
});

it('ignores an empty field of a form', async () => {
  const form = { username: freshName(), password: 'test', name: '', email: '' };
  const { body } = await call('POST', '/register', { form });
  expect((await call('GET', '/auth/me', { token: body.access_token })).body.me).toMatchObject({
    name: null,
    email: null,
  });
});

it('uses a username that is an e-mail address as the e-mail address too', async () => {
  const username = `${freshName()}@example.com`;
  const { access_token } = await register(username);
  expect((await call('GET', '/auth/me', { token: access_token })).body.me.email).toBe(username);
  expect((await call('POST', '/api/login', { json: { email: username, password: 'test' } })).status).toBe(
    200,
  );
});

it('makes one account of fifty simultaneous registrations of one name', async () => {
  const username = freshName();
  const { statuses, answers } = await atOnce(50, () =>
    call('POST', '/register', { json: { username, password: 'test' } }),
  );
  expect(statuses).toEqual({ 201: 1, 409: 49 });
  const winner = answers.find(({ status }) => status === 201);
  expect((await call('GET', '/auth/me', { token: winner?.body.access_token })).body.me.username).toBe(
    username,
  );
});

it.each([
  ['no body', {}, 415],
  ['plain text', { body: 'username=x', headers: { 'Content-Type': 'text/plain' } }, 415],
  ['broken JSON', { body: '{"username":', headers: { 'Content-Type': 'application/json' } }, 400],
  ['JSON null', { json: null }, 422],
  ['a JSON array', { json: [] }, 422],
  [
    'a broken form',
    { body: '--x\r\nnonsense', headers: { 'Content-Type': 'multipart/form-data; boundary=x' } },
    400,
  ],
  ['a number for a name', { json: { username: 1, password: 'test' } }, 422],
  ['no password', { json: { username: 'someone' } }, 422],
  ['a blank name', { json: { username: '  ', password: 'test' } }, 422],
  ['a name of 255 characters', { json: { username: 'x'.repeat(255), password: 'test' } }, 422],
  ['a NUL in a name', { json: { username: 'a\u0000b', password: 'test' } }, 422],
  [
    'half a surrogate pair',
    { body: '{"username":"\\ud800","password":"test"}', headers: { 'Content-Type': 'application/json' } },
    422,
  ],
  ['a short password', { json: { username: 'someone', password: 'abc' } }, 422],
  ['a password of 257 characters', { json: { username: 'someone', password: 'x'.repeat(257) } }, 422],
  ['an e-mail address that is none', { json: { username: 'someone', password: 'test', email: 'x' } }, 422],
  ['a body over 64 KiB', { json: { username: 'x'.repeat(70_000), password: 'test' } }, 413],
  [
    'a prototype',
    {
      body: '{"__proto__":{"username":"x","password":"test"}}',
      headers: { 'Content-Type': 'application/json' },
    },
    422,
  ],
])('refuses %s', async (_, options, status) => {
  const answer = await call('POST', '/register', options as never);
  expect(answer.status, answer.text).toBe(status);
  expect(answer.body.message).toBe(answer.body.detail);
});

it.each([
  ['256 characters outside the BMP', '🎞'.repeat(256)],
  ['white space', '    '],
  ['a NUL inside', 'ab\u0000cd'],
])('accepts a password of %s without truncating it', async (_, password) => {
  const username = freshName();
  expect((await call('POST', '/register', { json: { username, password } })).status).toBe(201);
  const login = async (attempt: string) =>
    (await call('POST', '/login', { json: { username, password: attempt } })).status;
  expect(await login(password)).toBe(200);
  const characters = [...password];
  expect(await login([...characters.slice(0, -1), 'x'].join(''))).toBe(401);
  expect(await login(characters.slice(0, -1).join(''))).toBe(401);
});

it('recognises a password however a keyboard composes its characters', async () => {
  const username = freshName();
  await call('POST', '/register', { json: { username, password: 'pässwörd'.normalize('NFD') } });
  const { status } = await call('POST', '/login', {
    json: { username, password: 'pässwörd'.normalize('NFC') },
  });
  expect(status).toBe(200);
});

it.each(['/login', '/auth', '/api/login'])(
  'logs in at %s with a username or an e-mail address, as JSON or as a form',
  async (path) => {
    const username = freshName();
    const email = `${username}@example.com`;
    await call('POST', '/register', { json: { username, password: 'test', email } });
    for (const who of [{ username }, { email }, { username: email.toUpperCase() }]) {
      const { status, body } = await call('POST', path, { json: { ...who, password: 'test' } });
      expect([status, body.message]).toEqual([200, `Logged in as ${username}`]);
    }
    expect((await call('POST', path, { form: { username, password: 'test' } })).status).toBe(200);
  },
);

it('gives the same answer to an unknown name and to a wrong password', async () => {
  const { username } = await register();
  const wrong = await call('POST', '/login', { json: { username, password: 'wrong' } });
  const unknown = await call('POST', '/login', { json: { username: freshName(), password: 'wrong' } });
  const plain = ({ body: { request_id: _, ...rest } }: typeof wrong) => rest;
  expect(wrong.status).toBe(401);
  expect(plain(unknown)).toEqual(plain(wrong));
  expect(wrong.headers.get('WWW-Authenticate')).toBe('Bearer');
});

it('refuses a login without a name', async () => {
  expect((await call('POST', '/login', { json: { password: 'test' } })).status).toBe(422);
});
