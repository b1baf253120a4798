import { env } from 'cloudflare:workers';
import { hashPassword } from '../../src/domain/accounts/passwords.ts';
import { type Realm, signAccessToken, signRefreshToken } from '../../src/domain/accounts/tokens.ts';
import { readSettings } from '../../src/env.ts';
import { freshName } from './api.ts';
import { db } from './database.ts';
import { png } from './images.ts';

/** Callers of the API, and what they own. */
export const CALLERS = [
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
export type Caller = (typeof CALLERS)[number];

type Actor = { id: number; username: string; sid: string; access: string; refresh: string };
export type World = Record<Exclude<Caller, 'nobody' | 'refresh'>, Actor> & {
  photo: number;
  file: string;
  movie: number;
};
const settings = readSettings(env);
const tools = { settings, now: () => Date.now() };
let hashed: Promise<string> | undefined;

const makeActor = async (realm: Realm, { role = 'user', gone = false, out = false } = {}): Promise<Actor> => {
  hashed ??= hashPassword({ settings }, 'test');
  const [username, passwordHash] = [freshName(), await hashed];
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
    refresh: await signRefreshToken(tools, account, { id: sid, rotation: 0, nonce }),
  };
};

export const makeWorld = async (): Promise<World> => {
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

export const tokenOf = (world: World, caller: Caller) => {
  if (caller === 'nobody') return undefined;
  return caller === 'refresh' ? world.owner.refresh : world[caller].access;
};
