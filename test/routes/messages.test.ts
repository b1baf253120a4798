import { beforeAll, expect, it } from 'vitest';
import type { Options } from '../support/api.ts';
import { db } from '../support/database.ts';
import { call, describeApi, register, upload } from '../support/worker.ts';

/* Messages about invalid input use our words, never Zod's, and name the right field. */

const ZOD = /expected|received|invalid input|too (small|big)|invalid (string|option|key)|unrecognized|>=|<=/i;

let token: string;
let photo: number;

beforeAll(async () => {
  const { username, access_token } = await register();
  await db.execute({ sql: "update accounts set role = 'admin' where username = ?", args: [username] });
  token = access_token;
  photo = (await upload(token)).id;
});

type Case = [request: string, options: Options, message: string];

const user = { username: 'x', password: 'test' };
const movie = { movie_name: 'x', popularity: 1, imdbScore: 1, genre: [], director: 'x' };
const long = 'x'.repeat(3_000);

const BODIES: Case[] = [
  ['POST /register', { json: {} }, 'username is required; password is required'],
  ['POST /register', { json: [] }, 'the body must be an object'],
  ['POST /register', { json: null }, 'the body must be an object'],
  ['POST /register', { json: { ...user, username: '' } }, 'username must not be empty'],
  ['POST /register', { form: { ...user, username: ' ' } }, 'username must not be empty'],
  ['POST /register', { json: { ...user, username: 5 } }, 'username must be a string'],
  ['POST /register', { json: { ...user, username: long } }, 'username must be at most 254 characters'],
  [
    'POST /register',
    { json: { ...user, username: '\u200d' } },
    'username must contain at least one visible character',
  ],
  [
    'POST /register',
    { json: { ...user, username: 'a\u202eb' } },
    'username must not contain invisible characters',
  ],
  ['POST /register', { json: { ...user, name: 'a\nb' } }, 'name must not contain control characters'],
  ['POST /register', { json: { ...user, name: '\ud800' } }, 'name must be valid Unicode'],
  ['POST /register', { json: { ...user, password: 'abc' } }, 'password must be at least 4 characters'],
  ['POST /register', { json: { ...user, password: long } }, 'password must be at most 256 characters'],
  ['POST /register', { json: { ...user, password: null } }, 'password must be a string'],
  ['POST /registration', { form: { username: 'x' } }, 'password is required'],
  ['POST /api/register', { json: user }, 'email is required'],
  ['POST /api/register', { json: { ...user, email: 'x' } }, 'email must be an e-mail address'],
  ['POST /login', { json: { password: 'test' } }, 'username or email is required'],
  ['POST /login', { json: { username: 'x' } }, 'password is required'],
  ['POST /password', { json: { old: 'test' } }, 'new is required'],
  ['POST /password', { json: { old: 'test', new: 'abc' } }, 'new must be at least 4 characters'],
  ['POST /ops/signup', { form: {} }, 'username is required; password is required'],
  [
    'POST /client/login',
    { json: { username: 1, password: [] } },
    'username must be a string; password must be a string',
  ],
  ['PATCH /users/1', { json: { role: 'king' } }, 'role must be one of user, admin'],
  ['PATCH /users/1', { json: { active: 'perhaps' } }, 'active must be true or false'],
  ['PUT /photos/:id/caption', { json: {} }, 'caption is required'],
  ['PUT /photos/:id/caption', { json: { caption: long } }, 'caption must be at most 2000 characters'],
  [`POST /photos?caption=${long}`, {}, 'caption must be at most 2000 characters'],
  ['POST /movies', { json: { ...movie, movie_name: '' } }, 'movie_name must not be empty'],
  ['POST /movies', { json: { ...movie, popularity: '1' } }, 'popularity must be a number'],
  ['POST /movies', { json: { ...movie, imdbScore: 10.5 } }, 'imdbScore must be at most 10'],
  ['POST /movies', { json: { ...movie, imdbScore: -1 } }, 'imdbScore must be at least 0'],
  ['POST /movies', { json: { ...movie, genre: 'x' } }, 'genre must be an array'],
  ['POST /movies', { json: { ...movie, genre: [1] } }, 'genre/0 must be a string'],
  ['POST /movies', { json: { ...movie, genre: Array(51).fill('x') } }, 'genre must have at most 50 items'],
  ['POST /update_movies', { json: { id: 1.5 } }, 'id must be an integer'],
  ['POST /update_movies', { json: { id: 1e300 } }, 'id must be at most 9007199254740991'],
];

const QUERIES: Case[] = [
  ['GET /photos?limit=0', {}, 'limit must be at least 1'],
  ['GET /photos?limit=101', {}, 'limit must be at most 100'],
  ['GET /me/photos?limit=x', {}, 'limit must be a number'],
  ['GET /me/drafts?limit=1.5', {}, 'limit must be an integer'],
  ['GET /photos?order=up', {}, 'order must be one of asc, desc'],
  ['GET /users?limit=1000', {}, 'limit must be at most 100'],
  ['GET /movies?sort=rating', {}, 'sort must be one of created_at, name, popularity, imdbScore'],
  ['GET /movies?min_score=x', {}, 'min_score must be a number'],
  ['GET /photos/:id/image?width=161', {}, 'width must be one of 160, 320, 640, 1280'],
  ['GET /photos/:id/image?format=gif&width=160', {}, 'format must be one of auto, webp, jpeg, avif'],
  ['GET /photos/:id/image?format=webp', {}, 'format needs a width'],
  ['GET /photos/:id/image?expires=soon', {}, 'expires must be a number'],
  ['POST /movies/import?dry_run=perhaps', {}, 'dry_run must be true or false'],
  ['POST /movies/import?dryrun=true', {}, 'the query must not have dryrun'],
];

it.each([...BODIES, ...QUERIES])(
  'explains what is wrong in %s with %j',
  async (request, options, message) => {
    const [method = '', path = ''] = request.split(' ');
    const headers = { Accept: 'application/json', ...options.headers };
    const { status, body } = await call(method, path.replace(':id', String(photo)), {
      ...options,
      token,
      headers,
    });
    expect([status, body.code]).toEqual([422, 'invalid']);
    expect(body.detail).toBe(`The request is invalid: ${message}.`);
    expect(JSON.stringify(body)).not.toMatch(ZOD);
  },
);

it('uses no words of Zod for any field or parameter of any operation', async () => {
  const { paths } = await describeApi();
  const checked: string[] = [];
  for (const [template, methods] of Object.entries(paths))
    for (const [method, { parameters = [], requestBody }] of Object.entries(methods)) {
      const fields = Object.keys(requestBody?.content['application/json']?.schema.properties ?? {});
      const json = fields.length > 0 ? Object.fromEntries(fields.map((name) => [name, {}])) : undefined;
      const query = new URLSearchParams(
        parameters.filter((one) => one.in === 'query').map(({ name }) => [name, '\u202e'.repeat(2_000)]),
      );
      if (!json && query.size === 0) continue;
      const path = `${template.replace(/\{\w+\}/g, String(photo))}?${query}`;
      const { status, text } = await call(method.toUpperCase(), path, { token, ...(json && { json }) });
      expect(status, `${method} ${template}`).toBeGreaterThanOrEqual(400);
      expect(text, `${method} ${template}`).not.toMatch(ZOD);
      checked.push(template);
    }
  expect(checked.length).toBeGreaterThan(20);
});
