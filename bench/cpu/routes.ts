import type { Ask } from './rig.ts';

/** The tokens and URLs that are valid for one Worker. */
export type Keys = {
  access: string;
  refresh: string;
  client: string;
  photo: number;
  image: { edge: string; r2: string };
  file: string;
};

export type Route = {
  name: string;
  ours: (keys: Keys, i: number) => Ask;
  /** The same work by hand; `bare` is Hono alone. */
  against: 'bare' | 'hand';
  theirs?: (keys: Keys, i: number) => Ask;
  status: number;
  requests: number;
  /** The number of concurrent requests. */
  wide?: number;
  /** The most that ours may cost, as a ratio of CPU in workerd, and in sqld. */
  goal?: number;
  sqldGoal?: number;
  /** The most milliseconds that ours may cost beyond theirs, in all processes. */
  extra?: number;
};

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const json = { 'Content-Type': 'application/json' };
const get = (path: string) => (keys: Keys) => ({ path, headers: bearer(keys.access) });
const body = (size: number) => {
  const bytes = Buffer.alloc(size, 'x');
  return bytes;
};

/** A complete JPEG of about this many bytes: a small picture whose scan is repeated. */
export const makeUpload = (picture: Buffer, size: number): Buffer => {
  const scan = picture.subarray(0, -2);
  return Buffer.concat([scan, body(Math.max(0, size - picture.length)), picture.subarray(-2)]);
};

export const makeRoutes = (picture: Buffer): Route[] => {
  const small = makeUpload(picture, 200_000);
  const large = makeUpload(picture, 5_000_000);
  const upload = (bytes: Buffer) => (keys: Keys) => ({
    method: 'POST',
    path: '/photos',
    headers: { ...bearer(keys.access), 'Content-Type': 'image/jpeg' },
    body: bytes,
  });
  const login = () => ({
    method: 'POST',
    path: '/login',
    headers: json,
    body: JSON.stringify({ username: 'bench0', password: 'a long secret' }),
  });
  return [
    {
      name: 'hello',
      ours: () => ({ path: '/hello' }),
      against: 'bare',
      status: 200,
      requests: 4_000,
      goal: 1.5,
    },
    {
      name: 'a bad token',
      ours: () => ({ path: '/auth/verify', headers: bearer('a.b.c') }),
      against: 'hand',
      status: 401,
      requests: 3_000,
    },
    { name: 'verify', ours: get('/auth/verify'), against: 'hand', status: 200, requests: 1_500, goal: 1.3 },
    { name: 'me', ours: get('/auth/me'), against: 'hand', status: 200, requests: 1_000, goal: 1.3 },
    {
      name: 'one photo',
      ours: (keys) => get(`/photos/${keys.photo}`)(keys),
      against: 'hand',
      status: 200,
      requests: 1_000,
      goal: 1.3,
    },
    {
      name: 'feed of 20',
      ours: get('/photos?limit=20'),
      against: 'hand',
      status: 200,
      requests: 1_000,
      goal: 1.3,
      sqldGoal: 1.1,
    },
    { name: 'movies', ours: get('/movies?limit=20'), against: 'hand', status: 200, requests: 1_000 },
    { name: 'search', ours: get('/movies?q=movie&limit=20'), against: 'hand', status: 200, requests: 500 },
    {
      name: 'image, from the edge',
      ours: (keys) => ({ path: keys.image.edge }),
      against: 'hand',
      status: 200,
      requests: 1_000,
      goal: 1.5,
    },
    {
      name: 'image, from R2',
      ours: (keys) => ({ path: keys.image.r2 }),
      against: 'hand',
      status: 200,
      requests: 500,
    },
    {
      name: 'refresh',
      ours: (keys) => ({ method: 'POST', path: '/refresh', headers: bearer(keys.refresh) }),
      against: 'hand',
      status: 200,
      requests: 500,
    },
    { name: 'log in', ours: login, against: 'hand', status: 200, requests: 60, wide: 1, extra: 3 },
    {
      name: 'register',
      ours: (_, i) => ({
        method: 'POST',
        path: '/register',
        headers: { ...json, 'CF-Connecting-IP': `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}` },
        body: JSON.stringify({
          username: `r${process.pid}-${i}-${crypto.randomUUID()}`,
          password: 'a long secret',
        }),
      }),
      against: 'hand',
      status: 201,
      requests: 60,
      wide: 1,
    },
    {
      name: 'upload of 200 KB',
      ours: upload(small),
      against: 'hand',
      status: 201,
      requests: 200,
      wide: 4,
      goal: 1.6,
    },
    {
      name: 'upload of 5 MB',
      ours: upload(large),
      against: 'hand',
      status: 201,
      requests: 20,
      wide: 2,
      goal: 1.6,
    },
    {
      name: 'exchange download',
      ours: (keys) => ({ path: keys.file, headers: bearer(keys.client) }),
      theirs: (keys) => ({ path: keys.image.r2 }),
      against: 'hand',
      status: 200,
      requests: 300,
    },
  ];
};
