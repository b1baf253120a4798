import { beforeEach, describe, expect, it } from 'vitest';
import { atOnce, freshName, type Session } from '../support/api.ts';
import { makeAdmin, onlyAdmins } from '../support/database.ts';
import { call, ORIGIN, register } from '../support/worker.ts';

let admin: Session;
let member: Session;
let id: number;

const meOf = async ({ access_token: token }: Session) => (await call('GET', '/auth/me', { token })).body.me;
const login = async (username: string, password = 'test') =>
  (await call('POST', '/login', { form: { username, password } })).status;
const patch = (json: object, who = admin, target = id) =>
  call('PATCH', `/users/${target}`, { token: who.access_token, json });

beforeEach(async () => {
  admin = await register();
  member = await register();
  await makeAdmin(admin.username);
  id = (await meOf(member)).id;
});

it('lists active members by id in pages, and shows only id, name and username', async () => {
  await patch({ active: false });
  const seen: { id: number }[] = [];
  let next: string | undefined = '/users?limit=7';
  while (next) {
    const { status, body, headers } = await call('GET', next, { token: admin.access_token });
    expect(status).toBe(200);
    seen.push(...body);
    next = /<(.+)>; rel="next"/.exec(headers.get('Link') ?? '')?.[1]?.replace(ORIGIN, '');
  }
  const ids = seen.map((one) => one.id);
  expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
  expect(ids).toContain((await meOf(admin)).id);
  expect(ids).not.toContain(id);
  expect(Object.keys(seen[0] ?? {}).sort()).toEqual(['id', 'name', 'username']);
});

it('refuses a cursor of another list', async () => {
  const first = await call('GET', '/users?limit=1', { token: admin.access_token });
  const cursor = /cursor=([\w-]+)/.exec(first.headers.get('Link') ?? '')?.[1];
  for (const path of [`/photos?cursor=${cursor}`, '/users?cursor=5', '/users?cursor=']) {
    const { status, body } = await call('GET', path, { token: admin.access_token });
    expect([status, body.errors[0].pointer], path).toEqual([422, '#/cursor']);
  }
});

describe('an administrator', () => {
  it.each(['PATCH /users/:id', 'POST /update_user/:id'])(
    'changes an account with %s, as JSON or as a form',
    async (operation) => {
      const [method = '', path = ''] = operation.split(' ');
      const username = freshName();
      const json = { username, name: 'New', email: `${username}@example.com`, password: 'changed' };
      const { status, body } = await call(method, path.replace(':id', String(id)), {
        token: admin.access_token,
        json,
      });
      expect(status).toBe(200);
      expect(body).toMatchObject({
        id,
        username,
        name: 'New',
        email: json.email,
        role: 'user',
        active: true,
      });
      expect(await login(username, 'changed')).toBe(200);
      expect(await login(json.email, 'changed')).toBe(200);
      expect(await login(member.username)).toBe(401);
      const form = await call(method, path.replace(':id', String(id)), {
        token: admin.access_token,
        form: { active: 'false' },
      });
      expect(form.body.active).toBe(false);
    },
  );

  it('renames an account, which frees the old name, takes the new one and keeps the e-mail address', async () => {
    const email = `${freshName()}@example.com`;
    const before = await register(email);
    const target = (await meOf(before)).id;
    const username = freshName();
    expect((await patch({ username }, admin, target)).body).toMatchObject({ username, email });
    expect(await login(email)).toBe(200);
    expect((await call('POST', '/register', { json: { username: email, password: 'test' } })).status).toBe(
      409,
    );
    expect(
      (await call('POST', '/register', { json: { username: username.toUpperCase(), password: 'test' } }))
        .status,
    ).toBe(409);
    expect((await patch({ email: null }, admin, target)).body.email).toBeNull();
    expect((await call('POST', '/register', { json: { username: email, password: 'test' } })).status).toBe(
      201,
    );
  });

  it('cannot assign a taken name, and then nothing has changed', async () => {
    const other = await register();
    const { status } = await patch({
      username: other.username.toUpperCase(),
      name: 'x',
      password: 'changed',
      active: false,
    });
    expect(status).toBe(409);
    expect(await meOf(member)).toMatchObject({ username: member.username, name: null, active: true });
    expect(await login(member.username)).toBe(200);
    expect((await patch({ username: member.username.toUpperCase() })).body.username).toBe(
      member.username.toUpperCase(),
    );
  });

  it('ends every session with a new password or a deactivation, and reactivation revives none', async () => {
    await patch({ password: 'changed' });
    expect((await call('GET', '/auth/verify', { token: member.access_token })).status).toBe(401);
    expect((await call('POST', '/refresh', { token: member.refresh_token })).status).toBe(401);
    const session = (
      await call('POST', '/login', { form: { username: member.username, password: 'changed' } })
    ).body;
    const { status, body } = await call('DELETE', `/users/${id}`, { token: admin.access_token });
    expect([status, body.message]).toEqual([200, `User ${member.username} deactivated`]);
    expect((await call('GET', '/photos', { token: session.access_token })).status).toBe(401);
    expect(await login(member.username, 'changed')).toBe(401);
    expect(
      (await call('POST', '/register', { json: { username: member.username, password: 'test' } })).status,
    ).toBe(409);
    await patch({ active: true });
    expect((await call('GET', '/photos', { token: session.access_token })).status).toBe(401);
    expect(await login(member.username, 'changed')).toBe(200);
  });

  it('grants and revokes the role from the next request on', async () => {
    expect((await patch({ name: 'x' }, member)).status).toBe(403);
    await patch({ role: 'admin' });
    expect((await patch({ name: 'y' }, member)).status).toBe(200);
    await patch({ role: 'user' });
    expect((await patch({ name: 'z' }, member)).status).toBe(403);
    expect((await meOf(member)).name).toBe('y');
  });

  it.each([
    ['role', 'root'],
    ['active', 'perhaps'],
    ['username', ''],
    ['email', 'x'],
    ['password', 'abc'],
    ['password', 5],
  ])('cannot set %s to %s', async (field, value) => {
    expect((await patch({ [field]: value })).status).toBe(422);
  });

  it('deactivates an operator, whose files disappear until reactivation', async () => {
    const form = { username: freshName('ops'), password: 'test' };
    for (const realm of ['ops', 'client']) await call('POST', `/${realm}/signup`, { form });
    const [ops = '', client = ''] = await Promise.all(
      ['ops', 'client'].map(async (realm) => (await call('POST', `/${realm}/login`, { form })).text),
    );
    await call('POST', '/ops/upload', {
      token: ops,
      file: { bytes: new Uint8Array([1]), name: 'a.bin', part: 'request_file' },
    });
    const { id } = (await call('GET', '/auth/me', { token: ops })).body.me;
    const files = async () => (await call('GET', `/client/files/${form.username}`, { token: client })).status;
    expect((await patch({ role: 'admin' }, admin, id)).status).toBe(404);
    const gone = await patch({ active: false }, admin, id);
    expect([gone.status, gone.body]).toMatchObject([200, { id, realm: 'ops', role: 'user', active: false }]);
    expect([(await call('GET', '/ops/files', { token: ops })).status, await files()]).toEqual([401, 404]);
    expect((await call('POST', '/ops/login', { form })).status).toBe(404);
    expect([(await patch({ active: true }, admin, id)).status, await files()]).toEqual([200, 200]);
    expect((await call('GET', '/ops/files', { token: ops })).status).toBe(401);
    expect((await call('POST', '/ops/login', { form })).status).toBe(200);
    expect((await call('DELETE', `/users/${id}`, { token: admin.access_token })).status).toBe(200);
    expect(await files()).toBe(404);
  });

  it('gets 404 for an account that does not exist', async () => {
    for (const target of [999_999_999, 0])
      expect((await patch({ name: 'x' }, admin, target)).status).toBe(404);
    expect((await call('DELETE', '/users/999999999', { token: admin.access_token })).status).toBe(404);
  });
});

describe('the last active administrator', () => {
  it('can be neither demoted nor deactivated', async () => {
    await onlyAdmins(admin.username);
    const self = (await meOf(admin)).id;
    for (const json of [
      { role: 'user' },
      { active: false },
      { role: 'user', name: 'x', password: 'changed' },
    ])
      expect((await patch(json, admin, self)).status).toBe(409);
    expect((await call('DELETE', `/users/${self}`, { token: admin.access_token })).status).toBe(409);
    expect(await meOf(admin)).toMatchObject({ role: 'admin', active: true, name: null });
    expect(await login(admin.username)).toBe(200);
    await patch({ role: 'admin' });
    expect((await patch({ role: 'user' }, admin, self)).status).toBe(200);
  });

  it('remains when all administrators demote each other simultaneously', async () => {
    const admins = await Promise.all(Array.from({ length: 6 }, () => register()));
    await onlyAdmins(...admins.map(({ username }) => username));
    const ids = await Promise.all(admins.map(async (one) => (await meOf(one)).id as number));
    await atOnce(6, (i) => patch(i % 2 ? { role: 'user' } : { active: false }, admins[i], ids[(i + 1) % 6]));
    const left = await Promise.all(admins.map((one) => call('GET', '/auth/me', { token: one.access_token })));
    expect(left.some(({ status, body }) => status === 200 && body.me.role === 'admin')).toBe(true);
  });
});
