import { Hono } from 'hono';
import * as z from 'zod';
import { changeAccount, listAccounts } from '../domain/accounts/administration.ts';
import type { Call, Context } from '../http/context.ts';
import { authenticate, authenticateConcurrently } from '../middleware/authenticate.ts';
import { describe } from '../middleware/describe.ts';
import { validateBody, validateParam, validateQuery } from '../middleware/validate.ts';
import { ById, Email, expectLongEnough, Name, Password, Username } from './inputs.ts';
import { AccountView, linkNext, Message, viewAccount } from './views.ts';

const Paging = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().max(2_048).optional(),
});

const PersonView = z
  .object({ id: z.int(), name: z.string().nullable(), username: z.string() })
  .meta({ id: 'Person' });

const Changes = z.object({
  username: Username.optional(),
  email: Email.nullish(),
  name: Name.nullish(),
  password: Password.optional(),
  role: z.enum(['user', 'admin']).optional(),
  active: z.union([z.boolean(), z.stringbool()]).optional(),
});

const change = async (c: Call, id: number, changes: z.output<typeof Changes>) => {
  if (changes.password !== undefined) expectLongEnough(c, changes.password);
  return viewAccount(await changeAccount(c.var, id, changes));
};

export const people = new Hono<Context>()
  .get(
    '/users',
    describe({
      tag: 'people',
      summary: 'Active members, by id',
      description: 'The next page is in `Link` alone.',
      answers: { 200: { description: 'A page', schema: z.array(PersonView), headers: ['Link'] } },
      refusals: ['unauthenticated', 'forbidden', 'invalid'],
      token: 'required',
    }),
    authenticateConcurrently({ realm: 'member' }),
    validateQuery(Paging),
    async (c) => {
      const { items, next } = await listAccounts(c.var, c.req.valid('query'));
      if (next) linkNext(c, next);
      return c.json(items);
    },
  )
  .patch(
    '/users/:id',
    describe({
      tag: 'people',
      summary: 'Change an account, of any realm',
      description: 'A new password and a deactivation end every session of it. Only members have a `role`.',
      answers: { 200: { description: 'The account', schema: AccountView } },
      refusals: [
        'malformed',
        'unauthenticated',
        'forbidden',
        'not_found',
        'conflict',
        'too_large',
        'unsupported_type',
        'invalid',
      ],
      token: 'required',
    }),
    authenticate({ realm: 'member', role: 'admin' }),
    validateParam(ById),
    validateBody(Changes),
    async (c) => c.json(await change(c, c.req.valid('param').id, c.req.valid('json'))),
  )
  .delete(
    '/users/:id',
    describe({
      tag: 'people',
      summary: 'Deactivate an account, of any realm',
      answers: { 200: { description: 'Every token of it is refused from now on', schema: Message } },
      refusals: ['unauthenticated', 'forbidden', 'not_found', 'conflict'],
      token: 'required',
    }),
    authenticate({ realm: 'member', role: 'admin' }),
    validateParam(ById),
    async (c) => {
      const { username } = await changeAccount(c.var, c.req.valid('param').id, { active: false });
      return c.json({ message: `User ${username} deactivated` });
    },
  );
