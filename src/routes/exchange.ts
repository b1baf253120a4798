import { Hono } from 'hono';
import * as z from 'zod';
import { logInToExchange } from '../domain/accounts/login.ts';
import { registerAccount } from '../domain/accounts/registration.ts';
import { ACCESS_LIFE, type ExchangeRealm } from '../domain/accounts/tokens.ts';
import { ApiError } from '../errors.ts';
import { prefersJson } from '../http/accept.ts';
import { clientIp } from '../http/clientIp.ts';
import type { Call, Context } from '../http/context.ts';
import { describe } from '../middleware/describe.ts';
import { validateBody } from '../middleware/validate.ts';
import { expectLongEnough, Name, OptionalEmail, Password, Username } from './inputs.ts';

const PLAIN = ['text/plain'];

const Signup = z.object({
  username: Username,
  password: Password,
  name: Name.nullish(),
  email: OptionalEmail,
});
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

const signingUp = (realm: ExchangeRealm) =>
  describe({
    tag: 'exchange',
    summary: `Sign up to the ${realm} realm`,
    answers: { 201: { description: 'Empty' } },
    refusals: ['malformed', 'conflict', 'too_large', 'unsupported_type', 'invalid'],
    plain: true,
  });

const signUp = async (c: Call, realm: ExchangeRealm, wanted: z.output<typeof Signup>) => {
  expectLongEnough(c, wanted.password);
  const { username, password } = wanted;
  await registerAccount(c.var, {
    realm,
    username,
    password,
    name: wanted.name || undefined,
    email: wanted.email ?? undefined,
  });
};

const loggingIn = (realm: ExchangeRealm) =>
  describe({
    tag: 'exchange',
    summary: `Log in to the ${realm} realm`,
    description:
      'The bare token, good for 365 days; a session where JSON is accepted. Unknown and wrong are 404 alike.',
    answers: { 200: { description: 'A token', schema: ExchangeSession, media: PLAIN } },
    refusals: ['malformed', 'not_found', 'too_large', 'unsupported_type', 'invalid', 'throttled'],
    plain: true,
  });

const logInto = (c: Call, realm: ExchangeRealm, { username, password }: z.output<typeof Login>) => {
  const client = { address: clientIp(c), userAgent: c.req.header('User-Agent') };
  return logInToExchange(c.var, realm, { identifier: username, password, ...client }).catch((error) => {
    if (error instanceof ApiError && error.code === 'wrong_credentials')
      throw new ApiError('not_found', 'There is nobody with this username and password.');
    throw error;
  });
};

const viewLogin = ({
  account,
  tokens,
}: Awaited<ReturnType<typeof logInto>>): z.output<typeof ExchangeSession> => ({
  message: `Logged in as ${account.username}`,
  username: account.username,
  access_token: tokens.access,
  token_type: 'Bearer',
  expires_in: tokens.expiresIn,
});

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
    const loggedIn = await logInto(c, 'ops', c.req.valid('json'));
    return prefersJson(c) ? c.json(viewLogin(loggedIn)) : c.text(loggedIn.tokens.access);
  })
  .post('/client/login', loggingIn('client'), validateBody(Login), async (c) => {
    const loggedIn = await logInto(c, 'client', c.req.valid('json'));
    return prefersJson(c) ? c.json(viewLogin(loggedIn)) : c.text(loggedIn.tokens.access);
  });
