import { Hono } from 'hono';
import * as z from 'zod';
import type { ExchangeSession } from '../../openapi/exchange.ts';
import { logInToExchange } from '../domain/accounts/login.ts';
import { registerAccount } from '../domain/accounts/registration.ts';
import type { ExchangeRealm } from '../domain/accounts/tokens.ts';
import { ApiError } from '../errors.ts';
import { prefersJson } from '../http/accept.ts';
import { clientIp } from '../http/clientIp.ts';
import type { Call, Context } from '../http/context.ts';
import { plainErrors } from '../middleware/problems.ts';
import { validateBody } from '../middleware/validate.ts';
import { expectGoodPassword, Name, OptionalEmail, Password, Username } from './inputs.ts';

const Signup = z.object({
  username: Username,
  password: Password,
  name: Name.nullish(),
  email: OptionalEmail,
});
const Login = z.object({ username: Username, password: Password });

const signUp = async (c: Call, realm: ExchangeRealm, wanted: z.output<typeof Signup>) => {
  const { username, password } = wanted;
  expectGoodPassword(c, password, [username, wanted.email]);
  await registerAccount(c.var, {
    realm,
    username,
    password,
    name: wanted.name || undefined,
    email: wanted.email ?? undefined,
  });
};

const logInto = (c: Call, realm: ExchangeRealm, { username, password }: z.output<typeof Login>) => {
  const client = { address: clientIp(c), userAgent: c.req.header('User-Agent') };
  return logInToExchange(c.var, realm, { identifier: username, password, ...client }).catch((error) => {
    if (error instanceof ApiError && error.code === 'wrong_credentials')
      throw new ApiError('not_found', 'No account matches this username and password.');
    throw error;
  });
};

const viewLogin = ({ account, tokens }: Awaited<ReturnType<typeof logInto>>): ExchangeSession => ({
  message: `Logged in as ${account.username}`,
  username: account.username,
  access_token: tokens.access,
  token_type: 'Bearer',
  expires_in: tokens.expiresIn,
});

export const exchange = new Hono<Context>()
  .post('/ops/signup', plainErrors, validateBody(Signup), async (c) => {
    await signUp(c, 'ops', c.req.valid('json'));
    return c.body(null, 201);
  })
  .post('/client/signup', plainErrors, validateBody(Signup), async (c) => {
    await signUp(c, 'client', c.req.valid('json'));
    return c.body(null, 201);
  })
  .post('/ops/login', plainErrors, validateBody(Login), async (c) => {
    const loggedIn = await logInto(c, 'ops', c.req.valid('json'));
    return prefersJson(c) ? c.json(viewLogin(loggedIn)) : c.text(loggedIn.tokens.access);
  })
  .post('/client/login', plainErrors, validateBody(Login), async (c) => {
    const loggedIn = await logInto(c, 'client', c.req.valid('json'));
    return prefersJson(c) ? c.json(viewLogin(loggedIn)) : c.text(loggedIn.tokens.access);
  });
