import { create } from 'content-disposition';
import { Hono } from 'hono';
import * as z from 'zod';
import type { ExchangedFile } from '../domain/files.ts';
import { getFileOf, listFiles, listFilesOf, removeFile, storeFile } from '../domain/files.ts';
import { logIn } from '../domain/login.ts';
import { registerAccount } from '../domain/registration.ts';
import { ACCESS_LIFE, signAccessToken } from '../domain/tokens.ts';
import type { Call, Context } from '../env.ts';
import { prefersJson } from '../middleware/accept.ts';
import { authenticate, authenticateBeside } from '../middleware/authenticate.ts';
import { describe } from '../middleware/describe.ts';
import { addressOf, FILES } from '../middleware/throttle.ts';
import { openUpload } from '../middleware/upload.ts';
import { validateBody, validateParam } from '../middleware/validate.ts';
import { Refusal } from '../refusal.ts';
import { getObject } from '../storage/objects.ts';
import { expectLongEnough, Name, OptionalEmail, Password, Username } from './inputs.ts';

type Side = 'ops' | 'client';

const PLAIN = ['text/plain'];

const Signup = z.object({ username: Username, password: Password, name: Name.nullish(), email: OptionalEmail });
const Login = z.object({ username: Username, password: Password });

const ExchangeSession = z
  .object({
    message: z.string(),
    username: z.string(),
    access_token: z.string(),
    token_type: z.literal('Bearer'),
    expires_in: z.literal(ACCESS_LIFE.ops),
  })
  .meta({ id: 'ExchangeSession' });

const FileView = z
  .object({ id: z.int(), name: z.string(), bytes: z.int().nonnegative(), created_at: z.iso.datetime() })
  .meta({ id: 'File' });

const viewFile = ({ id, name, bytes, createdAt }: ExchangedFile): z.output<typeof FileView> => ({
  id,
  name,
  bytes,
  created_at: new Date(createdAt).toISOString(),
});

const signingUp = (realm: Side) =>
  describe({
    tag: 'exchange',
    summary: `Sign up to the ${realm} realm`,
    answers: { 201: { description: 'Empty' } },
    refusals: ['malformed', 'conflict', 'too_large', 'unsupported_type', 'invalid'],
    plain: true,
  });

const signUp = async (c: Call, realm: Side, wanted: z.output<typeof Signup>) => {
  expectLongEnough(c, wanted.password);
  const { username, password } = wanted;
  await registerAccount(c.var, { realm, username, password, name: wanted.name || undefined, email: wanted.email ?? undefined });
};

const loggingIn = (realm: Side) =>
  describe({
    tag: 'exchange',
    summary: `Log in to the ${realm} realm`,
    description: 'The bare token, good for 365 days; a session where JSON is accepted. Unknown and wrong are 404 alike.',
    answers: { 200: { description: 'A token', schema: ExchangeSession, media: PLAIN } },
    refusals: ['malformed', 'not_found', 'too_large', 'unsupported_type', 'invalid', 'throttled'],
    plain: true,
  });

const logInto = async (c: Call, realm: Side, { username, password }: z.output<typeof Login>) => {
  const guess = { realm, identifier: username, address: addressOf(c) };
  const { account, session } = await logIn(c.var, guess, password, c.req.header('User-Agent')).catch((error) => {
    if (error instanceof Refusal && error.code === 'wrong_credentials')
      throw new Refusal('not_found', 'There is nobody with this username and password.');
    throw error;
  });
  return { account, token: await signAccessToken(c.var, account, session.id) };
};

const viewLogin = ({ account, token }: Awaited<ReturnType<typeof logInto>>): z.output<typeof ExchangeSession> => ({
  message: `Logged in as ${account.username}`,
  username: account.username,
  access_token: token,
  token_type: 'Bearer',
  expires_in: ACCESS_LIFE.ops,
});

const lines = (found: ExchangedFile[]) => found.map(({ name }) => `${name}\n`).join('');

const list = {
  description: 'Their names, one a line; all of each where JSON is accepted',
  schema: z.array(FileView),
  media: PLAIN,
};

export const exchange = new Hono<Context>()
  .post('/ops/signup', signingUp('ops'), validateBody(Signup), async (c) => {
    await signUp(c, 'ops', c.req.valid('json'));
    return c.body(null, 201);
  })
  .post('/client/signup', signingUp('client'), validateBody(Signup), async (c) => {
    await signUp(c, 'client', c.req.valid('json'));
    return c.body(null, 201);
  })
  .post('/ops/login', loggingIn('ops'), validateBody(Login), async (c) => {
    const begun = await logInto(c, 'ops', c.req.valid('json'));
    return prefersJson(c) ? c.json(viewLogin(begun)) : c.text(begun.token);
  })
  .post('/client/login', loggingIn('client'), validateBody(Login), async (c) => {
    const begun = await logInto(c, 'client', c.req.valid('json'));
    return prefersJson(c) ? c.json(viewLogin(begun)) : c.text(begun.token);
  })
  .post(
    '/ops/upload',
    describe({
      tag: 'exchange',
      summary: 'Upload a file for clients',
      answers: {
        201: { description: 'It is there', schema: FileView, media: PLAIN, headers: ['RateLimit', 'RateLimit-Policy'] },
      },
      refusals: [
        'malformed',
        'unauthenticated',
        'forbidden',
        'conflict',
        'too_large',
        'unsupported_type',
        'invalid',
        'throttled',
      ],
      token: 'required',
      plain: true,
      requestBody: {
        required: true,
        content: {
          'multipart/form-data': {
            schema: {
              type: 'object',
              required: ['request_file'],
              properties: { request_file: { type: 'string', format: 'binary' } },
            },
          },
        },
      },
    }),
    authenticate({ realm: 'ops', throttle: FILES }),
    async (c) => {
      const arriving = openUpload(c.req.raw, {
        part: 'request_file',
        maxBytes: c.var.settings.FILE_MAX_BYTES,
      });
      const file = await storeFile(c.var, c.var.account.id, arriving);
      return prefersJson(c) ? c.json(viewFile(file), 201) : c.text('File uploaded', 201);
    },
  )
  .get(
    '/ops/files',
    describe({
      tag: 'exchange',
      summary: 'My files, by name',
      answers: { 200: list },
      refusals: ['unauthenticated', 'forbidden'],
      token: 'required',
      plain: true,
    }),
    authenticateBeside({ realm: 'ops' }),
    async (c) => {
      const found = await listFiles(c.var, c.var.claims.sub);
      return prefersJson(c) ? c.json(found.map(viewFile)) : c.text(lines(found));
    },
  )
  .delete(
    '/ops/files/:name',
    describe({
      tag: 'exchange',
      summary: 'Remove a file',
      answers: {
        200: { description: 'Its row and its bytes are gone', schema: z.object({ message: z.string() }), media: PLAIN },
      },
      refusals: ['unauthenticated', 'forbidden', 'not_found'],
      token: 'required',
      plain: true,
    }),
    authenticate({ realm: 'ops' }),
    validateParam(z.object({ name: z.string() })),
    async (c) => {
      await removeFile(c.var, c.var.account.id, c.req.valid('param').name);
      return prefersJson(c) ? c.json({ message: 'File deleted' }) : c.text('File deleted');
    },
  )
  .get(
    '/client/files/:ops',
    describe({
      tag: 'exchange',
      summary: 'An operator’s files, by name',
      answers: { 200: list },
      refusals: ['unauthenticated', 'forbidden', 'not_found'],
      token: 'required',
      plain: true,
    }),
    authenticateBeside({ realm: 'client' }),
    validateParam(z.object({ ops: z.string() })),
    async (c) => {
      const found = await listFilesOf(c.var, c.req.valid('param').ops);
      return prefersJson(c) ? c.json(found.map(viewFile)) : c.text(lines(found));
    },
  )
  .get(
    '/client/files/:ops/:name',
    describe({
      tag: 'exchange',
      summary: 'Download a file',
      answers: {
        200: {
          description: 'An attachment under its own name',
          media: ['application/octet-stream'],
          headers: ['Content-Disposition', 'ETag'],
        },
      },
      refusals: ['unauthenticated', 'forbidden', 'not_found'],
      token: 'required',
      plain: true,
    }),
    authenticateBeside({ realm: 'client' }),
    validateParam(z.object({ ops: z.string(), name: z.string() })),
    async (c) => {
      const { ops, name } = c.req.valid('param');
      const file = await getFileOf(c.var, ops, name);
      const object = await getObject(c.var, file.key);
      if (!object) throw new Refusal('not_found', 'There is no such file.');
      return c.body(object.body, 200, {
        'Content-Type': 'application/octet-stream',
        'Content-Length': String(object.size),
        'Content-Disposition': create(file.name),
        ETag: object.httpEtag,
      });
    },
  );
