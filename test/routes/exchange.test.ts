import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { atOnce, freshName } from '../support/api.ts';
import { db } from '../support/database.ts';
import { stopClock } from '../support/time.ts';
import { call, register } from '../support/worker.ts';

const JSON_PLEASE = { Accept: 'application/json' };
const PLAIN = expect.stringMatching(/^text\/plain; ?charset=utf-8$/i);
const bytes = (text: string) => new TextEncoder().encode(text);

const join = async (realm: 'ops' | 'client', username = freshName(realm), password = 'test') => {
  const { status, text } = await call('POST', `/${realm}/signup`, { form: { username, password } });
  expect([status, text]).toEqual([201, '']);
  const login = await call('POST', `/${realm}/login`, { form: { username, password } });
  expect([login.status, login.headers.get('Content-Type')]).toEqual([200, PLAIN]);
  return { username, token: login.text };
};

const upload = (token: string, name: string, content: Uint8Array, headers = {}) =>
  call('POST', '/ops/upload', { token, file: { bytes: content, name, part: 'request_file' }, headers });
const download = (token: string, ops: string, name: string, headers = {}) =>
  call('GET', `/client/files/${encodeURIComponent(ops)}/${encodeURIComponent(name)}`, { token, headers });

let ops: { username: string; token: string };
let client: { username: string; token: string };
beforeEach(async () => {
  ops = await join('ops');
  client = await join('client');
});

describe('the two realms', () => {
  it('allow the same username in each realm, with its own password and token', async () => {
    const username = freshName();
    const operator = await join('ops', username, 'operator');
    await join('client', username, 'customer');
    await register(username, 'member');
    for (const [realm, wrong] of [
      ['ops', 'customer'],
      ['client', 'member'],
    ])
      expect(
        (await call('POST', `/${realm}/login`, { form: { username, password: wrong ?? '' } })).status,
      ).toBe(404);
    expect((await call('GET', '/ops/files', { token: operator.token })).status).toBe(200);
    expect((await call('GET', `/client/files/${username}`, { token: operator.token })).status).toBe(403);
    expect((await call('GET', '/photos', { token: operator.token })).status).toBe(403);
    expect((await call('GET', '/users', { token: operator.token })).status).toBe(403);
  });

  it('accept forms, multipart and JSON, and refuse a taken name', async () => {
    const username = freshName();
    const data = new FormData();
    data.set('username', username);
    data.set('password', 'test');
    expect((await call('POST', '/ops/signup', { body: data })).status).toBe(201);
    const again = await call('POST', '/ops/signup', {
      json: { username: username.toUpperCase(), password: 'test' },
    });
    expect([again.status, again.headers.get('Content-Type')]).toEqual([409, PLAIN]);
    expect((await call('POST', '/ops/login', { json: { username, password: 'test' } })).status).toBe(200);
  });

  it('give the same 404 to an unknown name and to a wrong password', async () => {
    const wrong = await call('POST', '/client/login', {
      form: { username: client.username, password: 'wrong' },
    });
    const unknown = await call('POST', '/client/login', {
      form: { username: freshName(), password: 'wrong' },
    });
    expect([wrong.status, wrong.text]).toEqual([404, unknown.text]);
  });

  it('answer a session with a token of 365 days if JSON is accepted', async () => {
    const answer = await call('POST', '/ops/login', {
      json: { username: ops.username, password: 'test' },
      headers: JSON_PLEASE,
    });
    expect(answer.body).toMatchObject({
      expires_in: 31_536_000,
      token_type: 'Bearer',
      username: ops.username,
    });
    expect(answer.body).not.toHaveProperty('refresh_token');
    const { aud, iat, exp, sub, username } = JSON.parse(
      atob(answer.body.access_token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/')),
    );
    expect([aud, exp - iat, username, /^\d+$/.test(sub)]).toEqual(['ops', 31_536_000, ops.username, true]);
    const { body } = await call('GET', '/auth/me', { token: answer.body.access_token });
    expect(body.me).toMatchObject({ realm: 'ops', username: ops.username });
  });

  it('give two logins in one second different tokens, and log each out separately', async () => {
    const login = async () =>
      (await call('POST', '/ops/login', { form: { username: ops.username, password: 'test' } })).text;
    const [one, two] = [await login(), await login()];
    expect(one).not.toBe(two);
    expect((await call('GET', '/logout', { token: one })).status).toBe(200);
    expect((await call('GET', '/ops/files', { token: one })).status).toBe(401);
    expect((await call('GET', '/ops/files', { token: two })).status).toBe(200);
  });

  it('answer in plain text, errors included, unless JSON is accepted', async () => {
    const plain = await call('GET', '/ops/files');
    expect([plain.status, plain.headers.get('Content-Type'), plain.headers.get('WWW-Authenticate')]).toEqual([
      401,
      PLAIN,
      'Bearer',
    ]);
    const anything = await call('GET', '/ops/files', { headers: { Accept: '*/*' } });
    expect(anything.headers.get('Content-Type')).toContain('text/plain');
    const problem = await call('GET', '/ops/files', {
      headers: { Accept: 'text/html, application/problem+json' },
    });
    expect(problem.body.code).toBe('unauthenticated');
    expect((await call('GET', '/ops/signup')).status).toBe(405);
  });
});

describe('files of the exchange', () => {
  it('reach clients unchanged and under their own names', async () => {
    for (const name of [
      'plan.pdf',
      'Ünï "q" 🎞.txt',
      'плёнка.zip',
      "a'b;c=d.html",
      '%41 %2e.txt',
      '..hidden',
      'con',
    ]) {
      const content = bytes(`<script>${name}</script>`);
      const { status, text } = await upload(ops.token, name, content);
      expect([status, text], name).toEqual([201, 'File uploaded']);
      const got = await download(client.token, ops.username, name);
      expect(got.bytes).toEqual(content);
      expect(got.headers.get('Content-Type')).toBe('application/octet-stream');
      expect(got.headers.get('X-Content-Type-Options')).toBe('nosniff');
      expect(got.headers.get('Cache-Control')).toBe('no-store');
      const disposition = got.headers.get('Content-Disposition') ?? '';
      expect(disposition).toMatch(/^attachment; filename=/);
      const extended = /filename\*=UTF-8''(.+)$/.exec(disposition)?.[1];
      if (extended) expect(decodeURIComponent(extended)).toBe(name);
    }
    const { text } = await call('GET', `/client/files/${ops.username}`, { token: client.token });
    expect(text.split('\n')).toContain('Ünï "q" 🎞.txt');
    expect(text.endsWith('\n')).toBe(true);
    const { body } = await call('GET', '/ops/files', { token: ops.token, headers: JSON_PLEASE });
    expect(body).toHaveLength(7);
    expect(body[0]).toMatchObject({ name: '%41 %2e.txt', bytes: expect.any(Number) });
  });

  it('are stored whole at any size, in one part or in several', async () => {
    for (const size of [0, 1, 5 << 20, (5 << 20) + 1, 12_345_678]) {
      const content = new Uint8Array(size).map((_, i) => (i * 31 + (i >> 12)) & 255);
      const name = `${size}.bin`;
      const { status, body } = await upload(ops.token, name, content, JSON_PLEASE);
      expect([status, body.bytes]).toEqual([201, size]);
      const got = await download(client.token, ops.username, name);
      expect(got.bytes.length).toBe(size);
      expect(got.bytes.every((byte, i) => byte === content[i])).toBe(true);
    }
  });

  it.each([
    '',
    '.',
    '..',
    'a/b',
    '../../etc/passwd',
    'a\\b',
    'a\nb',
    'a\u0000b',
    'x'.repeat(256),
    'é'.repeat(128),
  ])('are refused if their name is %j', async (name) => {
    const body = new Blob([
      `--b\r\nContent-Disposition: form-data; name="request_file"; filename="${name.replaceAll('\n', '%0A')}"\r\n\r\nx\r\n--b--\r\n`,
    ]);
    const answer = await call('POST', '/ops/upload', {
      token: ops.token,
      body,
      headers: { 'Content-Type': 'multipart/form-data; boundary=b' },
    });
    expect([400, 422]).toContain(answer.status);
    expect((await call('GET', '/ops/files', { token: ops.token })).text).toBe('');
  });

  it('are refused for their name with a pointer to the part of the form', async () => {
    const { status, body } = await call('POST', '/ops/upload', {
      token: ops.token,
      file: { bytes: bytes('x'), name: 'x'.repeat(256), part: 'request_file' },
      headers: { Accept: 'application/json' },
    });
    expect([status, body.errors[0].pointer]).toEqual([422, '#/request_file']);
  });

  it.each([
    ['C:\\docs\\plan.pdf', 'plan.pdf'],
    ['d:/scans/é.pdf', 'é.pdf'],
    ['\\\\server\\share\\plan.pdf', 'plan.pdf'],
  ])('with the path %j of Windows are stored under their own name', async (path, name) => {
    const body = new Blob([
      `--b\r\nContent-Disposition: form-data; name="request_file"; filename="${path}"\r\n\r\nx\r\n--b--\r\n`,
    ]);
    const headers = { 'Content-Type': 'multipart/form-data; boundary=b', ...JSON_PLEASE };
    const answer = await call('POST', '/ops/upload', { token: ops.token, body, headers });
    expect([answer.status, answer.body.name], answer.text).toEqual([201, name]);
  });

  it('are refused in a part of another name, two at a time, or over the size limit', async () => {
    const file = { bytes: bytes('x'), name: 'a' };
    expect((await call('POST', '/ops/upload', { token: ops.token, file })).status).toBe(422);
    const part = 'Content-Disposition: form-data; name="request_file"; filename="a"\r\n\r\nx\r\n';
    const body = `--b\r\n${part}--b\r\n${part}--b--\r\n`;
    expect(
      (
        await call('POST', '/ops/upload', {
          token: ops.token,
          body,
          headers: { 'Content-Type': 'multipart/form-data; boundary=b' },
        })
      ).status,
    ).toBe(422);
    const declared = { 'Content-Type': 'multipart/form-data; boundary=b' };
    const tooLong = await call('POST', '/ops/upload', {
      token: ops.token,
      body: new Uint8Array(96 << 20),
      headers: declared,
    });
    expect(tooLong.status).toBe(413);
    expect((await call('GET', '/ops/files', { token: ops.token })).text).toBe('');
  });

  it('are stored once if twenty of one name arrive simultaneously', async () => {
    const { statuses } = await atOnce(20, (i) =>
      upload(ops.token, 'same.bin', new Uint8Array(100_000).fill(i)),
    );
    expect(statuses).toEqual({ 201: 1, 409: 19 });
    const { bytes: won } = await download(client.token, ops.username, 'same.bin');
    expect(won.length).toBe(100_000);
    expect(new Set(won).size).toBe(1);
    expect((await upload(ops.token, 'same.bin', bytes('later'))).status).toBe(409);
    expect((await download(client.token, ops.username, 'same.bin')).bytes).toEqual(won);
    const other = await join('ops');
    expect((await upload(other.token, 'same.bin', bytes('x'))).status).toBe(201);
    expect((await upload(ops.token, 'Same.bin', bytes('x'))).status).toBe(201);
  });

  it('are limited to sixty a minute', async () => {
    stopClock();
    const { statuses } = await atOnce(70, () => call('POST', '/ops/upload', { token: ops.token, json: {} }));
    expect(statuses).toEqual({ 415: 60, 429: 10 });
  });

  it('are removed by their operator only, row and bytes', async () => {
    await upload(ops.token, 'a b.txt', bytes('x'));
    const key = (
      await db.execute({ sql: 'select key from files where name = ? order by id desc', args: ['a b.txt'] })
    ).rows[0]?.key as string;
    const other = await join('ops');
    expect((await call('DELETE', '/ops/files/a%20b.txt', { token: other.token })).status).toBe(404);
    const { status, body } = await call('DELETE', '/ops/files/a%20b.txt', {
      token: ops.token,
      headers: JSON_PLEASE,
    });
    expect([status, body]).toEqual([200, { message: 'File deleted' }]);
    expect(await env.PHOTOS.head(key)).toBeNull();
    expect((await download(client.token, ops.username, 'a b.txt')).status).toBe(404);
    expect((await call('DELETE', '/ops/files/a%20b.txt', { token: ops.token })).status).toBe(404);
    expect((await upload(ops.token, 'a b.txt', bytes('y'))).status).toBe(201);
  });

  it('are 404 if their operator is unknown or deactivated', async () => {
    await upload(ops.token, 'a.txt', bytes('x'));
    expect(
      (await call('GET', `/client/files/${ops.username.toUpperCase()}`, { token: client.token })).text,
    ).toBe('a.txt\n');
    expect((await call('GET', `/client/files/${freshName()}`, { token: client.token })).status).toBe(404);
    expect((await call('GET', `/client/files/${client.username}`, { token: client.token })).status).toBe(404);
    await db.execute({
      sql: "update accounts set deactivated_at = 1 where realm = 'ops' and username = ?",
      args: [ops.username],
    });
    expect((await call('GET', `/client/files/${ops.username}`, { token: client.token })).status).toBe(404);
    expect((await download(client.token, ops.username, 'a.txt')).status).toBe(404);
    expect((await upload(ops.token, 'b.txt', bytes('x'))).status).toBe(401);
  });
});
