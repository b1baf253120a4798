import { setTimeout } from 'node:timers/promises';
import { createClient } from '@libsql/client/http';
import { startBridge } from '../local/bridge.ts';
import { freePort, type OnEnd } from '../local/processes.ts';
import { startSqld } from '../local/sqld.ts';
import { canonicalName } from '../src/routes/aliases.ts';
import { discard, startDev, temporary } from '../test/support/dev.ts';
import { png } from '../test/support/images.ts';
import { startProxy } from '../test/support/proxy.ts';
import { TEST_SETTINGS } from '../test/support/settings.ts';

/** Milliseconds in front of each dependency. */
const DELAY = 150;
const RUNS = 3;
/** What the Worker, `wrangler dev` and the parts may take themselves, in waits. */
const SLACK = 0.5;
/** What a password's hash may take on top, with its turn in the line: in milliseconds. */
const HASH = 100;

type Client = ReturnType<typeof clientOf>;
/** How many waits an operation may take, and what calls it; making what the call needs is not timed. */
type Budget = {
  waits: number;
  hashes?: number;
  note?: string;
  prepare: (client: Client, path: string) => Promise<{ init?: RequestInit; path?: string }>;
};

const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });
const json = (body: object, token?: string) => ({
  headers: { 'Content-Type': 'application/json', ...(token && bearer(token).headers) },
  body: JSON.stringify(body),
});

let names = 0;

const clientOf = (origin: string, libsql: string) => {
  const db = createClient({ url: libsql });
  const send = async (method: string, path: string, init: RequestInit = {}) => {
    const response = await fetch(path.startsWith('http') ? path : origin + path, { ...init, method });
    const body = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${body}`);
    return body;
  };
  const register = async () => {
    const username = `bench-${Date.now()}-${names++}`;
    return JSON.parse(await send('POST', '/register', json({ username, password: 'test' }))) as Record<
      'username' | 'access_token' | 'refresh_token',
      string
    >;
  };
  const form = () => {
    const data = new FormData();
    data.set('file', new File([png(8, 8) as BufferSource], 'photo.png'));
    return data;
  };
  return {
    send,
    register,
    form,
    async join(realm: 'ops' | 'client') {
      const credentials = json({ username: `bench-${Date.now()}-${names++}`, password: 'test' });
      await send('POST', `/${realm}/signup`, credentials);
      return { token: await send('POST', `/${realm}/login`, credentials), credentials };
    },
    async file() {
      const { token, credentials } = await this.join('ops');
      const data = new FormData();
      data.set('request_file', new File(['bytes'], 'file.bin'));
      await send('POST', '/ops/upload', { ...bearer(token), body: data });
      return { token, ops: JSON.parse(credentials.body).username as string };
    },
    async admin() {
      const { access_token: token, username } = await register();
      await db.execute({ sql: "update accounts set role = 'admin' where username = ?", args: [username] });
      return token;
    },
    async photo() {
      const { access_token: token } = await register();
      const { id, url } = JSON.parse(await send('POST', '/photos', { ...bearer(token), body: form() })) as {
        id: number;
        url: string;
      };
      return { token, id, url };
    },
  };
};

const open = async () => ({});
const asMember = async (client: Client) => ({ init: bearer((await client.register()).access_token) });
const asRefresher = async (client: Client) => ({ init: bearer((await client.register()).refresh_token) });
const onPhoto = (body?: object) => async (client: Client, path: string) => {
  const { id, token } = await client.photo();
  return { path: path.replace(':id', String(id)), init: body ? json(body, token) : bearer(token) };
};

const signup = async () => ({ init: json({ username: `bench-${Date.now()}-${names++}`, password: 'test' }) });
const loginTo = (realm: 'ops' | 'client') => async (client: Client) => ({
  init: (await client.join(realm)).credentials,
});
const asClientOf = async (client: Client, path: string) => {
  const { ops } = await client.file();
  return {
    path: path.replace(':ops', ops).replace(':name', 'file.bin'),
    init: bearer((await client.join('client')).token),
  };
};

const newMovie = () => ({
  movie_name: `bench-${Date.now()}-${names++}`,
  popularity: 1,
  imdbScore: 1,
  genre: ['Drama'],
  director: 'x',
});
const onMovie = (body?: object) => async (client: Client, path: string) => {
  const token = await client.admin();
  const { id } = JSON.parse(await client.send('POST', '/movies', json(newMovie(), token)));
  return {
    path: path.replace(':id', id),
    init: body ? json({ ...body, ...(path === '/update_movies' && { id }) }, token) : bearer(token),
  };
};

const onMember = (body?: object) => async (client: Client, path: string) => {
  const token = await client.admin();
  const { access_token } = await client.register();
  const { me } = JSON.parse(await client.send('GET', '/auth/me', bearer(access_token)));
  return { path: path.replace(':id', me.id), init: body ? json(body, token) : bearer(token) };
};

const registration = async () => ({
  init: json({
    username: `bench-${Date.now()}-${names++}`,
    password: 'test',
    email: `bench-${names}-${Date.now()}@example.com`,
  }),
});

/** The table in docs/design.md, "Waits": how often each operation may wait. The bench fails for a route that is missing here. */
const BUDGETS: Record<string, Budget[]> = {
  'GET /': [{ waits: 0, prepare: open }],
  'GET /hello': [{ waits: 0, prepare: open }],
  'GET /health': [{ waits: 0, prepare: open }],
  'GET /ready': [{ waits: 1, prepare: open }],
  'GET /openapi.json': [{ waits: 0, prepare: open }],
  'GET /auth/verify': [{ waits: 1, prepare: asMember }],
  'GET /auth/me': [{ waits: 1, prepare: asMember }],
  'GET /movies': [
    { waits: 1, prepare: asMember },
    {
      waits: 1,
      note: 'by a search',
      prepare: async (client) => ({ ...(await asMember(client)), path: '/movies?q=bench' }),
    },
  ],
  'GET /movies/:id': [{ waits: 1, prepare: onMovie() }],
  'POST /search_movies_id/:id': [{ waits: 1, prepare: onMovie() }],
  'POST /movies': [
    { waits: 2, prepare: async (client) => ({ init: json(newMovie(), await client.admin()) }) },
  ],
  'POST /movies/import': [
    {
      waits: 2,
      prepare: async (client) => {
        const body = new FormData();
        body.set('file', new File([JSON.stringify(Array.from({ length: 248 }, newMovie))], 'movies.json'));
        return { init: { ...bearer(await client.admin()), body } };
      },
    },
  ],
  'PATCH /movies/:id': [{ waits: 2, prepare: onMovie({ popularity: 2 }) }],
  'POST /update_movies': [{ waits: 2, prepare: onMovie({ popularity: 2 }) }],
  'DELETE /movies/:id': [{ waits: 2, prepare: onMovie() }],
  'GET /users': [{ waits: 1, prepare: asMember }],
  'PATCH /users/:id': [{ waits: 2, prepare: onMember({ name: 'x' }) }],
  'DELETE /users/:id': [{ waits: 2, prepare: onMember() }],
  'GET /sessions': [{ waits: 1, prepare: asMember }],
  'DELETE /sessions': [{ waits: 2, prepare: asMember }],
  'DELETE /sessions/:id': [
    {
      waits: 2,
      prepare: async (client) => {
        const { init } = await asMember(client);
        const { sessions } = JSON.parse(await client.send('GET', '/sessions', init));
        return { path: `/sessions/${sessions[0].id}`, init };
      },
    },
  ],
  'POST /password': [
    {
      waits: 2,
      hashes: 2,
      prepare: async (client) => ({
        init: json({ old: 'test', new: 'changed' }, (await client.register()).access_token),
      }),
    },
  ],
  'POST /ops/signup': [{ waits: 2, hashes: 1, prepare: signup }],
  'POST /client/signup': [{ waits: 2, hashes: 1, prepare: signup }],
  'POST /ops/login': [{ waits: 2, hashes: 1, prepare: loginTo('ops') }],
  'POST /client/login': [{ waits: 2, hashes: 1, prepare: loginTo('client') }],
  'POST /ops/upload': [
    {
      waits: 4,
      prepare: async (client) => {
        const data = new FormData();
        data.set('request_file', new File(['bytes'], 'file.bin'));
        return { init: { ...bearer((await client.join('ops')).token), body: data } };
      },
    },
  ],
  'GET /ops/files': [
    { waits: 1, prepare: async (client) => ({ init: bearer((await client.join('ops')).token) }) },
  ],
  'DELETE /ops/files/:name': [
    {
      waits: 3,
      prepare: async (client) => ({ path: '/ops/files/file.bin', init: bearer((await client.file()).token) }),
    },
  ],
  'GET /client/files/:ops': [{ waits: 1, prepare: asClientOf }],
  'GET /client/files/:ops/:name': [{ waits: 2, prepare: asClientOf }],
  'GET /photos': [{ waits: 1, prepare: asMember }],
  'GET /me/usage': [{ waits: 1, prepare: asMember }],
  'GET /me/photos': [{ waits: 1, prepare: asMember }],
  'GET /me/drafts': [{ waits: 1, prepare: asMember }],
  'GET /photos/:id': [{ waits: 1, prepare: onPhoto() }],
  'GET /photos/:id/image': [
    { waits: 1, note: 'by signed URL', prepare: async (client) => ({ path: (await client.photo()).url }) },
    {
      waits: 0,
      note: 'when the edge has it',
      prepare: async (client) => {
        const { id, token } = await client.photo();
        const { url: path } = JSON.parse(await client.send('POST', `/photos/${id}/publish`, bearer(token)));
        await client.send('GET', path);
        await setTimeout(DELAY); // the copy is kept after the answer
        return { path };
      },
    },
    {
      waits: 5,
      note: 'a variant, made for it',
      prepare: async (client) => ({ path: `${(await client.photo()).url}&width=160` }),
    },
    {
      waits: 1,
      note: 'a variant, made before',
      prepare: async (client) => {
        const path = `${(await client.photo()).url}&width=160`;
        await client.send('GET', path);
        return { path };
      },
    },
    { waits: 2, note: 'by token', prepare: onPhoto() },
  ],
  'POST /refresh': [{ waits: 1, prepare: asRefresher }],
  'DELETE /logout/access': [{ waits: 1, prepare: asMember }],
  'DELETE /logout/refresh': [{ waits: 1, prepare: asRefresher }],
  'POST /logout': [{ waits: 1, prepare: asMember }],
  'POST /register': [{ waits: 2, hashes: 1, prepare: registration }],
  'POST /registration': [{ waits: 2, hashes: 1, prepare: registration }],
  'POST /api/register': [{ waits: 2, hashes: 1, prepare: registration }],
  'POST /login': [
    {
      waits: 2,
      hashes: 1,
      prepare: async (client) => ({
        init: json({ username: (await client.register()).username, password: 'test' }),
      }),
    },
  ],
  'POST /photos/:id/publish': [{ waits: 2, prepare: onPhoto() }],
  'PUT /photos/:id/caption': [{ waits: 2, prepare: onPhoto({ caption: 'x' }) }],
  'DELETE /photos/:id': [{ waits: 3, prepare: onPhoto() }],
  'POST /photos': [
    {
      waits: 4,
      prepare: async (client) => ({
        init: { ...bearer((await client.register()).access_token), body: client.form() },
      }),
    },
  ],
  'POST /file': [
    {
      waits: 4,
      prepare: async (client) => ({
        init: { ...bearer((await client.register()).access_token), body: client.form() },
      }),
    },
  ],
};

const routesOf = async (client: Client) => {
  const { paths } = JSON.parse(await client.send('GET', '/openapi.json')) as {
    paths: Record<string, Record<string, unknown>>;
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({
      method: method.toUpperCase(),
      path: path.replace(/\{(\w+)\}/g, ':$1'),
    })),
  );
};

/** The best of some runs: what is measured is waiting, and noise only adds. */
const measure = async (client: Client, method: string, path: string, { prepare }: Budget) => {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run++) {
    const { path: to = path, init } = await prepare(client, path);
    const start = performance.now();
    await client.send(method, to, init);
    best = Math.min(best, performance.now() - start);
  }
  return best;
};

/**
 * Walks every route of the running app with a delay in front of libSQL, Redis and R2's stand-in, and says how often each waited: time
 * over delay. False where one is past its budget, or has none.
 */
export const run = async (onEnd: OnEnd): Promise<boolean> => {
  const directory = temporary();
  onEnd(async () => discard(directory));
  const token = 'bench';
  const sqld = await startSqld({ port: await freePort(), directory: `${directory}/libsql`, onEnd });
  const bridge = await startBridge({ port: 0, token, redisUrl: process.env.REDIS_URL });
  const [libsql, redis] = [await startProxy(sqld.url), await startProxy(bridge.url)];
  onEnd(() => Promise.all([libsql.close(), redis.close(), bridge.close()]));
  const settings = {
    LIBSQL_URL: libsql.url,
    UPSTASH_REDIS_REST_URL: redis.url,
    UPSTASH_REDIS_REST_TOKEN: token,
  };
  const dev = await startDev({
    env: { ...settings, LOG_LEVEL: 'error' },
    directory: `${directory}/dev`,
    entry: 'bench/worker.ts',
    settings: {
      ...TEST_SETTINGS,
      UPLOADS_PER_MINUTE: '1000',
      FILE_REQUESTS_PER_MINUTE: '1000',
      GUESSES_PER_ADDRESS: '100000',
      R2_DELAY: String(DELAY),
    },
  });
  onEnd(dev.stop);

  const client = clientOf(dev.url, sqld.url);
  await client.photo(); // scripts into Redis, password code into the isolate
  await libsql.set({ delay: DELAY });
  await redis.set({ delay: DELAY });
  console.log(`time over delay (${DELAY} ms), the best of ${RUNS} runs\n\n  waits  budget  operation`);
  let kept = true;
  for (const { method, path } of await routesOf(client)) {
    const budgets = BUDGETS[canonicalName(method, path)];
    if (!budgets) console.log(`     ?       ?  ${method} ${path}: no budget`);
    kept &&= budgets !== undefined;
    for (const budget of budgets ?? []) {
      const waits = (await measure(client, method, path, budget)) / DELAY;
      const within = waits < budget.waits + SLACK + ((budget.hashes ?? 0) * HASH) / DELAY;
      kept &&= within;
      const note = budget.note ? ` (${budget.note})` : '';
      console.log(
        `${waits.toFixed(2).padStart(7)}  ${String(budget.waits).padStart(6)}  ${method} ${path}${note}${within ? '' : '  PAST ITS BUDGET'}`,
      );
    }
  }
  return kept;
};
