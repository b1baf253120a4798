import { env } from 'cloudflare:workers';
import { beforeAll, expect, it } from 'vitest';
import { app } from '../../src/app.ts';
import { hashPassword } from '../../src/domain/accounts/passwords.ts';
import { type Realm, signAccessToken, signRefreshToken } from '../../src/domain/accounts/tokens.ts';
import { readSettings } from '../../src/env.ts';
import { canonicalName } from '../../src/routes/aliases.ts';
import { freshName, type Options } from '../support/api.ts';
import { db } from '../support/database.ts';
import { png } from '../support/images.ts';
import { call } from '../support/worker.ts';

/**
 * Who may do what: every route of the app, as everybody. A refused call changes nothing, which is looked for after each. A route that is
 * not in this table fails the test.
 */
const CALLERS = [
  'nobody',
  'owner',
  'other',
  'ops',
  'client',
  'admin',
  'deactivated',
  'loggedOut',
  'refresh',
] as const;
type Caller = (typeof CALLERS)[number];

type Actor = { id: number; username: string; sid: string; access: string; refresh: string };
type World = Record<Exclude<Caller, 'nobody' | 'refresh'>, Actor> & {
  photo: number;
  file: string;
  movie: number;
};
type Row = { may: string; call?: (world: World) => Options & { params?: Record<string, string | number> } };

/* Statuses in the order of CALLERS. */
const ANYBODY = '200 200 200 200 200 200 200 200 200';
const ADMINS = '401 403 403 403 403 200 401 401 401';
const MEMBERS = '401 200 200 403 403 200 401 401 401';
const OWNER = '401 200 404 403 403 404 401 401 401';
const OWNED = ({ photo }: World) => ({ params: { id: photo } });
const everybody = (status: number) => CALLERS.map(() => status).join(' ');

const TABLE: Record<string, Row> = {
  'GET /': { may: ANYBODY },
  'GET /hello': { may: ANYBODY },
  'GET /health': { may: ANYBODY },
  'GET /openapi.json': { may: ANYBODY },

  'POST /register': {
    may: everybody(201),
    call: () => ({ json: { username: freshName(), password: 'test' } }),
  },
  'POST /registration': {
    may: everybody(201),
    call: () => ({ json: { username: freshName(), password: 'test' } }),
  },
  'POST /api/register': {
    may: everybody(201),
    call: () => ({ json: { username: freshName(), password: 'test', email: `${freshName()}@example.com` } }),
  },
  'POST /login': {
    may: ANYBODY,
    call: ({ owner }) => ({ json: { username: owner.username, password: 'test' } }),
  },
  'GET /auth/verify': { may: '401 200 200 200 200 200 401 401 401' },
  'GET /auth/me': { may: '401 200 200 200 200 200 401 401 401' },

  'POST /refresh': { may: '401 401 401 401 401 401 401 401 200' },
  'DELETE /logout/access': { may: '401 200 200 200 200 200 401 401 401' },
  'DELETE /logout/refresh': { may: '401 401 401 401 401 401 401 401 200' },
  'GET /logout': { may: '401 200 200 200 200 200 401 401 200' },
  'GET /sessions': { may: '401 200 200 200 200 200 401 401 401' },
  'DELETE /sessions': { may: '401 200 200 200 200 200 401 401 401' },
  'DELETE /sessions/:id': {
    may: '401 200 404 404 404 404 401 401 401',
    call: ({ owner }) => ({ params: { id: owner.sid } }),
  },
  'POST /password': {
    may: '401 200 200 200 200 200 401 401 401',
    call: () => ({ json: { old: 'test', new: 'changed' } }),
  },

  'GET /users': { may: MEMBERS },
  'PATCH /users/:id': {
    may: '401 403 403 403 403 200 401 401 401',
    call: ({ other }) => ({ params: { id: other.id }, json: { name: 'x' } }),
  },
  'DELETE /users/:id': { may: ADMINS, call: ({ other }) => ({ params: { id: other.id } }) },

  'GET /movies': { may: MEMBERS },
  'GET /movies/:id': { may: MEMBERS, call: ({ movie }) => ({ params: { id: movie } }) },
  'POST /search_movies_id/:id': { may: ADMINS, call: ({ movie }) => ({ params: { id: movie } }) },
  'POST /movies': {
    may: '401 403 403 403 403 201 401 401 401',
    call: () => ({
      json: { movie_name: freshName(), popularity: 1, imdbScore: 1, genre: [], director: 'x' },
    }),
  },
  'POST /movies/import': {
    may: ADMINS,
    call: () => ({
      file: {
        bytes: new TextEncoder().encode(
          `name,99popularity,imdb_score,genre,director\n${freshName()},1,1,,x\n`,
        ),
      },
    }),
  },
  'PATCH /movies/:id': {
    may: ADMINS,
    call: ({ movie }) => ({ params: { id: movie }, json: { popularity: 2 } }),
  },
  'POST /update_movies': { may: ADMINS, call: ({ movie }) => ({ json: { id: movie, popularity: 2 } }) },
  'DELETE /movies/:id': {
    may: '401 403 403 403 403 204 401 401 401',
    call: ({ movie }) => ({ params: { id: movie } }),
  },

  'POST /photos': {
    may: '401 201 201 403 403 201 401 401 401',
    call: () => ({ file: { bytes: png(1, 1) } }),
  },
  'GET /photos': { may: MEMBERS },
  'GET /me/photos': { may: MEMBERS },
  'GET /me/drafts': { may: MEMBERS },
  'GET /photos/:id': { may: OWNER, call: OWNED },
  'GET /photos/:id/image': { may: OWNER, call: OWNED },
  'POST /photos/:id/publish': { may: OWNER, call: OWNED },
  'PUT /photos/:id/caption': { may: OWNER, call: (world) => ({ ...OWNED(world), json: { caption: 'x' } }) },
  'DELETE /photos/:id': { may: OWNER, call: OWNED },

  'POST /ops/signup': {
    may: everybody(201),
    call: () => ({ json: { username: freshName(), password: 'test' } }),
  },
  'POST /client/signup': {
    may: everybody(201),
    call: () => ({ json: { username: freshName(), password: 'test' } }),
  },
  'POST /ops/login': {
    may: ANYBODY,
    call: ({ ops }) => ({ json: { username: ops.username, password: 'test' } }),
  },
  'POST /client/login': {
    may: ANYBODY,
    call: ({ client }) => ({ json: { username: client.username, password: 'test' } }),
  },
  'POST /ops/upload': {
    may: '401 403 403 201 403 403 401 401 401',
    call: () => ({ file: { bytes: png(1, 1), name: freshName(), part: 'request_file' } }),
  },
  'GET /ops/files': { may: '401 403 403 200 403 403 401 401 401' },
  'DELETE /ops/files/:name': {
    may: '401 403 403 200 403 403 401 401 401',
    call: ({ file }) => ({ params: { name: file } }),
  },
  'GET /client/files/:ops': {
    may: '401 403 403 403 200 403 401 401 401',
    call: ({ ops }) => ({ params: { ops: ops.username } }),
  },
  'GET /client/files/:ops/:name': {
    may: '401 403 403 403 200 403 401 401 401',
    call: ({ ops, file }) => ({ params: { ops: ops.username, name: file } }),
  },
};

const settings = readSettings(env);
const tools = { settings, now: () => Date.now() };
let passwordHash: string;

beforeAll(async () => {
  passwordHash = await hashPassword({ settings }, 'test');
});

const makeActor = async (realm: Realm, { role = 'user', gone = false, out = false } = {}): Promise<Actor> => {
  const username = freshName();
  const [sid, nonce, now] = [crypto.randomUUID(), crypto.randomUUID(), Date.now()];
  const [{ rows }] = (await db.batch([
    {
      sql: `insert into accounts (realm, username, username_folded, password_hash, role, created_at, deactivated_at)
            values (?, ?, ?, ?, ?, ?, ?) returning id`,
      args: [realm, username, username.toLowerCase(), passwordHash, role, now, gone ? now : null],
    },
    {
      sql: "insert into identifiers (realm, folded, kind, account_id) values (?, ?, 'username', (select max(id) from accounts))",
      args: [realm, username.toLowerCase()],
    },
    {
      sql: 'insert into sessions (id, account_id, created_at, expires_at, nonce, ended_at) values (?, (select max(id) from accounts), ?, ?, ?, ?)',
      args: [sid, now, now + 86_400_000, nonce, out ? now : null],
    },
  ])) as unknown as [{ rows: { id: number }[] }];
  const account = { id: rows[0]?.id ?? 0, realm, username, name: null };
  return {
    ...account,
    sid,
    access: await signAccessToken(tools, account, sid),
    refresh: await signRefreshToken(tools, account, { id: sid, generation: 0, nonce }),
  };
};

const makeWorld = async (): Promise<World> => {
  const owner = await makeActor('member');
  const ops = await makeActor('ops');
  const [photoKey, fileKey, file] = [`photos/${freshName()}`, `files/${freshName()}`, freshName('file')];
  await env.PHOTOS.put(photoKey, png(1, 1), { httpMetadata: { contentType: 'image/png' } });
  await env.PHOTOS.put(fileKey, 'x');
  const [photos, movies] = (await db.batch([
    {
      sql: `insert into photos (account_id, key, filename, content_type, bytes, width, height, created_at, updated_at)
            values (?, ?, 'x.png', 'image/png', 1, 1, 1, 1, 1) returning id`,
      args: [owner.id, photoKey],
    },
    {
      sql: "insert into movies (name, director, director_folded, popularity, imdb_score, created_at, updated_at) values (?, 'x', 'x', 1, 1, 1, 1) returning id",
      args: [freshName()],
    },
    {
      sql: 'insert into files (account_id, name, key, bytes, created_at) values (?, ?, ?, 1, 1)',
      args: [ops.id, file, fileKey],
    },
  ])) as unknown as { rows: { id: number }[] }[];
  return {
    movie: movies?.rows[0]?.id ?? 0,
    owner,
    other: await makeActor('member'),
    ops,
    client: await makeActor('client'),
    admin: await makeActor('member', { role: 'admin' }),
    deactivated: await makeActor('member', { gone: true }),
    loggedOut: await makeActor('member', { out: true }),
    photo: photos?.rows[0]?.id ?? 0,
    file,
  };
};

/** All that the tables hold of these people, and whether their objects are there. */
const look = async ({ owner, other, ops, client, admin, deactivated, loggedOut, movie }: World) => {
  const ids = [owner, other, ops, client, admin, deactivated, loggedOut].map(({ id }) => id).join(',');
  const results = await db.batch([
    `select * from accounts where id in (${ids}) order by id`,
    `select * from identifiers where account_id in (${ids}) order by folded`,
    `select * from sessions where account_id in (${ids}) order by id`,
    `select * from photos where account_id in (${ids}) order by id`,
    `select * from files where account_id in (${ids}) order by id`,
    `select * from movies where id = ${movie}`,
    'select count(*) from movies',
    'select count(*) from import_rows',
    'select count(*) from revocations',
    'select count(*) from intents',
  ]);
  const keys = results.flatMap(({ rows }) =>
    rows.flatMap(({ key }) => (typeof key === 'string' ? [key] : [])),
  );
  const heads = await Promise.all(keys.map((key) => env.PHOTOS.head(key)));
  return JSON.stringify([results.map(({ rows }) => rows), heads.map((head) => head?.etag)]);
};

const tokenOf = (world: World, caller: Caller) => {
  if (caller === 'nobody') return undefined;
  return caller === 'refresh' ? world.owner.refresh : world[caller].access;
};

const routes = [
  ...new Set(
    app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`),
  ),
];

it.each(routes)('%s', async (route) => {
  const [method = '', path = ''] = route.split(' ');
  const row = TABLE[canonicalName(method, path)];
  expect(row, `${route} is not in the table`).toBeDefined();
  const expected = row?.may.split(' ').map(Number) ?? [];
  const got: number[] = [];
  for (const [i, caller] of CALLERS.entries()) {
    const world = await makeWorld();
    const { params, ...options } = row?.call?.(world) ?? {};
    const to = path.replace(/:(\w+)/g, (_, name) => String(params?.[name]));
    const before = await look(world);
    const token = tokenOf(world, caller);
    const { status } = await call(method, to, { ...options, ...(token && { token }) });
    got.push(status);
    if (status >= 400 && expected[i] === status)
      expect(await look(world), `${route} as ${caller}`).toBe(before);
  }
  expect(Object.fromEntries(CALLERS.map((caller, i) => [caller, got[i]]))).toEqual(
    Object.fromEntries(CALLERS.map((caller, i) => [caller, expected[i]])),
  );
});

it('has no row without a route', () => {
  const names = new Set(routes.map((route) => canonicalName(...(route.split(' ') as [string, string]))));
  expect(Object.keys(TABLE).filter((name) => !names.has(name))).toEqual([]);
});
