import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { freshName } from '../support/api.ts';
import { db } from '../support/database.ts';
import { call, ORIGIN, register, upload } from '../support/worker.ts';

const draft = async () => {
  const { access_token: token } = await register();
  const { id, url } = await upload(token);
  return { id, token, key: new URL(url).searchParams.get('key') as string };
};

const digestOf = async (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as BufferSource))));

describe('Repr-Digest', () => {
  it('is sent with originals, whole or in part, for a token or a signature, and not with variants', async () => {
    const { id, key, token } = await draft();
    const digest = await digestOf(
      new Uint8Array(await ((await env.PHOTOS.get(key)) as R2ObjectBody).arrayBuffer()),
    );
    const url = new URL((await call('GET', `/photos/${id}`, { token })).body.url);
    expect(url.searchParams.get('digest')).toMatch(/^[\w-]{43}$/);
    const path = url.href.replace(ORIGIN, '');
    const field = `sha-256=:${digest}:`;
    for (const [to, options] of [
      [path, {}],
      [`/photos/${id}/image`, { token }],
    ] as const)
      for (const [method, headers, status] of [
        ['GET', {}, 200],
        ['HEAD', {}, 200],
        ['GET', { Range: 'bytes=1-2' }, 206],
      ] as const) {
        const answer = await call(method, to, { ...options, headers });
        expect([answer.status, answer.headers.get('Repr-Digest')]).toEqual([status, field]);
      }
    expect((await call('GET', `${path}&width=160`)).headers.get('Repr-Digest')).toBeNull();
    expect(
      (await call('GET', path, { headers: { Origin: 'https://app.example' } })).headers.get(
        'Access-Control-Expose-Headers',
      ),
    ).toContain('Repr-Digest');
    await db.execute({ sql: 'update photos set sha256 = null where id = ?', args: [id] });
    const without = new URL((await call('GET', `/photos/${id}`, { token })).body.url);
    expect(without.searchParams.has('digest')).toBe(false);
    expect((await call('GET', without.href.replace(ORIGIN, ''))).headers.get('Repr-Digest')).toBeNull();
  });

  it('is covered by the signature of the URL, and so is `posted`', async () => {
    const { id, token } = await draft();
    const { url: asDraft } = (await call('GET', `/photos/${id}`, { token })).body;
    const { url: asPosted } = (await call('POST', `/photos/${id}/publish`, { token })).body;
    const change = async (from: string, ...[name, value]: [string, string | null]) => {
      const url = new URL(from);
      if (value === null) url.searchParams.delete(name);
      else url.searchParams.set(name, value);
      return (await call('GET', url.href.replace(ORIGIN, ''))).status;
    };
    expect(await change(asDraft, 'width', '160')).toBe(200);
    expect(new URL(asDraft).searchParams.has('posted')).toBe(false);
    expect(new URL(asPosted).searchParams.get('posted')).toBe('1');
    expect(await change(asDraft, 'posted', '1')).toBe(401);
    expect(await change(asPosted, 'posted', '0')).toBe(401);
    expect(await change(asPosted, 'posted', null)).toBe(401);
    expect(await change(asPosted, 'digest', 'A'.repeat(43))).toBe(401);
    expect(await change(asPosted, 'digest', null)).toBe(401);
    expect(await change(asPosted, 'digest', '')).toBe(401);
  });

  it('is sent with files', async () => {
    const join = async (realm: string) => {
      const form = { username: freshName(realm), password: 'test' };
      await call('POST', `/${realm}/signup`, { form });
      return { username: form.username, token: (await call('POST', `/${realm}/login`, { form })).text };
    };
    const [ops, client] = [await join('ops'), await join('client')];
    const bytes = new Uint8Array(6 << 20).fill(7); // stored in two parts
    await call('POST', '/ops/upload', {
      token: ops.token,
      file: { name: 'a.txt', part: 'request_file', bytes },
    });
    const digest = await digestOf(bytes);
    for (const method of ['GET', 'HEAD']) {
      const { headers } = await call(method, `/client/files/${ops.username}/a.txt`, { token: client.token });
      expect(headers.get('Repr-Digest')).toBe(`sha-256=:${digest}:`);
    }
  });
});
