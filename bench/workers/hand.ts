import Argon2, { typeFromEncoded } from '@phi-ag/argon2';
import wasm from '@phi-ag/argon2/argon2.wasm';
import { Hono, type Context as HonoContext } from 'hono';

/**
 * The same work written by hand, for one purpose each: a token checked with a cached key, one Redis command, one pipeline to libSQL.
 * It has no errors, limits, logs or validation worth the name. It reads the tables and the tokens of the real Worker.
 */

type Bindings = {
  JWT_SECRET: string;
  LIBSQL_URL: string;
  UPSTASH_REDIS_REST_URL: string;
  UPSTASH_REDIS_REST_TOKEN: string;
  PHOTOS: R2Bucket;
};
type Claims = { sub: string; aud: string; sid: string; jti: string; exp: number; username: string };
type Value = { type: string; value?: string | number };
type Statement = [sql: string, args?: (string | number)[]];

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const app = new Hono<{ Bindings: Bindings }>();

let key: Promise<CryptoKey> | undefined;
const keyOf = (env: Bindings) => {
  key ??= crypto.subtle.importKey(
    'raw',
    encoder.encode(env.JWT_SECRET),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign', 'verify'],
  );
  return key;
};

const fromBase64Url = (text: string) => Buffer.from(text, 'base64url');
const toBase64Url = (bytes: ArrayBuffer) => Buffer.from(bytes).toString('base64url');

const readToken = async (env: Bindings, header = ''): Promise<Claims | undefined> => {
  const [head = '', body = '', signature = ''] = header.slice(7).split('.');
  const signed = encoder.encode(`${head}.${body}`);
  if (!(await crypto.subtle.verify('HMAC', await keyOf(env), fromBase64Url(signature), signed)))
    return undefined;
  const claims = JSON.parse(decoder.decode(fromBase64Url(body))) as Claims;
  return claims.exp * 1000 > Date.now() ? claims : undefined;
};

const signToken = async (env: Bindings, claims: object) => {
  const text = `${Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  const signature = await crypto.subtle.sign('HMAC', await keyOf(env), encoder.encode(text));
  return `${text}.${toBase64Url(signature)}`;
};

const isRevoked = async (env: Bindings, { jti, sid }: Claims) => {
  const response = await fetch(env.UPSTASH_REDIS_REST_URL, {
    method: 'POST',
    headers: { Authorization: `Bearer ${env.UPSTASH_REDIS_REST_TOKEN}` },
    body: JSON.stringify(['mget', `revoked:jti:${jti}`, `revoked:sid:${sid}`]),
  });
  const { result } = (await response.json()) as { result: (string | null)[] };
  return result.some((value) => value !== null);
};

const encode = (value: string | number) =>
  typeof value === 'number' ? { type: 'integer', value: String(value) } : { type: 'text', value };

const query = async (env: Bindings, ...statements: Statement[]) => {
  const requests = statements.map(([sql, args = []]) => ({
    type: 'execute',
    stmt: { sql, args: args.map(encode), want_rows: true },
  }));
  const response = await fetch(`${env.LIBSQL_URL}/v2/pipeline`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ requests: [...requests, { type: 'close' }] }),
  });
  const { results } = (await response.json()) as {
    results: { response?: { result?: { cols: { name: string }[]; rows: Value[][] } } }[];
  };
  return results.slice(0, -1).map(({ response }) => {
    const { cols = [], rows = [] } = response?.result ?? {};
    return rows.map((row) =>
      Object.fromEntries(
        row.map(({ type, value }, i) => [
          cols[i]?.name,
          type === 'integer' ? Number(value) : (value ?? null),
        ]),
      ),
    );
  });
};

const SESSION = `select a.id, a.username, a.name, a.email, a.role from sessions s join accounts a on a.id = s.account_id
  where s.id = ? and s.account_id = ? and s.ended_at is null and s.expires_at > ? and a.deactivated_at is null
  and not exists (select 1 from revocations r where r.subject = ?)`;

const sessionOf = ({ sub, sid, jti }: Claims): Statement => [
  SESSION,
  [sid, Number(sub), Date.now(), `jti:${jti}`],
];

type Context = HonoContext<{ Bindings: Bindings }>;

/** The rows of a statement that travels with the check of the token, or undefined for an invalid token. */
const checked = async (c: Context, ...more: Statement[]) => {
  const claims = await readToken(c.env, c.req.header('Authorization'));
  if (!claims) return undefined;
  const [revoked, [session, ...rows]] = await Promise.all([
    isRevoked(c.env, claims),
    query(c.env, sessionOf(claims), ...more),
  ]);
  return revoked || !session?.[0] ? undefined : { account: session[0], rows };
};

const refuse = (c: Context) => c.json({ title: 'Unauthorized', status: 401 }, 401);

const viewPhoto = async (c: Context, row: Record<string, unknown>) => {
  const expires = Math.ceil(Date.now() / 3_600_000) * 3_600;
  const message = encoder.encode(`${row.id}\n${row.key}\n${expires}`);
  const signature = toBase64Url(await crypto.subtle.sign('HMAC', await keyOf(c.env), message));
  const { key, ...rest } = row;
  return {
    ...rest,
    url: `http://darkroom/photos/${row.id}/image?key=${key}&expires=${expires}&signature=${signature}`,
  };
};

const PHOTO = 'select p.*, a.username from photos p join accounts a on a.id = p.account_id';
const MOVIE = `select m.*, (select json_group_array(genre) from movie_genres g where g.movie_id = m.id) genres from movies m`;

app.get('/auth/verify', async (c) => ((await checked(c)) ? c.json({ valid: true }) : refuse(c)));
app.get('/auth/me', async (c) => {
  const found = await checked(c);
  return found ? c.json({ me: found.account }) : refuse(c);
});
app.get('/photos/:id', async (c) => {
  const found = await checked(c, [
    `${PHOTO} where p.id = ? and p.published_at is not null`,
    [Number(c.req.param('id'))],
  ]);
  const row = found?.rows[0]?.[0];
  return row ? c.json(await viewPhoto(c, row)) : refuse(c);
});
app.get('/photos', async (c) => {
  const found = await checked(c, [
    `${PHOTO} where p.published_at is not null order by p.published_at, p.id limit 20`,
  ]);
  return found
    ? c.json({ photos: await Promise.all((found.rows[0] ?? []).map((row) => viewPhoto(c, row))) })
    : refuse(c);
});
app.get('/movies', async (c) => {
  const q = c.req.query('q');
  const search: Statement = [
    `${MOVIE} join (select rowid & 1099511627775 as id from movie_texts where movie_texts match ? order by rowid limit 20) f on f.id = m.id`,
    [`"${q}"*`],
  ];
  const found = await checked(c, q ? search : [`${MOVIE} order by m.id limit 20`]);
  return found ? c.json({ movies: found.rows[0] }) : refuse(c);
});
app.post('/refresh', async (c) => {
  const claims = await readToken(c.env, c.req.header('Authorization'));
  if (!claims) return refuse(c);
  const [revoked, [[session] = []]] = await Promise.all([
    isRevoked(c.env, claims),
    query(c.env, [
      'update sessions set refreshed_at = ? where id = ? and ended_at is null returning id',
      [Date.now(), claims.sid],
    ]),
  ]);
  if (revoked || !session) return refuse(c);
  const tokens = await Promise.all([signToken(c.env, claims), signToken(c.env, claims)]);
  return c.json({ access_token: tokens[0], refresh_token: tokens[1] });
});

let argon2: Promise<Argon2> | undefined;
app.post('/login', async (c) => {
  const { username, password } = await c.req.json();
  argon2 ??= WebAssembly.instantiate(wasm).then((instance) => new Argon2(instance));
  const engine = await argon2;
  const [[account] = []] = await query(c.env, [
    'select a.id, a.password_hash from identifiers i join accounts a on a.id = i.account_id where i.realm = ? and i.folded = ?',
    ['member', username],
  ]);
  const hash = String(account?.password_hash);
  return engine.tryVerify(hash, password, typeFromEncoded(hash)).success ? c.json({}) : refuse(c);
});
app.post('/register', async (c) => {
  const { password } = await c.req.json();
  argon2 ??= WebAssembly.instantiate(wasm).then((instance) => new Argon2(instance));
  const engine = await argon2;
  engine.hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1, hashLength: 32 });
  return c.json({}, 201);
});

/** A bare Worker that stores the body in R2. */
app.post('/photos', async (c) => {
  const name = crypto.randomUUID();
  await c.env.PHOTOS.put(name, c.req.raw.body);
  return c.json({ key: name }, 201);
});
app.get('/image/:key', async (c) => {
  const name = c.req.param('key');
  const signed = encoder.encode(name);
  const signature = fromBase64Url(c.req.query('signature') ?? '');
  if (
    c.req.query('signature') &&
    !(await crypto.subtle.verify('HMAC', await keyOf(c.env), signature, signed))
  )
    return refuse(c);
  const url = `http://cache/${name}`;
  if (c.req.query('edge')) {
    const copy = await caches.default.match(url);
    if (copy) return copy;
  }
  const object = await c.env.PHOTOS.get(name);
  if (!object) return c.json({}, 404);
  const headers = {
    'Content-Type': 'image/jpeg',
    ETag: object.httpEtag,
    'Cache-Control': 'public, max-age=3600',
  };
  const answer = new Response(object.body, { headers });
  if (c.req.query('edge')) c.executionCtx.waitUntil(caches.default.put(url, answer.clone()));
  return answer;
});
app.get('/sign/:key', async (c) => {
  const signed = encoder.encode(c.req.param('key'));
  return c.text(toBase64Url(await crypto.subtle.sign('HMAC', await keyOf(c.env), signed)));
});

export default app;
