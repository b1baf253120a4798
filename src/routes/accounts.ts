import { Hono } from 'hono';
import * as z from 'zod';
import { logIn } from '../domain/accounts/login.ts';
import { registerMember } from '../domain/accounts/registration.ts';
import { clientIp } from '../http/clientIp.ts';
import type { Call, Context } from '../http/context.ts';
import { expectOwnPage } from '../http/refreshCookie.ts';
import { authenticate, authenticateConcurrently } from '../middleware/authenticate.ts';
import { validateBody } from '../middleware/validate.ts';
import { Email, expectGoodPassword, flag, Name, OptionalEmail, Password, Username } from './inputs.ts';
import { viewAccount, viewSessionFor } from './views.ts';

/** Browsers may ask for the refresh token in an HttpOnly cookie. */
const ByCookie = flag().default(false);

const Registration = z.object({
  username: Username,
  password: Password,
  name: Name.nullish(),
  email: OptionalEmail,
  cookie: ByCookie,
});
const RegistrationByEmail = Registration.extend({ email: Email });
const Credentials = z
  .object({ username: Username.optional(), email: Username.optional(), password: Password, cookie: ByCookie })
  .refine(({ username, email }) => username ?? email, {
    path: ['username'],
    message: 'or email is required',
  });

const register = async (c: Call, wanted: z.output<typeof Registration>) => {
  if (wanted.cookie) expectOwnPage(c);
  const { username, password } = wanted;
  expectGoodPassword(c, password, [username, wanted.email]);
  const names = { name: wanted.name || undefined, email: wanted.email ?? undefined };
  const userAgent = c.req.header('User-Agent');
  const registered = await registerMember(c.var, { username, password, ...names }, userAgent);
  const { account } = registered;
  return { account, view: viewSessionFor(c, `User ${account.username} created`, registered, wanted.cookie) };
};

export const accounts = new Hono<Context>()
  .post('/register', validateBody(Registration), async (c) => {
    const { account, view } = await register(c, c.req.valid('json'));
    return c.json({ ...view, 'User created successfuly': `User ${account.id}: ${account.username}` }, 201);
  })
  .post('/registration', validateBody(Registration), async (c) =>
    c.json((await register(c, c.req.valid('json'))).view, 201),
  )
  .post('/api/register', validateBody(RegistrationByEmail), async (c) =>
    c.json((await register(c, c.req.valid('json'))).view, 201),
  )
  .post('/login', validateBody(Credentials), async (c) => {
    const { username, email, password, cookie } = c.req.valid('json');
    if (cookie) expectOwnPage(c);
    const identifier = username ?? email ?? '';
    const client = { address: clientIp(c), userAgent: c.req.header('User-Agent') };
    const loggedIn = await logIn(c.var, { identifier, password, ...client });
    return c.json(viewSessionFor(c, `Logged in as ${loggedIn.account.username}`, loggedIn, cookie));
  })
  .get('/auth/verify', authenticateConcurrently(), (c) => c.json({ valid: true }))
  .get('/auth/me', authenticate(), (c) =>
    c.json({ me: { ...viewAccount(c.var.account), user_id: c.var.account.id } }),
  );
