import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../local/processes.ts';
import { makeFixtures, secrets } from '../../packages/clean-image/test/support/fixtures.ts';
import { atOnce, connect, freshName } from '../support/api.ts';
import {
  type Dev,
  discard,
  freePorts,
  processesOver,
  runScript,
  startDev,
  temporary,
} from '../support/dev.ts';
import { png } from '../support/images.ts';
import { inOneMinute } from '../support/time.ts';

let dev: Dev;
let api: ReturnType<typeof connect>;

const over = ({ url }: Dev) => connect((address, init) => fetch(address, init), url);

beforeAll(async () => {
  dev = await startDev();
  api = over(dev);
});
afterAll(async () => {
  await dev?.stop();
  discard(dev.directory);
});

const run = (command: string, args: string[], env: Record<string, string> = {}) =>
  new Promise<{ code: number | null; output: string }>((resolve) => {
    const child = spawn(command, args, { env: { ...process.env, ...env } });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data) => {
        output += data;
      });
    child.once('close', (code) => resolve({ code, output }));
  });

it('grants and revokes the role of administrator, except for the last one', async () => {
  const { username, access_token: token } = await api.register();
  const other = await api.register();
  const admin = (...words: string[]) => run('npm', ['run', '--silent', 'admin', '--', ...words], dev.ports);
  const role = async () => (await api.call('GET', '/auth/me', { token })).body.me.role;
  expect(await admin('grant', username.toUpperCase())).toMatchObject({ code: 0 });
  expect(await role()).toBe('admin');
  expect((await admin('revoke', username)).output).toContain('last active administrator');
  expect(await role()).toBe('admin');
  await admin('grant', other.username);
  expect(await admin('revoke', username)).toMatchObject({ code: 0 });
  expect(await role()).toBe('user');
  expect((await admin('grant', 'nobody-of-that-name')).output).toContain('no member called');
  expect((await admin('promote', username)).output).toContain('Usage: npm run admin');
  expect(await admin('sweep', '--dry-run')).toMatchObject({
    code: 0,
    output: expect.stringContaining('0 abandoned uploads'),
  });
  expect((await admin('sweep', 'now')).output).toContain('Usage: npm run admin');
  const elsewhere = await run('npm', ['run', '--silent', 'admin', '--', 'grant', 'x'], {
    LIBSQL_PORT: String(await freePort()),
  });
  expect([elsewhere.code, elsewhere.output]).toEqual([1, expect.stringContaining('does not answer')]);
});

it('fills a stack with people and photos, and again with more', async () => {
  for (const count of [2, 3]) {
    const seeded = await run('npm', ['run', '--silent', 'seed', '--', String(count)], dev.ports);
    expect(seeded.code, seeded.output).toBe(0);
    expect(seeded.output).toContain(`${count} of ${count} photos`);
  }
  const session = await api.call('POST', '/login', { form: { username: 'ann', password: 'a long secret' } });
  const feed = await api.call('GET', '/photos', { token: session.body.access_token });
  expect(feed.body.photos).toHaveLength(5);
  expect((await run('npm', ['run', '--silent', 'seed', '--', 'x'], dev.ports)).output).toContain(
    'Usage: npm run seed',
  );
  const away = { PORT: String(await freePort()) };
  expect((await run('npm', ['run', '--silent', 'seed', '--', '1'], away)).output).toContain(
    'Nothing answers',
  );
});

it('passes the smoke test of all five documented APIs', async () => {
  const { code, output } = await run('npm', ['run', '--silent', 'smoke', '--', dev.url], dev.ports);
  expect(code, output).toBe(0);
  expect(output).toContain('Everything works');
});

it('answers simultaneous requests correctly: one name, one refresh token, five uploads', async () => {
  const username = freshName();
  const registered = await atOnce(50, () =>
    api.call('POST', '/register', { json: { username, password: 'test' } }),
  );
  expect(registered.statuses).toEqual({ 201: 1, 409: 49 });
  const login = { form: { username, password: 'test' } };
  const { refresh_token } = (await api.call('POST', '/login', login)).body;
  expect((await atOnce(50, () => api.call('POST', '/refresh', { token: refresh_token }))).statuses).toEqual({
    200: 50,
  });
  const uploads = await inOneMinute(async () => {
    const { access_token: token } = await api.register();
    return atOnce(50, () => api.call('POST', '/file', { token, file: { bytes: png(1, 1) } }));
  });
  expect(uploads.statuses).toEqual({ 201: 5, 429: 45 });
});

it('stops reading a body that is too long, with or without a Content-Length', async () => {
  const { access_token: token } = await api.register();
  const head = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n';
  let sent = 0;
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(head)),
    pull(controller) {
      sent += 1 << 20;
      controller.enqueue(new Uint8Array(1 << 20));
      if (sent > 200 << 20) controller.close();
    },
  });
  const headers = { 'Content-Type': 'multipart/form-data; boundary=b', Authorization: `Bearer ${token}` };
  const init = { method: 'POST', headers, body, duplex: 'half' } as RequestInit;
  const answer = await fetch(`${dev.url}/photos`, init).then(
    async (r) => (r.status === 413 ? 'refused' : r.text()),
    () => 'cut',
  );
  expect(['refused', 'cut', 'Error: Network connection lost.']).toContain(answer); // the last is the message of wrangler's proxy
  expect(sent).toBeLessThan(150 << 20); // a form has 100 MiB
  expect((await api.call('GET', '/me/photos', { token })).body.photos).toEqual([]);
});

it('answers a client that is still sending, instead of resetting its connection', async () => {
  const { access_token } = await api.register();
  const large = new Blob([new Uint8Array(15 << 20)]);
  for (const [path, type, status] of [
    ['/photos', undefined, 422],
    ['/register', 'application/json', 413],
  ] as const) {
    const form = new FormData();
    form.set('image', large, 'x.png');
    const headers: Record<string, string> = {
      Authorization: `Bearer ${access_token}`,
      ...(type && { 'Content-Type': type }),
    };
    const init = {
      method: 'POST',
      headers,
      body: type ? large.stream() : form,
      duplex: 'half',
    } as RequestInit;
    for (let i = 0; i < 3; i++)
      expect(
        (
          await fetch(
            dev.url + path,
            init.body instanceof FormData ? init : { ...init, body: large.stream() },
          )
        ).status,
      ).toBe(status);
  }
});

it('returns every image with the same pixels and without its metadata', async () => {
  for (const { name, image, file, contentType, info } of await makeFixtures()) {
    const { access_token: token } = await api.register();
    const { body } = await api.call('POST', '/photos', { token, file: { bytes: file, name: 'x' } });
    expect(body, name).toMatchObject({ content_type: contentType, taken_at: info.takenAt });
    const { bytes, headers } = await api.call('GET', new URL(body.url).pathname + new URL(body.url).search);
    for (const secret of secrets) expect(Buffer.from(bytes).includes(secret), name).toBe(false);
    const [before, after] = [image, bytes].map((picture) => sharp(picture, { animated: true }));
    expect(await after?.raw().toBuffer(), name).toEqual(await before?.raw().toBuffer());
    const [was, is] = [await sharp(image).metadata(), await sharp(bytes).metadata()];
    expect([is.icc, is.orientation ?? 1, is.pages], name).toEqual([was.icc, was.orientation ?? 1, was.pages]);
    const digest = createHash('sha256').update(bytes).digest('base64');
    expect(headers.get('Repr-Digest'), name).toBe(`sha-256=:${digest}:`);
  }
});

it('answers every kind of upload that is refused while its client is still sending', async () => {
  const { access_token: token, username } = await api.register();
  await run('npm', ['run', '--silent', 'admin', '--', 'grant', username], dev.ports);
  const account = { username: freshName(), password: 'test' };
  await api.call('POST', '/ops/signup', { form: account });
  const ops = (await api.call('POST', '/ops/login', { form: account })).text;
  const more = new Uint8Array(20 << 20).fill(120);
  const form = (part: string, name: string, ...bytes: (string | Uint8Array)[]) => {
    const data = new FormData();
    data.set(part, new File(bytes as never, name));
    return data;
  };
  const columns = 'name,99popularity,imdb_score,genre,director\n';
  const senders = {
    'a CSV of other columns': ['/movies/import', token, form('file', 'x', 'title,year\n', more), 422],
    'a CSV with a stray quote': [
      '/movies/import',
      token,
      form('file', 'x', columns, 'x"y,1,1,1,1\n', more),
      400,
    ],
    'a broken array': ['/movies/import', token, form('file', 'x', '[{"a":NaN},', more), 400],
    'a path for a name': ['/ops/upload', ops, form('request_file', 'a\\b', more), 422],
    'what is no photo, and too large': ['/photos', token, form('file', 'x', more), 413],
  } as const;
  for (const [what, [path, bearer, body, status]] of Object.entries(senders))
    for (let time = 0; time < 3; time++) {
      const answer = await api.call('POST', path, { token: bearer, body });
      expect(answer.status, `${what}: ${answer.text}`).toBe(status);
    }
});

describe('starting and stopping', () => {
  it('keeps its data over a restart, and leaves no process behind', async () => {
    const directory = temporary();
    const first = await startDev({ directory });
    const { call, register, upload } = over(first);
    const { access_token, username } = await register();
    const { id } = await upload(access_token);
    const dead = (await call('POST', '/login', { form: { username, password: 'test' } })).body.access_token;
    await call('GET', '/logout', { token: dead });
    await first.stop();
    expect(processesOver(directory)).toEqual([]);

    const second = await startDev({ directory });
    const again = over(second);
    expect((await again.call('GET', `/photos/${id}/image`, { token: access_token })).bytes).toEqual(
      png(3, 2),
    );
    expect((await again.call('GET', '/auth/verify', { token: dead })).status).toBe(401);
    await second.stop();
    discard(directory);
  });

  it.each(['PORT', 'LIBSQL_PORT', 'REDIS_PORT'])(
    'says in one sentence that the port of %s is in use',
    async (name) => {
      const directory = temporary();
      const ports = await freePorts();
      const server = createServer();
      await new Promise<void>((resolve) =>
        server.listen(Number(ports[name as 'PORT']), '127.0.0.1', resolve),
      );
      const program = runScript(['dev'], { ...ports, DATA_DIR: directory });
      expect(await program.ended).toBe(1);
      expect(program.output()).toMatch(
        new RegExp(`Port ${ports[name as 'PORT']}, for .+, is already in use\\.`),
      );
      expect(program.output()).not.toContain('    at ');
      expect(processesOver(directory)).toEqual([]);
      server.close();
      discard(directory);
    },
  );

  it('prints why a migration failed', async () => {
    const directory = temporary();
    const program = runScript(['dev'], {
      ...(await freePorts()),
      DATA_DIR: directory,
      LIBSQL_URL: 'http://127.0.0.1:9',
    });
    expect(await program.ended).toBe(1);
    expect(program.output()).toContain('Could not migrate http://127.0.0.1:9');
    expect(processesOver(directory)).toEqual([]);
    discard(directory);
  });

  it('starts the databases alone with npm run local', async () => {
    const directory = temporary();
    const program = runScript(['local'], { ...(await freePorts()), DATA_DIR: directory });
    while (!program.output().includes('are ready')) await new Promise((resolve) => setTimeout(resolve, 50));
    program.kill('SIGTERM');
    await program.ended;
    while (processesOver(directory).length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    discard(directory);
  });
});
