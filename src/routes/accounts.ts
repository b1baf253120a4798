import { Hono } from 'hono';
import * as z from 'zod';
import { logIn } from '../domain/accounts/login.ts';
import { registerMember } from '../domain/accounts/registration.ts';
import { clientIp } from '../http/clientIp.ts';
import type { Call, Context } from '../http/context.ts';
import { authenticate, authenticateConcurrently } from '../middleware/authenticate.ts';
import { describe } from '../middleware/describe.ts';
import { validateBody } from '../middleware/validate.ts';
import { Email, expectLongEnough, Name, OptionalEmail, Password, Username } from './inputs.ts';
import { AccountView, SessionView, viewAccount, viewSession } from './views.ts';

const Registration = z.object({
  username: Username,
  password: Password,
  name: Name.nullish(),
  email: OptionalEmail,
});
const RegistrationByEmail = Registration.extend({ email: Email });
const Credentials = z
  .object({ username: Username.optional(), email: Username.optional(), password: Password })
  .refine(({ username, email }) => username ?? email, {
    path: ['username'],
    message: 'a username or an email is needed',
  });

const register = async (c: Call, wanted: z.output<typeof Registration>) => {
  expectLongEnough(c, wanted.password);
  const { username, password } = wanted;
  const names = { name: wanted.name || undefined, email: wanted.email ?? undefined };
  const userAgent = c.req.header('User-Agent');
  const registered = await registerMember(c.var, { username, password, ...names }, userAgent);
  const { account } = registered;
  return { account, view: viewSession(`User ${account.username} created`, registered) };
};

const registering = (schema: z.ZodType) =>
  describe({
    tag: 'accounts',
    summary: 'Register',
    answers: { 201: { description: 'A session', schema } },
    refusals: ['malformed', 'conflict', 'too_large', 'unsupported_type', 'invalid'],
  });

const Registered = SessionView.extend({ 'User created successfuly': z.string() }).meta({ id: 'Registered' });

export const accounts = new Hono<Context>()
  .post('/register', registering(Registered), validateBody(Registration), async (c) => {
    const { account, view } = await register(c, c.req.valid('json'));
    return c.json({ ...view, 'User created successfuly': `User ${account.id}: ${account.username}` }, 201);
  })
  .post('/registration', registering(SessionView), validateBody(Registration), async (c) =>
    c.json((await register(c, c.req.valid('json'))).view, 201),
  )
  .post('/api/register', registering(SessionView), validateBody(RegistrationByEmail), async (c) =>
    c.json((await register(c, c.req.valid('json'))).view, 201),
  )
  .post(
    '/login',
    describe({
      tag: 'accounts',
      summary: 'Log in',
      description: 'By username or by e-mail address. Unknown and wrong are answered alike.',
      answers: { 200: { description: 'A session', schema: SessionView } },
      refusals: ['malformed', 'wrong_credentials', 'too_large', 'unsupported_type', 'invalid', 'throttled'],
    }),
    validateBody(Credentials),
    async (c) => {
      const { username, email, password } = c.req.valid('json');
      const identifier = username ?? email ?? '';
      const client = { address: clientIp(c), userAgent: c.req.header('User-Agent') };
      const loggedIn = await logIn(c.var, { identifier, password, ...client });
      return c.json(viewSession(`Logged in as ${loggedIn.account.username}`, loggedIn));
    },
  )
  .get(
    '/auth/verify',
    describe({
      tag: 'accounts',
      summary: 'Whether this access token is good',
      answers: { 200: { description: 'It is', schema: z.object({ valid: z.literal(true) }) } },
      refusals: ['unauthenticated'],
      token: 'required',
    }),
    authenticateConcurrently(),
    (c) => c.json({ valid: true }),
  )
  .get(
    '/auth/me',
    describe({
      tag: 'accounts',
      summary: 'The account that this token speaks for',
      answers: { 200: { description: 'As the database has it now', schema: z.object({ me: AccountView }) } },
      refusals: ['unauthenticated'],
      token: 'required',
    }),
    authenticate(),
    (c) => c.json({ me: viewAccount(c.var.account) }),
  );
