import { Hono } from 'hono';
import * as z from 'zod';
import { isEmailAddress } from '../domain/accounts/accounts.ts';
import { changeAccount, listAccounts } from '../domain/accounts/administration.ts';
import type { Call, Context } from '../http/context.ts';
import { linkNextPage } from '../http/link.ts';
import { authenticate, authenticateConcurrently } from '../middleware/authenticate.ts';
import { validateBody, validateParam, validateQuery } from '../middleware/validate.ts';
import { ById, Email, expectGoodPassword, flag, Name, Paging, Password, Username } from './inputs.ts';
import { viewAccount } from './views.ts';

const Changes = z.object({
  username: Username.optional(),
  email: Email.nullish(),
  name: Name.nullish(),
  password: Password.optional(),
  role: z.enum(['user', 'admin']).optional(),
  active: flag().optional(),
});

const change = async (c: Call, id: number, changes: z.output<typeof Changes>) => {
  if (changes.password !== undefined)
    expectGoodPassword(c, changes.password, [changes.username, changes.email]);
  return viewAccount(await changeAccount(c.var, id, changes));
};

/** All members can read this list, so it does not show a username that is an e-mail address. */
const hideAddress = (username: string) => (isEmailAddress(username) ? null : username);

export const users = new Hono<Context>()
  .get(
    '/users',
    authenticateConcurrently({ realm: 'member' }),
    validateQuery(Paging.omit({ order: true })),
    async (c) => {
      const { items, next } = await listAccounts(c.var, c.req.valid('query'));
      linkNextPage(c, next);
      return c.json(items.map((user) => ({ ...user, username: hideAddress(user.username) })));
    },
  )
  .patch(
    '/users/:id',
    authenticate({ realm: 'member', role: 'admin' }),
    validateParam(ById),
    validateBody(Changes),
    async (c) => c.json(await change(c, c.req.valid('param').id, c.req.valid('json'))),
  )
  .delete('/users/:id', authenticate({ realm: 'member', role: 'admin' }), validateParam(ById), async (c) => {
    const { username } = await changeAccount(c.var, c.req.valid('param').id, { active: false });
    return c.json({ message: `User ${username} deactivated` });
  });
